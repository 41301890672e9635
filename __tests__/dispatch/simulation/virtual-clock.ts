import type { Clock } from "../../../src/dispatch/clock.js";
import { Heap } from "../../../src/dispatch/heap.js";

interface Timer {
  readonly at: number;
  readonly order: number;
  /** Waits for everything that this moment has begun. */
  readonly deferred: boolean;
  run: (() => void) | undefined;
}

/** More than this happens at one moment only where it never ends. */
const MOST_AT_ONCE = 10_000;

/** A clock that moves only when it is told to, and then straight to what happens next. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #alive = 0;
  readonly #timers = new Heap<Timer>((a, b) => (a.at === b.at ? a.order < b.order : a.at < b.at));

  now(): number {
    return this.#now;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#alive;
  }

  schedule(at: number, run: () => void, deferred = false): () => void {
    const timer: Timer = { at: Math.max(at, this.#now), order: this.#order++, deferred, run };
    this.#alive++;
    this.#timers.push(timer);
    return () => {
      if (timer.run === undefined) return;
      timer.run = undefined;
      this.#alive--;
    };
  }

  defer(run: () => void): void {
    this.schedule(this.#now, run, true);
  }

  /** Waits in virtual time; an aborted signal ends that at once. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        cancel();
        reject(signal?.reason as Error);
      };
      const cancel = this.schedule(this.#now + ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Lets time pass, until nothing is left to happen or until a time. */
  async run(until = Infinity): Promise<void> {
    let atOnce = 0;
    await settle();
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) {
      this.#timers.pop();
      atOnce = next.at > this.#now ? 0 : atOnce + 1;
      if (atOnce > MOST_AT_ONCE) throw new Error("Time stands still: what happens now never ends.");
      this.#now = next.at;
      this.#alive--;
      const { run } = next;
      next.run = undefined;
      run?.();
      // What happens at the same moment happens before anybody reacts to it.
      const after = this.#next();
      if (after === undefined || after.at > this.#now || after.deferred) await settle();
    }
    if (until !== Infinity) this.#now = Math.max(this.#now, until);
  }

  #next(): Timer | undefined {
    for (let next = this.#timers.peek(); next !== undefined; next = this.#timers.peek()) {
      if (next.run !== undefined) return next;
      this.#timers.pop();
    }
    return undefined;
  }
}

/** Lets every promise that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
