import type { Parameters } from "../settings/settings.js";

/** How many characters Azure's estimate takes for one token; it counts the prompt before it reads it. */
const CHARACTERS_PER_TOKEN = 4;

/** The tokens that the quota counts for an answer where a request sets no limit. */
export const ENGINE_MAX_TOKENS = 16;

/** Estimates a prompt's tokens from its characters, as the quota does. */
export function estimatePromptTokens(prompt: string): number {
  return Math.ceil(prompt.length / CHARACTERS_PER_TOKEN);
}

/** The limit of new tokens that the caller set; -1 means unset. */
export function maxTokensSet({ maxTokens }: Parameters): number | undefined {
  return maxTokens === -1 ? undefined : maxTokens;
}

/** A list of stop sequences that asks for something. */
export function stopsSet({ stop }: Parameters): readonly string[] | undefined {
  return stop === undefined || stop.length === 0 ? undefined : stop;
}

/** A map of biases that asks for something. */
export function logitBiasSet({ logitBias }: Parameters): Readonly<Record<string, number>> | undefined {
  return logitBias === undefined || Object.keys(logitBias).length === 0 ? undefined : logitBias;
}
