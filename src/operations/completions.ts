import { ConfigurationError, ServiceError } from "../errors.js";
import type { Parameters } from "../settings/settings.js";
import { present } from "../present.js";
import { buildBody } from "./body.js";
import { placeChoices } from "./choices.js";
import { createChoicesReader } from "./choices-reader.js";
import { markFiltered, readFilterResults } from "./content-filter.js";
import { readErrorFrame } from "./error-frame.js";
import { readIdentity } from "./identity.js";
import { isObject, readString } from "./json.js";
import { estimatePromptTokens, logitBiasSet, maxTokensSet, stopsSet } from "./limits.js";
import { refuseLacking } from "./lacks.js";
import { readLogprobs } from "./logprobs.js";
import type { Choice, Dialect, JsonObject, Operation } from "./operation.js";
import { readUsage } from "./usage.js";
import { maxTokensFields } from "./wire-names.js";

/** What the completions operation sends where the caller set nothing: the Python class's values. */
export const completionsDefaults = {
  temperature: 0.7,
  topP: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  n: 1,
  maxTokens: 256,
} as const satisfies Parameters;

/** The wire fields that go out without having been asked for. */
export function toDefaultFields(dialect: Dialect): JsonObject {
  return {
    temperature: completionsDefaults.temperature,
    top_p: completionsDefaults.topP,
    frequency_penalty: completionsDefaults.frequencyPenalty,
    presence_penalty: completionsDefaults.presencePenalty,
    n: completionsDefaults.n,
    [dialect.maxTokensField ?? maxTokensFields.completions]: completionsDefaults.maxTokens,
  };
}

/** The parameters as the completions operation sends them, without the prompts. */
function toCompletionsParameters(parameters: Parameters, dialect: Dialect): JsonObject {
  const n = parameters.n ?? completionsDefaults.n;
  const set = present({
    temperature: parameters.temperature,
    top_p: parameters.topP,
    frequency_penalty: parameters.frequencyPenalty,
    presence_penalty: parameters.presencePenalty,
    n: parameters.n,
    [dialect.maxTokensField ?? maxTokensFields.completions]: parameters.maxTokens,
    best_of: parameters.bestOf !== undefined && parameters.bestOf > n ? parameters.bestOf : undefined,
    logit_bias: logitBiasSet(parameters),
    seed: parameters.seed,
    logprobs: parameters.logprobs,
    echo: parameters.echo,
    suffix: parameters.suffix,
    user: parameters.user,
    stop: stopsSet(parameters),
  });
  const wanted = Object.entries(toDefaultFields(dialect)).filter(([field]) => !dialect.refused.has(field));
  return buildBody({ ...Object.fromEntries(wanted), ...set }, parameters);
}

function toChoice(choice: JsonObject): Choice {
  return markFiltered({
    text: readString(choice, "text") ?? "",
    ...present({
      finishReason: readString(choice, "finish_reason"),
      logprobs: readLogprobs(choice["logprobs"]),
      contentFilterResults: readFilterResults(choice),
    }),
  });
}

/** Text completions: up to 2048 prompts in one request, choices told apart by their index. */
export const completions: Operation = {
  name: "completions",
  path: "/completions",
  deploymentScoped: true,
  promptsPerRequest: 2048,
  choicesPerRequest: 128,

  check(parameters) {
    // A system message can only be a part of the prompt here, and where in it is the caller's to say.
    refuseLacking("completions", parameters, ["systemMessage"], ["chat", "responses"]);
  },

  estimateTokens(prompt, parameters) {
    const made = Math.max(parameters.bestOf ?? 1, parameters.n ?? 1);
    return estimatePromptTokens(prompt) + (maxTokensSet(parameters) ?? completionsDefaults.maxTokens) * made;
  },

  toBody({ prompts, parameters, dialect, stream, streamUsage }) {
    completions.check(parameters);
    if (parameters.maxTokens === -1) {
      throw new ConfigurationError(
        "`maxTokens: -1` needs to know the context window. Set `contextWindow`, or `model` to what is deployed, or give `maxTokens` a number.",
      );
    }
    return {
      prompt: [...prompts],
      ...(stream && { stream: true }),
      ...(stream && streamUsage && dialect.streamUsage && { stream_options: { include_usage: true } }),
      ...toCompletionsParameters(parameters, dialect),
    };
  },

  toAnswer(body, { prompts, parameters }) {
    if (!isObject(body)) throw new ServiceError("The service's answer is not a JSON object.");
    const placed = placeChoices(body, prompts.length, parameters.n ?? completionsDefaults.n);
    return {
      choices: placed.map((choices) =>
        choices.map((choice) => {
          const read = toChoice(choice);
          if (typeof choice["text"] !== "string" && read.finishReason !== "content_filter") {
            throw new ServiceError("The service gave a choice without `text`.");
          }
          return read;
        }),
      ),
      ...readIdentity(body, prompts.length),
      ...present({ usage: readUsage(body["usage"]) }),
    };
  },

  reader(request) {
    return createChoicesReader(request, toChoice);
  },

  errorIn: readErrorFrame,
};
