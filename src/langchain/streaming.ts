import type { GenerationChunk } from "@langchain/core/outputs";

import type { StreamPiece } from "../dispatch/work.js";
import { ServiceError } from "../errors.js";
import { joinLogprobs } from "../operations/logprobs.js";
import type { Choice, Chunk, Logprobs, TokenUsage } from "../operations/operation.js";
import type { Settings } from "../settings/settings.js";
import { assertNotFiltered, type Served, toClosingChunk, toTextChunk } from "./generation.js";

/** One choice while its pieces arrive. */
interface OpenChoice {
  readonly texts: string[];
  readonly logprobs: Logprobs[];
  /** What is said once: the last piece that says it is right. */
  last: Omit<Choice, "text" | "logprobs">;
  refusal: string;
}

/** Puts the pieces of a stream together into what a whole answer would have been. */
class StreamCollector {
  readonly #choices = new Map<number, OpenChoice>();
  #identity: Pick<Served, "id" | "model" | "systemFingerprint" | "promptFilterResult"> = {};
  #usage: TokenUsage | undefined;
  #source: Omit<StreamPiece, "chunk"> | undefined;

  add({ chunk, ...source }: StreamPiece): void {
    this.#source = source;
    this.#usage = chunk.usage ?? this.#usage;
    // Completions that come in streams of their own have one each: the first one's is told.
    if (chunk.index === 0) this.#addIdentity(chunk);
    this.#addChoice(chunk);
  }

  #addIdentity({ id, model, systemFingerprint, promptFilterResults }: Chunk): void {
    const promptFilterResult = promptFilterResults?.[0];
    this.#identity = {
      ...this.#identity,
      ...(id !== undefined && { id }),
      ...(model !== undefined && { model }),
      ...(systemFingerprint !== undefined && { systemFingerprint }),
      ...(promptFilterResult !== undefined && { promptFilterResult }),
    };
  }

  #addChoice({ index, text, logprobs, finishReason, contentFilterResults, refusal = "" }: Chunk): void {
    const choice = this.#choices.get(index) ?? { texts: [], logprobs: [], last: {}, refusal: "" };
    if (text !== "") choice.texts.push(text);
    if (logprobs !== undefined) choice.logprobs.push(logprobs);
    choice.refusal += refusal;
    choice.last = {
      ...choice.last,
      ...(finishReason !== undefined && { finishReason }),
      ...(contentFilterResults !== undefined && {
        contentFilterResults: { ...choice.last.contentFilterResults, ...contentFilterResults },
      }),
      ...(choice.refusal !== "" && { refusal: choice.refusal }),
    };
    this.#choices.set(index, choice);
  }

  served(): Served {
    if (this.#source === undefined) {
      throw new ServiceError(
        "The stream ended properly but held no completion. Try again; if it persists, report it.",
      );
    }
    const { report, host, deploymentName, operation } = this.#source;
    const choices = [...this.#choices]
      .sort(([one], [other]) => one - other)
      .map(([, choice]) => toChoice(choice));
    return {
      choices,
      report,
      host,
      operation,
      ...this.#identity,
      ...(this.#usage !== undefined && { usage: this.#usage }),
      ...(deploymentName !== undefined && { deploymentName }),
    };
  }
}

function toChoice({ texts, logprobs, last }: OpenChoice): Choice {
  const joined = joinLogprobs(logprobs);
  return { text: texts.join(""), ...last, ...(joined !== undefined && { logprobs: joined }) };
}

/** Told of each piece of text, and awaited, before anyone else sees it. */
export type TokenListener = (text: string, completion: number, chunk: GenerationChunk) => unknown;

/** A stream's pieces as LangChain's chunks; the last one has no text and tells usage and provenance. */
export async function* streamChunks(
  pieces: AsyncIterable<StreamPiece>,
  onContentFilter: Settings["onContentFilter"],
  onToken: TokenListener,
  onServed: (served: Served) => void,
): AsyncGenerator<GenerationChunk> {
  const collector = new StreamCollector();
  for await (const piece of pieces) {
    collector.add(piece);
    const { text, index } = piece.chunk;
    if (text === "") continue;
    const chunk = toTextChunk(piece.chunk);
    await onToken(text, index, chunk);
    yield chunk;
  }
  const served = collector.served();
  onServed(served);
  if (onContentFilter === "throw") assertNotFiltered(served);
  yield toClosingChunk(served);
}

/** Reads a stream to its end, as one answer. */
export async function collectStream(
  pieces: AsyncIterable<StreamPiece>,
  onContentFilter: Settings["onContentFilter"],
  onToken: TokenListener,
): Promise<Served> {
  const collector = new StreamCollector();
  for await (const piece of pieces) {
    collector.add(piece);
    const { text, index } = piece.chunk;
    if (text !== "") await onToken(text, index, toTextChunk(piece.chunk));
  }
  const served = collector.served();
  if (onContentFilter === "throw") assertNotFiltered(served);
  return served;
}
