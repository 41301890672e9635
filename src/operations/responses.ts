import { ServiceError } from "../errors.js";
import type { Parameters } from "../settings/settings.js";
import { present } from "../present.js";
import { buildBody, onlyPrompt } from "./body.js";
import { markFiltered } from "./content-filter.js";
import { readErrorFrame } from "./error-frame.js";
import { isObject, readArray, readObject, readString } from "./json.js";
import { refuseLacking } from "./lacks.js";
import { ENGINE_MAX_TOKENS, estimatePromptTokens, maxTokensSet } from "./limits.js";
import { cutLogprobs, toLogprobs } from "./logprobs.js";
import type { Choice, Dialect, JsonObject, Operation } from "./operation.js";
import { assertOutput, readFinishReason, readOutput, readResponseIdentity, readVerdict } from "./response.js";
import { createResponsesReader } from "./responses-reader.js";
import { createStopCutter } from "./stop-cutter.js";
import { readUsage } from "./usage.js";
import { maxTokensFields } from "./wire-names.js";

/** Other words are not quoted: a gateway may put there what it was sent. */
const UNFINISHED = ["queued", "in_progress", "cancelled"];

const LOGPROBS = "message.output_text.logprobs";

/** The parameters as the responses operation sends them, without the input: what the caller set. */
function toResponsesParameters(parameters: Parameters, dialect: Dialect): JsonObject {
  const { logprobs } = parameters;
  const body = buildBody(
    {
      instructions: parameters.systemMessage,
      temperature: parameters.temperature,
      top_p: parameters.topP,
      [dialect.maxTokensField ?? maxTokensFields.responses]: maxTokensSet(parameters),
      top_logprobs: logprobs,
      user: parameters.user,
      // The service keeps responses unless it is told not to.
      store: false,
    },
    parameters,
  );
  if (logprobs === undefined) return body;
  const include = readArray(body, "include") ?? [];
  return { ...body, include: [...new Set([...include, LOGPROBS])] };
}

/** Reads a finished response, cut at the first stop sequence, which the operation itself lacks. */
function toChoice(response: JsonObject, { stop }: Parameters): Choice {
  const { content, refusal, tokens } = readOutput(response);
  const cutter = createStopCutter(stop);
  const text = cutter.push(content) + cutter.flush();
  const logprobs = toLogprobs(tokens);
  const choice: Choice = {
    text: content === "" ? refusal : text,
    finishReason: readFinishReason(response),
    ...present({
      logprobs: cutter.found ? cutLogprobs(logprobs, text.length) : logprobs,
      contentFilterResults: readVerdict(response, "completion"),
      refusal: refusal === "" ? undefined : refusal,
    }),
  };
  return cutter.found ? { ...choice, finishReason: "stop" } : markFiltered(choice);
}

function assertFinished(response: JsonObject): void {
  const status = readString(response, "status");
  const error = readObject(response, "error");
  if (error !== undefined || status === "failed") {
    const service = present({
      code: readString(error ?? {}, "code"),
      message: readString(error ?? {}, "message"),
    });
    throw new ServiceError(
      `The service says that the response failed${service.message === undefined ? "." : `: ${service.message}`}`,
      { service },
    );
  }
  if (status !== undefined && status !== "completed" && status !== "incomplete") {
    const said = UNFINISHED.includes(status) ? status : "of an unknown status";
    throw new ServiceError(
      `The service answered with a response that is ${said}, not finished. Leave \`background\` out of \`modelKwargs\`.`,
    );
  }
}

/** Responses: each prompt is the input of one; it has neither `n` nor `stop`. */
export const responses: Operation = {
  name: "responses",
  path: "/responses",
  deploymentScoped: false,
  promptsPerRequest: 1,
  choicesPerRequest: 1,

  check(parameters) {
    refuseLacking("responses", parameters, ["suffix", "echo", "bestOf"], ["completions"]);
    refuseLacking(
      "responses",
      parameters,
      ["seed", "logitBias", "frequencyPenalty", "presencePenalty"],
      ["chat", "completions"],
    );
  },

  estimateTokens(prompt, parameters) {
    const words = estimatePromptTokens((parameters.systemMessage ?? "") + prompt);
    return words + (maxTokensSet(parameters) ?? ENGINE_MAX_TOKENS);
  },

  toBody({ prompts, parameters, dialect, stream }) {
    responses.check(parameters);
    return {
      input: onlyPrompt(prompts),
      ...(stream && { stream: true }),
      ...toResponsesParameters(parameters, dialect),
    };
  },

  toAnswer(body, { parameters }) {
    if (!isObject(body)) throw new ServiceError("The service's answer is not a JSON object.");
    assertFinished(body);
    assertOutput(body);
    return {
      choices: [[toChoice(body, parameters)]],
      ...readResponseIdentity(body),
      ...present({ usage: readUsage(body["usage"], "responses") }),
    };
  },

  reader: createResponsesReader,

  errorIn(event) {
    const { data } = event;
    if (data !== "[DONE]" && (readString(data, "type") ?? event.name) === "response.failed") {
      const error = readObject(readObject(data, "response") ?? {}, "error");
      return { error: error ?? { message: "The service says that the response failed." } };
    }
    return readErrorFrame(event);
  },
};
