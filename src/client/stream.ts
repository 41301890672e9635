import { AzureOpenAIError, ContentFilterError, InterruptedStreamError, ServiceError } from "../errors.js";
import type { ErrorDetails } from "../errors.js";
import { isObject } from "../operations/json.js";
import { toChunks } from "../operations/chunks.js";
import type { Chunk, ChunkReader, JsonObject, Operation, OperationRequest } from "../operations/operation.js";
import type { ServiceReport } from "../report.js";
import { present } from "../present.js";
import type { Attempt } from "./attempt.js";
import { toConnectionFailure } from "./connection-failures.js";
import { toFailureInside, toForeignAnswerFailure, withDetails } from "./failures.js";
import type { Asked } from "./failures.js";
import { maskAnswer, maskChoice } from "./masked-answer.js";
import { parseJson } from "./refusal.js";
import { release } from "./wire.js";
import type { WireResponse } from "./wire.js";

/** A stream that has begun, and what its chunks are read with. */
export interface OpenStream {
  readonly response: WireResponse;
  readonly report: ServiceReport;
  readonly attempt: Attempt;
  readonly operation: Operation;
  readonly request: OperationRequest;
  readonly reader: ChunkReader;
  readonly asked: Asked;
}

/** One server-sent event. */
interface Frame {
  readonly event?: string | undefined;
  readonly data: string;
}

/**
 * Reads the chunks of a stream as they arrive. Leaving the loop early closes the connection.
 *
 * A failure before any text is the failure itself; after that it is an {@link InterruptedStreamError}
 * which holds the text so far, with the failure as its cause.
 */
export async function readStream(stream: OpenStream): Promise<AsyncIterable<Chunk>> {
  const { response, report, attempt, operation, request, reader, asked } = stream;
  // Loaded on demand: who never streams never needs it.
  const { createParser } = await import("eventsource-parser");
  const decoder = new TextDecoder();
  const frames: Frame[] = [];
  const parser = createParser({ onEvent: (frame) => frames.push(frame) });
  const details: ErrorDetails = { report, ...present({ deploymentName: asked.settings.deploymentName }) };

  /** Unknown before the first letter; what begins like JSON or a page is no stream. */
  let form: "unknown" | "whole" | "stream" = "unknown";
  let body = "";
  let ready: readonly Chunk[] = [];
  let next = 0;
  let text = "";
  let spoke = false;
  let ended = false;
  let over = false;

  /** Ends it, once. */
  const finish = (): boolean => {
    if (over) return false;
    over = true;
    attempt.finish();
    return true;
  };

  const discard = (): void => {
    if (finish()) response.discard();
  };

  const interrupted = (why: string, cause?: Error): InterruptedStreamError =>
    new InterruptedStreamError(
      `The stream ended before the answer was whole: ${why} \`partialText\` of this error holds what had arrived.`,
      { ...details, ...(cause !== undefined && { cause }), partialText: text },
    );

  const toFailure = (caught: unknown): Error => {
    if (attempt.signal.aborted) return attempt.signal.reason as Error; // an attempt ends with an error
    if (ContentFilterError.isInstance(caught)) return withPartialText(caught, text);
    if (InterruptedStreamError.isInstance(caught)) return caught;
    if (AzureOpenAIError.isInstance(caught)) {
      const failure = withDetails(caught, details);
      return text === "" ? failure : interrupted(failure.message, failure);
    }
    const failure = toConnectionFailure(caught, asked);
    return interrupted(failure.message, failure);
  };

  const readFrame = (frame: Frame): readonly Chunk[] => {
    // A sign of life of some gateways.
    if (frame.data.trim() === "") return [];
    const data = parseData(frame.data);
    const event = frame.event === undefined ? { data } : { name: frame.event, data };
    const error = operation.errorIn(event);
    if (error !== undefined) throw toFailureInside(error, report, asked);
    return reader.read(event).map((chunk) => maskChoice(chunk, asked.redactor));
  };

  /** Takes a piece of the body. */
  const take = (piece: string): void => {
    if (form === "unknown" && piece.trim() !== "") form = /^\s*[{<]/.test(piece) ? "whole" : "stream";
    if (form === "whole") body += piece;
    else parser.feed(piece);
  };

  /** Reads what was not streamed: some gateways wait for the whole answer, whatever they are asked. */
  const readBody = (): readonly Chunk[] => {
    const data = parseJson(body);
    if (body.trimStart().startsWith("<")) throw toForeignAnswerFailure(details);
    if (!isObject(data)) throw interrupted("the connection was closed.");
    const error = operation.errorIn({ data });
    if (error !== undefined) throw toFailureInside(error, report, asked);
    return toChunks(maskAnswer(operation.toAnswer(data, request), asked.redactor));
  };

  /** Makes more chunks ready, and gives the first; nothing at the end. */
  const advance = async (): Promise<Chunk | undefined> => {
    while (!reader.whole && !reader.satisfied && !ended) {
      const frame = frames.shift();
      if (frame !== undefined) {
        ready = readFrame(frame);
        next = 0;
        if (ready.length > 0) return ready[0];
        continue;
      }
      attempt.listen();
      const piece = await response.read();
      attempt.rest();
      if (piece !== undefined) {
        take(decoder.decode(piece, { stream: true }));
        continue;
      }
      if (form === "whole") {
        take(decoder.decode());
        ended = true;
        ready = readBody();
        next = 0;
        return ready[0];
      }
      // An event without the blank line after it is one still, unless it was cut in the middle.
      parser.feed(`${decoder.decode()}\n\n`);
      if (!frames.every(isWhole)) frames.length = 0;
      if (frames.length === 0) throw interrupted("the connection was closed.");
    }
    return undefined;
  };

  const iterator: AsyncIterator<Chunk, undefined> = {
    async next() {
      if (over) return { done: true, value: undefined };
      let value: Chunk | undefined;
      try {
        if (attempt.signal.aborted) throw attempt.signal.reason;
        value = ready[next] ?? (await advance());
        if (value === undefined) {
          // A reader that has enough leaves the rest unsaid; else there is nothing left but the end.
          if (reader.satisfied) discard();
          else if (finish()) await release(response);
          return { done: true, value: undefined };
        }
      } catch (caught) {
        const failure = toFailure(caught);
        discard();
        throw failure;
      }
      next += 1;
      if (value.index === 0) text += value.text;
      if (!spoke && value.text !== "") {
        spoke = true;
        attempt.endDeadline();
      }
      return { done: false, value };
    },
    async return() {
      discard();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

function parseData(data: string): JsonObject | "[DONE]" {
  if (data === "[DONE]") return data;
  const parsed = parseJson(data);
  if (isObject(parsed)) return parsed;
  throw new ServiceError("The service streamed something that is not a JSON object.");
}

function isWhole({ data }: Frame): boolean {
  return data.trim() === "" || data === "[DONE]" || parseJson(data) !== undefined;
}

function withPartialText(error: ContentFilterError, partialText: string): ContentFilterError {
  if (partialText === "" || error.partialText !== undefined) return error;
  const { message, source, categories, cause, status, deploymentName, report, service, retryAfterMs } = error;
  return new ContentFilterError(message, {
    source,
    categories,
    partialText,
    ...present({ cause, status, deploymentName, report, service, retryAfterMs }),
  });
}
