import { Heap } from "./heap.js";
import type { Source } from "./parcel.js";

interface Delayed {
  readonly at: number;
  readonly source: Source;
}

/** Tells who goes first: the lower priority number, then who came first. */
function goesBefore(a: Source, b: Source): boolean {
  return a.priority === b.priority ? a.sequence < b.sequence : a.priority < b.priority;
}

/** The prompts that wait: some for their turn, some for their time. */
export class Queue {
  readonly #ready = new Heap<Source>(goesBefore);
  readonly #delayed = new Heap<Delayed>((a, b) => a.at < b.at);

  get size(): number {
    return this.#ready.size + this.#delayed.size;
  }

  /** How many wait for their turn alone. */
  get readySize(): number {
    return this.#ready.size;
  }

  push(source: Source): void {
    this.#ready.push(source);
  }

  /** Puts something in that must not go before a time. */
  delay(source: Source, at: number): void {
    this.#delayed.push({ at, source });
  }

  /** Takes out whose turn it is. It must not change while it is inside. */
  pop(): Source | undefined {
    return this.#ready.pop();
  }

  /** Lets those take their turn whose time has come. */
  release(now: number): void {
    for (let next = this.#delayed.peek(); next !== undefined && next.at <= now; next = this.#delayed.peek()) {
      this.#delayed.pop();
      this.#ready.push(next.source);
    }
  }

  /** When the next one's time comes. */
  get nextRelease(): number {
    return this.#delayed.peek()?.at ?? Infinity;
  }

  /** Takes everything out. */
  drain(): readonly Source[] {
    this.release(Infinity);
    const all: Source[] = [];
    for (let source = this.pop(); source !== undefined; source = this.pop()) all.push(source);
    return all;
  }
}
