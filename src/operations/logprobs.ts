import { isObject, readArray, readNumber, readObjects, readString } from "./json.js";
import type { JsonObject, Logprobs } from "./operation.js";

/** Reads the completions operation's log probabilities. */
export function readLogprobs(value: unknown): Logprobs | undefined {
  if (!isObject(value)) return undefined;
  const tokens = readArray(value, "tokens");
  if (tokens === undefined) return undefined;
  return {
    tokens: tokens.map(String),
    tokenLogprobs: (readArray(value, "token_logprobs") ?? []).map(toNumber),
    topLogprobs: (readArray(value, "top_logprobs") ?? []).map(toNumbers),
    textOffset: (readArray(value, "text_offset") ?? []).filter((offset) => typeof offset === "number"),
  };
}

/**
 * Turns the list of tokens that chat and responses give into the completions form.
 *
 * @param offset - Where in the text the first token begins.
 */
export function toLogprobs(tokens: readonly JsonObject[], offset = 0): Logprobs | undefined {
  if (tokens.length === 0) return undefined;
  let end = offset;
  return {
    tokens: tokens.map((entry) => readString(entry, "token") ?? ""),
    tokenLogprobs: tokens.map((entry) => readNumber(entry, "logprob") ?? null),
    topLogprobs: tokens.map((entry) =>
      Object.fromEntries(
        readObjects(entry, "top_logprobs").map((top) => [
          readString(top, "token") ?? "",
          readNumber(top, "logprob") ?? 0,
        ]),
      ),
    ),
    textOffset: tokens.map((entry) => {
      const start = end;
      end += (readString(entry, "token") ?? "").length;
      return start;
    }),
  };
}

/** Where the text of some tokens ends. */
export function endOf(logprobs: Logprobs | undefined, start: number): number {
  return (logprobs?.tokens ?? []).reduce((end, token) => end + token.length, start);
}

/** Leaves out the tokens that begin beyond a length of text. */
export function cutLogprobs(logprobs: Logprobs | undefined, length: number): Logprobs | undefined {
  if (logprobs === undefined) return undefined;
  const beyond = logprobs.textOffset.findIndex((offset) => offset >= length);
  if (beyond === -1) return logprobs;
  if (beyond === 0) return undefined;
  return {
    tokens: logprobs.tokens.slice(0, beyond),
    tokenLogprobs: logprobs.tokenLogprobs.slice(0, beyond),
    topLogprobs: logprobs.topLogprobs.slice(0, beyond),
    textOffset: logprobs.textOffset.slice(0, beyond),
  };
}

function toNumber(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function toNumbers(value: unknown): Readonly<Record<string, number>> | null {
  if (!isObject(value)) return null;
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

/** Joins the log probabilities of a stream's pieces, in order. */
export function joinLogprobs(pieces: readonly Logprobs[]): Logprobs | undefined {
  if (pieces.length === 0) return undefined;
  return {
    tokens: pieces.flatMap(({ tokens }) => tokens),
    tokenLogprobs: pieces.flatMap(({ tokenLogprobs }) => tokenLogprobs),
    topLogprobs: pieces.flatMap(({ topLogprobs }) => topLogprobs),
    textOffset: pieces.flatMap(({ textOffset }) => textOffset),
  };
}

/** Log probabilities as the completions operation writes them, which is what LangChain's users read. */
export function toCompletionsLogprobs(logprobs: Logprobs): JsonObject {
  return {
    tokens: logprobs.tokens,
    token_logprobs: logprobs.tokenLogprobs,
    top_logprobs: logprobs.topLogprobs,
    text_offset: logprobs.textOffset,
  };
}
