import { ServiceError } from "../errors.js";
import type { Parameters } from "../settings/settings.js";
import { present } from "../present.js";
import { buildBody, onlyPrompt } from "./body.js";
import { placeChoices } from "./choices.js";
import { createChoicesReader } from "./choices-reader.js";
import { markFiltered, readFilterResults } from "./content-filter.js";
import { readErrorFrame } from "./error-frame.js";
import { readIdentity } from "./identity.js";
import { isObject, readObject, readObjects, readString } from "./json.js";
import { refuseLacking } from "./lacks.js";
import { ENGINE_MAX_TOKENS, estimatePromptTokens, logitBiasSet, maxTokensSet, stopsSet } from "./limits.js";
import { endOf, toLogprobs } from "./logprobs.js";
import { readMessage } from "./message.js";
import type { MessageText } from "./message.js";
import type { Choice, Dialect, JsonObject, Operation } from "./operation.js";
import { readUsage } from "./usage.js";
import { maxTokensFields } from "./wire-names.js";

/** The parameters as the chat operation sends them, without the messages: what the caller set. */
function toChatParameters(parameters: Parameters, dialect: Dialect): JsonObject {
  const { logprobs } = parameters;
  return buildBody(
    {
      temperature: parameters.temperature,
      top_p: parameters.topP,
      frequency_penalty: parameters.frequencyPenalty,
      presence_penalty: parameters.presencePenalty,
      n: parameters.n,
      logit_bias: logitBiasSet(parameters),
      [dialect.maxTokensField ?? maxTokensFields.chat]: maxTokensSet(parameters),
      seed: parameters.seed,
      logprobs: logprobs === undefined ? undefined : true,
      top_logprobs: logprobs,
      user: parameters.user,
      stop: stopsSet(parameters),
    },
    parameters,
  );
}

function toMessages(prompt: string, { systemMessage }: Parameters): readonly JsonObject[] {
  const user = { role: "user", content: prompt };
  return systemMessage === undefined ? [user] : [{ role: "system", content: systemMessage }, user];
}

/** Some servers before the chat form write a bare `text`. */
function readWords(choice: JsonObject, message: JsonObject | undefined): MessageText | undefined {
  if (message !== undefined) return readMessage(message);
  const text = readString(choice, "text");
  return text === undefined ? undefined : { content: text, refusal: "" };
}

function readTokens(choice: JsonObject): readonly JsonObject[] {
  const logprobs = readObject(choice, "logprobs") ?? {};
  const tokens = readObjects(logprobs, "content");
  return tokens.length > 0 ? tokens : readObjects(logprobs, "refusal");
}

function toChoice(choice: JsonObject, text: string, refusal: string, offset: number): Choice {
  return markFiltered({
    text,
    ...present({
      finishReason: readString(choice, "finish_reason"),
      logprobs: toLogprobs(readTokens(choice), offset),
      contentFilterResults: readFilterResults(choice),
      refusal: refusal === "" ? undefined : refusal,
    }),
  });
}

function readChoice(choice: JsonObject): Choice {
  const words = readWords(choice, readObject(choice, "message"));
  const { content, refusal } = words ?? { content: "", refusal: "" };
  const read = toChoice(choice, content === "" ? refusal : content, refusal, 0);
  if (words === undefined && read.finishReason !== "content_filter") {
    throw new ServiceError("The service gave a choice without a `message`.");
  }
  return read;
}

/** Reads a stream's choices; a refusal is the text as long as there is no other. */
function createDeltaReader(): (choice: JsonObject, index: number) => Choice {
  const states = new Map<number, { said: boolean; offset: number }>();
  return (choice, index) => {
    const state = states.get(index) ?? { said: false, offset: 0 };
    states.set(index, state);
    const delta = readObject(choice, "delta") ?? readObject(choice, "message");
    const { content, refusal } = readWords(choice, delta) ?? { content: "", refusal: "" };
    state.said ||= content !== "";
    const read = toChoice(choice, state.said ? content : refusal, refusal, state.offset);
    state.offset = endOf(read.logprobs, state.offset);
    return read;
  };
}

/** Chat completions: each prompt is one user message. */
export const chat: Operation = {
  name: "chat",
  path: "/chat/completions",
  deploymentScoped: true,
  promptsPerRequest: 1,
  choicesPerRequest: 128,

  check(parameters) {
    refuseLacking("chat", parameters, ["suffix", "echo", "bestOf"], ["completions"]);
  },

  estimateTokens(prompt, parameters) {
    const words = estimatePromptTokens((parameters.systemMessage ?? "") + prompt);
    return words + (maxTokensSet(parameters) ?? ENGINE_MAX_TOKENS) * (parameters.n ?? 1);
  },

  toBody({ prompts, parameters, dialect, stream, streamUsage }) {
    chat.check(parameters);
    return {
      messages: toMessages(onlyPrompt(prompts), parameters),
      ...(stream && { stream: true }),
      ...(stream && streamUsage && dialect.streamUsage && { stream_options: { include_usage: true } }),
      ...toChatParameters(parameters, dialect),
    };
  },

  toAnswer(body, { parameters }) {
    if (!isObject(body)) throw new ServiceError("The service's answer is not a JSON object.");
    return {
      choices: placeChoices(body, 1, parameters.n ?? 1).map((choices) => choices.map(readChoice)),
      ...readIdentity(body, 1),
      ...present({ usage: readUsage(body["usage"]) }),
    };
  },

  reader(request) {
    return createChoicesReader(request, createDeltaReader());
  },

  errorIn: readErrorFrame,
};
