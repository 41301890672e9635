import { unknownParameter, unrecognizedArgument } from "./errors.js";
import type { Exchange } from "./exchange.js";
import type { Generation } from "./generation.js";
import { isObject, type JsonObject, Parameters } from "./parameters.js";
import { isAtLeast } from "./routes.js";

/** Reads whether a stream is to end with its usage, and refuses where api-version or deployment do not know of it. */
export function readStreamOptions(exchange: Exchange, words: "unknown" | "unrecognized"): boolean {
  const { body, deployment, route } = exchange;
  const options = new Parameters(body).object("stream_options");
  if (options === undefined) return false;
  const isKnown = isAtLeast(route.apiVersion, "2024-09-01");
  switch (deployment.streamUsage ?? (isKnown ? "accept" : "refuse")) {
    case "accept":
      return options["include_usage"] === true;
    case "ignore":
      return false;
    case "refuse":
      throw words === "unknown" ? unknownParameter("stream_options") : unrecognizedArgument("stream_options");
  }
}

/** `prompt_filter_results`. */
export function toPromptResults(
  verdicts: readonly { readonly results: JsonObject }[],
): readonly JsonObject[] {
  return verdicts.map(({ results }, index) => ({ prompt_index: index, content_filter_results: results }));
}

/** `usage`: prompts are counted once, every answer that was made counts. */
export function sumUsage(promptTokens: readonly number[], answers: readonly Generation[]): JsonObject {
  const prompt = promptTokens.reduce((sum, tokens) => sum + tokens, 0);
  const completion = answers.reduce((sum, answer) => sum + answer.tokens, 0);
  const reasoning = answers.reduce((sum, answer) => sum + answer.reasoningTokens, 0);
  return {
    completion_tokens: completion,
    ...(reasoning === 0 ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
    prompt_tokens: prompt,
    total_tokens: prompt + completion,
  };
}

/** The text of a message's content, which is a string or a list of parts. */
export function readContentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) => (isObject(part) && typeof part["text"] === "string" ? part["text"] : ""))
    .join("");
}
