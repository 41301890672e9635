/** Time, as dispatching sees it: the only way to it, so that a simulation can bring its own. */
export interface Clock {
  /** Milliseconds from some fixed point; never goes back. */
  now(): number;
  /** Runs something once, at a time or soon after it. Returns how to call it off. */
  schedule(at: number, run: () => void): () => void;
  /** Runs something after this turn of the event loop. */
  defer(run: () => void): void;
}

/** The longest delay a platform's timer takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The platform's clock and timers. A timer keeps the process alive: somebody waits for it. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(at, run) {
    // A longer wait wakes early; whoever asked looks at the time and asks again.
    const delay = Math.min(Math.max(0, Math.ceil(at - performance.now())), LONGEST_TIMER_MS);
    const timer = setTimeout(run, delay);
    return () => clearTimeout(timer);
  },
  defer(run) {
    if (typeof setImmediate === "function") setImmediate(run);
    else setTimeout(run, 0);
  },
};
