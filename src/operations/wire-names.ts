import type { OperationName, Parameters } from "../settings/settings.js";

/** The option behind each wire field. */
const OPTIONS: Readonly<Record<string, keyof Parameters>> = {
  temperature: "temperature",
  max_tokens: "maxTokens",
  max_completion_tokens: "maxTokens",
  max_output_tokens: "maxTokens",
  top_p: "topP",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
  n: "n",
  best_of: "bestOf",
  logit_bias: "logitBias",
  seed: "seed",
  logprobs: "logprobs",
  top_logprobs: "logprobs",
  echo: "echo",
  suffix: "suffix",
  user: "user",
  stop: "stop",
  instructions: "systemMessage",
  messages: "systemMessage",
};

/** The wire name that an operation usually has for the limit of new tokens. */
export const maxTokensFields: Readonly<Record<OperationName, string>> = {
  completions: "max_tokens",
  chat: "max_tokens",
  responses: "max_output_tokens",
};

/** Names the option that the caller set, if any, which put a field on the wire. */
export function optionBehind(field: string, parameters: Parameters): string | undefined {
  const { modelKwargs } = parameters;
  if (modelKwargs !== undefined && Object.hasOwn(modelKwargs, field)) return `modelKwargs.${field}`;
  const option = Object.hasOwn(OPTIONS, field) ? OPTIONS[field] : undefined;
  if (option === undefined || parameters[option] === undefined) return undefined;
  return option === "maxTokens" && parameters.maxTokens === -1 ? undefined : option;
}
