import type { Annotator, CompletionVerdict } from "./content-filter.js";
import type { Deployment, OperationName } from "./deployments.js";
import type { Answerer, AnswerText } from "./text.js";
import type { Piece, Tokenizer } from "./tokens.js";

/** How far an answer may go. */
export interface Limits {
  /** New tokens, reasoning included; undefined is what the context window leaves. */
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
}

/** One finished answer. */
export interface Generation {
  /** The text of an answer that is not streamed. */
  readonly text: string;
  /** The text of a stream: with a block, also what left before the filter cut in. */
  readonly pieces: readonly Piece[];
  readonly finishReason: "stop" | "length" | "content_filter";
  /** Tokens written, reasoning included. */
  readonly tokens: number;
  readonly reasoningTokens: number;
  readonly verdict: CompletionVerdict;
  readonly refusal: string | undefined;
  /** Until the first byte, in milliseconds. */
  readonly delayMs: number;
  /** Between two chunks of a stream, in milliseconds. */
  readonly chunkDelayMs: number;
  /** All of an answer that is not streamed, in milliseconds. */
  readonly totalMs: number;
}

/** What makes answers for one request. */
export interface GenerationContext {
  readonly operation: OperationName;
  readonly deployment: Deployment;
  readonly tokenizer: Tokenizer;
  readonly answerer: Answerer;
  readonly filter: Annotator;
}

/** Answers a prompt `count` times. */
export function generate(
  context: GenerationContext,
  prompt: string,
  count: number,
  limits: Limits,
): Promise<readonly Generation[]> {
  const { operation, deployment, answerer } = context;
  const questions = Array.from({ length: count }, (_, index) => ({
    prompt,
    index,
    operation,
    deployment: deployment.name,
  }));
  return Promise.all(
    questions.map(async (question) => finish(context, await answerer.answer(question), limits)),
  );
}

/** Cuts an answer at its stop sequence and its limit, and lets the filter look at it. */
function finish(
  { operation, deployment, tokenizer, filter }: GenerationContext,
  answer: AnswerText & { readonly text: string },
  { maxTokens, stop }: Limits,
): Generation {
  const isSpokenRefusal = operation === "completions" && answer.refusal !== undefined;
  const stopped = cutAtStop(isSpokenRefusal ? answer.refusal : answer.text, stop);
  const whole =
    answer.chunks === undefined ? tokenizer.split(stopped) : cutChunks(answer.chunks, stopped, tokenizer);
  const reasoningTokens = Math.min(deployment.reasoningTokens, maxTokens ?? Infinity);
  const room = maxTokens === undefined ? Infinity : maxTokens - reasoningTokens;
  const pieces = takeTokens(whole, room, tokenizer);
  const text = joinPieces(pieces);
  const verdict = filter.completion(text);
  const { block } = verdict;
  const isCut = text.length < stopped.length;
  const sent = block === undefined ? pieces : takeText(pieces, block.end);
  const tokens = reasoningTokens + countPieces(sent);
  const { first, perToken } = deployment.latency;
  const delayMs = first + (answer.delayMs ?? 0);
  const chunkDelayMs = answer.chunkDelayMs ?? perToken;
  return {
    text: block === undefined ? text : block.keep ? text.slice(0, block.start) : "",
    pieces: sent,
    finishReason:
      block === undefined ? (answer.finishReason ?? (isCut ? "length" : "stop")) : "content_filter",
    tokens,
    reasoningTokens,
    verdict,
    refusal: answer.refusal,
    delayMs,
    chunkDelayMs,
    totalMs: delayMs + perToken * tokens,
  };
}

function cutAtStop(text: string, stop: readonly string[]): string {
  const ends = stop.filter((sequence) => sequence !== "").map((sequence) => text.indexOf(sequence));
  const first = Math.min(...ends.filter((end) => end !== -1));
  return Number.isFinite(first) ? text.slice(0, first) : text;
}

/** The given chunks, as far as they are the text. */
function cutChunks(chunks: readonly string[], text: string, tokenizer: Tokenizer): readonly Piece[] {
  const pieces = chunks.map((chunk) => ({ text: chunk, tokens: tokenizer.count(chunk) }));
  return chunks.join("") === text ? pieces : takeText(pieces, text.length);
}

function takeTokens(pieces: readonly Piece[], limit: number, tokenizer: Tokenizer): readonly Piece[] {
  const taken: Piece[] = [];
  let left = limit;
  for (const piece of pieces) {
    if (piece.tokens <= left) {
      taken.push(piece);
      left -= piece.tokens;
      continue;
    }
    const parts = tokenizer.split(piece.text);
    if (left > 0 && parts.length > 1) taken.push(...takeTokens(parts, left, tokenizer));
    break;
  }
  return taken;
}

function takeText(pieces: readonly Piece[], length: number): readonly Piece[] {
  const taken: Piece[] = [];
  let left = length;
  for (const piece of pieces) {
    if (left <= 0) break;
    taken.push(piece.text.length <= left ? piece : { ...piece, text: piece.text.slice(0, left) });
    left -= piece.text.length;
  }
  return taken;
}

/** The text of pieces in one. */
export function joinPieces(pieces: readonly Piece[]): string {
  return pieces.map((piece) => piece.text).join("");
}

function countPieces(pieces: readonly Piece[]): number {
  return pieces.reduce((tokens, piece) => tokens + piece.tokens, 0);
}
