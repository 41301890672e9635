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

/** The prompts that wait: some for their turn, some for their time, some for a change. */
export class Queue {
  readonly #ready = new Heap<Source>(goesBefore);
  readonly #delayed = new Heap<Delayed>((a, b) => a.at < b.at);
  #aside: Source[] = [];

  get size(): number {
    return this.#ready.size + this.#delayed.size + this.#aside.length;
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

  /** Sets something aside that cannot go as things are, until they are looked at anew. */
  setAside(source: Source): void {
    this.#aside.push(source);
  }

  /** Puts back what was set aside. */
  restore(): void {
    const aside = this.#aside;
    this.#aside = [];
    for (const source of aside) this.#ready.push(source);
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
    this.restore();
    const all: Source[] = [];
    for (let source = this.pop(); source !== undefined; source = this.pop()) all.push(source);
    return all;
  }
}
