import type { JsonObject } from "./parameters.js";
import { hash } from "./random.js";
import type { Piece } from "./tokens.js";

const ALTERNATIVES = [" the", ",", " a", "\n", " and", ".", " of", " to"];

/** A likelihood that the token itself decides. */
function likelihood(token: string): number {
  return -(hash(token) % 1000) / 1000 - 0.001;
}

/** A token and the next likely ones, best first, `count` together. */
function topTokens(token: string, count: number): readonly { token: string; logprob: number }[] {
  const first = likelihood(token);
  const others = ALTERNATIVES.filter((other) => other !== token).slice(0, Math.max(0, count - 1));
  return [
    { token, logprob: first },
    ...others.map((other, index) => ({ token: other, logprob: first - 1.5 - index })),
  ];
}

/**
 * Log probabilities in the form of the completions operation.
 *
 * @param offset - where the first token begins, in characters from the start of the prompt.
 * @param isStart - true where the first token has nothing before it to be likely after.
 */
export function toCompletionLogprobs(
  pieces: readonly Piece[],
  count: number,
  offset: number,
  isStart = false,
): JsonObject {
  let at = offset;
  const offsets = pieces.map((piece) => {
    const start = at;
    at += piece.text.length;
    return start;
  });
  return {
    tokens: pieces.map((piece) => piece.text),
    token_logprobs: pieces.map((piece, index) => (isStart && index === 0 ? null : likelihood(piece.text))),
    top_logprobs: pieces.map((piece, index) =>
      isStart && index === 0
        ? null
        : Object.fromEntries(topTokens(piece.text, count).map(({ token, logprob }) => [token, logprob])),
    ),
    text_offset: offsets,
  };
}

/** Log probabilities in the form of chat and responses. */
export function toChatLogprobs(pieces: readonly Piece[], count: number): readonly JsonObject[] {
  const encoder = new TextEncoder();
  const withBytes = ({ token, logprob }: { token: string; logprob: number }): JsonObject => ({
    token,
    logprob,
    bytes: [...encoder.encode(token)],
  });
  return pieces.map((piece) => ({
    ...withBytes({ token: piece.text, logprob: likelihood(piece.text) }),
    top_logprobs: count === 0 ? [] : topTokens(piece.text, count).map(withBytes),
  }));
}
