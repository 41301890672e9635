import type { Chunk, TokenUsage } from "../operations/operation.js";
import { sumUsage } from "./usage.js";
import type { OpenStream } from "./work.js";

/** One of the streams, and which choice its first one is. */
interface Part {
  readonly chunks: AsyncIterator<Chunk>;
  readonly firstIndex: number;
}

type Arrival =
  | { readonly part: Part; readonly result: IteratorResult<Chunk> }
  | { readonly part: Part; readonly error: unknown };

/** Several streams of one prompt as one: each chunk comes when it arrives, and the usage is that of all. */
export class JoinedStream {
  #left: number;
  #choices = 0;
  readonly #arrivals: Arrival[] = [];
  readonly #usages = new Map<Part, TokenUsage>();
  #wake = (): void => undefined;

  /** @param count - how many streams there will be. */
  constructor(count: number) {
    this.#left = count;
  }

  /** Takes one of them in; its choices are counted after those of the streams before it. */
  add(stream: OpenStream, choices: number): void {
    const part = { chunks: read(stream), firstIndex: this.#choices };
    this.#choices += choices;
    this.#ask(part);
  }

  async *chunks(): AsyncGenerator<Chunk> {
    while (this.#left > 0) {
      const arrival = this.#arrivals.shift();
      if (arrival === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if ("error" in arrival) {
        throw arrival.error;
      } else if (arrival.result.done === true) {
        this.#left--;
      } else {
        this.#ask(arrival.part);
        yield this.#place(arrival.part, arrival.result.value);
      }
    }
  }

  #ask(part: Part): void {
    part.chunks.next().then(
      (result) => this.#note({ part, result }),
      (error: unknown) => this.#note({ part, error }),
    );
  }

  #note(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#wake();
  }

  #place(part: Part, chunk: Chunk): Chunk {
    const placed = { ...chunk, index: part.firstIndex + chunk.index };
    if (chunk.usage === undefined) return placed;
    this.#usages.set(part, chunk.usage);
    const usage = sumUsage([...this.#usages.values()]);
    return usage === undefined ? placed : { ...placed, usage };
  }
}

async function* read({ early, rest, close }: OpenStream): AsyncGenerator<Chunk> {
  try {
    yield* early;
    for (let next = await rest?.next(); next?.done === false; next = await rest?.next()) yield next.value;
  } catch (error) {
    close(error);
    throw error;
  }
  close();
}
