import type { Annotator } from "./content-filter.js";
import type { StreamEvent } from "./exchange.js";
import type { Generation } from "./generation.js";
import type { JsonObject } from "./parameters.js";
import type { Piece } from "./tokens.js";

/** How an operation writes its chunks. */
interface ChunkShape {
  /** The fields of every chunk beside `choices` and `usage`. */
  readonly head: JsonObject;
  /** The choice that opens an answer, where the operation has one. */
  readonly open?: (index: number) => JsonObject;
  /** A piece of an answer, `offset` characters in. */
  readonly piece: (index: number, piece: Piece, offset: number) => JsonObject;
  /** The end of an answer. */
  readonly close: (index: number, finishReason: string) => JsonObject;
}

/** One stream of choices, as completions and chat send it. */
export interface ChoiceStream {
  readonly shape: ChunkShape;
  /** The answers, in the order of their `index`. */
  readonly generations: readonly Generation[];
  readonly filter: Annotator;
  /** The verdicts on the prompts, and the field that has them. */
  readonly promptResults: { readonly key: string; readonly results: readonly JsonObject[] };
  /** The tokens, where the client asked for them. */
  readonly usage: JsonObject | undefined;
  /** More fields on chunks that have choices. */
  readonly extra: () => JsonObject;
}

/** Text-less chunks have no id, model or object. */
const ANONYMOUS = { created: 0, id: "", model: "", object: "" } as const;

/** Writes the events of a stream: verdict on the prompts, text, ends, usage, `[DONE]`. */
export function streamChoices(stream: ChoiceStream): readonly StreamEvent[] {
  const { filter, generations, promptResults, usage } = stream;
  const events: StreamEvent[] = [];
  if (filter.annotated) {
    const data = { choices: [], ...ANONYMOUS, [promptResults.key]: promptResults.results };
    events.push({ data, delayMs: 0 });
  }
  events.push(...interleave(generations.map((generation, index) => streamChoice(stream, generation, index))));
  const isBlocked = generations.some(({ verdict }) => verdict.block !== undefined);
  if (usage !== undefined && !isBlocked) {
    events.push({ data: { ...stream.shape.head, choices: [], usage }, delayMs: 0 });
  }
  events.push({ data: "[DONE]", delayMs: 0 });
  return events;
}

/** The chunks of one answer. */
function streamChoice(stream: ChoiceStream, generation: Generation, index: number): StreamEvent[] {
  const { filter, shape } = stream;
  const { verdict } = generation;
  const isAsynchronous = filter.annotated && filter.mode === "asynchronous";
  const annotate = (choice: JsonObject, results: JsonObject): JsonObject =>
    filter.annotated && !isAsynchronous ? { ...choice, content_filter_results: results } : choice;
  const chunk = (choice: JsonObject, delayMs: number): StreamEvent => ({
    data: {
      ...shape.head,
      choices: [choice],
      ...stream.extra(),
      ...(stream.usage === undefined ? {} : { usage: null }),
    },
    delayMs,
  });

  const events: StreamEvent[] = [];
  if (shape.open !== undefined) events.push(chunk(annotate(shape.open(index), {}), 0));
  let offset = 0;
  for (const piece of generation.pieces) {
    const delayMs = offset === 0 ? 0 : generation.chunkDelayMs;
    const results = verdict.block === undefined ? verdict.results : {};
    events.push(chunk(annotate(shape.piece(index, piece, offset), results), delayMs));
    offset += piece.text.length;
  }
  const verdictChunk = (results: JsonObject, finishReason: string | null): StreamEvent => ({
    data: { choices: [toVerdict(index, results, finishReason, offset)], ...ANONYMOUS },
    delayMs: 0,
  });
  if (!isAsynchronous) {
    const results = verdict.block === undefined ? {} : verdict.results;
    events.push(chunk(annotate(shape.close(index, generation.finishReason), results), 0));
  } else if (verdict.block !== undefined) {
    events.push(verdictChunk(verdict.results, generation.finishReason));
  } else {
    events.push(chunk(shape.close(index, generation.finishReason), 0));
    events.push(verdictChunk(verdict.results, null));
  }
  return events;
}

/** What an asynchronous filter says of a stretch of text, in a choice that has none. */
function toVerdict(index: number, results: JsonObject, finishReason: string | null, end: number): JsonObject {
  return {
    content_filter_offsets: { check_offset: end, start_offset: 0, end_offset: end },
    content_filter_results: results,
    finish_reason: finishReason,
    index,
  };
}

/** Several answers at once take turns. */
function interleave(streams: readonly (readonly StreamEvent[])[]): readonly StreamEvent[] {
  const longest = Math.max(0, ...streams.map((events) => events.length));
  const turns = Array.from({ length: longest }, (_, turn) =>
    streams.flatMap((events) => {
      const event = events[turn];
      return event === undefined ? [] : [event];
    }),
  );
  // What one answer waits for, the others have waited for with it.
  return turns.flatMap((events) =>
    events.map((event, position) => (position === 0 ? event : { ...event, delayMs: 0 })),
  );
}
