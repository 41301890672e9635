import { present } from "../present.js";
import { isObject, readNumber, readObject } from "./json.js";
import type { TokenUsage } from "./operation.js";

/** The two vocabularies that the operations use for one thing. */
const NAMES = {
  completions: {
    prompt: "prompt_tokens",
    completion: "completion_tokens",
    promptDetails: "prompt_tokens_details",
    completionDetails: "completion_tokens_details",
  },
  responses: {
    prompt: "input_tokens",
    completion: "output_tokens",
    promptDetails: "input_tokens_details",
    completionDetails: "output_tokens_details",
  },
} as const;

/** Reads the token usage of an answer; absent when the service did not tell. */
export function readUsage(
  value: unknown,
  vocabulary: keyof typeof NAMES = "completions",
): TokenUsage | undefined {
  if (!isObject(value)) return undefined;
  const names = NAMES[vocabulary];
  const promptTokens = readNumber(value, names.prompt);
  const completionTokens = readNumber(value, names.completion);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  return {
    promptTokens: promptTokens ?? 0,
    completionTokens: completionTokens ?? 0,
    totalTokens: readNumber(value, "total_tokens") ?? (promptTokens ?? 0) + (completionTokens ?? 0),
    ...present({
      reasoningTokens: readNumber(readObject(value, names.completionDetails) ?? {}, "reasoning_tokens"),
      cachedTokens: readNumber(readObject(value, names.promptDetails) ?? {}, "cached_tokens"),
    }),
  };
}
