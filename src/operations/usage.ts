import { present } from "../present.js";
import { isObject, readNumber, readObject } from "./json.js";
import type { JsonObject, TokenUsage } from "./operation.js";

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

/** More than any request takes; up to here shares of it can be computed exactly. */
const MOST_TOKENS = 2 ** 40;

/** Reads a number of tokens; absent when it is anything else. */
function readCount(object: JsonObject, key: string): number | undefined {
  const value = readNumber(object, key);
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS
    ? value
    : undefined;
}

/** Reads the token usage of an answer; absent when the service did not tell. */
export function readUsage(
  value: unknown,
  vocabulary: keyof typeof NAMES = "completions",
): TokenUsage | undefined {
  if (!isObject(value)) return undefined;
  const names = NAMES[vocabulary];
  const promptTokens = readCount(value, names.prompt);
  const completionTokens = readCount(value, names.completion);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  const parts = (promptTokens ?? 0) + (completionTokens ?? 0);
  return {
    promptTokens: promptTokens ?? 0,
    completionTokens: completionTokens ?? 0,
    totalTokens: Math.max(parts, readCount(value, "total_tokens") ?? 0),
    ...present({
      reasoningTokens: readCount(readObject(value, names.completionDetails) ?? {}, "reasoning_tokens"),
      cachedTokens: readCount(readObject(value, names.promptDetails) ?? {}, "cached_tokens"),
    }),
  };
}
