import { SLOW_MS } from "./fake-azure.js";
import type { Scenario } from "./scenario.js";

/** The longest that the client waits for a limit to let something through: a minute's tokens, and a little. */
const QUOTA_MS = 62_000;

/**
 * Watches that nobody waits for nothing. While there are calls, the next thing happens before the longest
 * wait there may be: for a rest that the caller allows, for an answer, for a limit, or for the time to be up
 * of a reader who has stopped.
 */
export class Patience {
  readonly #longestMs: number;
  readonly #wrong: (what: string) => void;
  #calls = 0;
  #last = 0;
  #lastSettled = 0;

  constructor({ settings, deployments, calls }: Scenario, wrong: (what: string) => void) {
    const { maxRetryDelayMs, timeoutMs, totalTimeoutMs = 0 } = settings;
    const latencyMs = Math.max(...deployments.map((one) => one.latencyMs[1]));
    const hasTokens = deployments.some(({ tokensPerMinute }) => tokensPerMinute !== undefined);
    // A stream tells its choices one after another.
    const slowMs = SLOW_MS * Math.max(...calls.map(({ parameters: { n = 1 } }) => n));
    const stopped = calls.some(({ reader }) => reader === "stops") ? totalTimeoutMs : 0;
    this.#longestMs =
      1000 + Math.max(maxRetryDelayMs, timeoutMs, latencyMs + slowMs, hasTokens ? QUOTA_MS : 0, stopped);
    this.#wrong = wrong;
  }

  /** When the last call was settled. */
  get lastSettled(): number {
    return this.#lastSettled;
  }

  started(now: number): void {
    this.happened(now);
    this.#calls++;
  }

  settled(now: number): void {
    this.happened(now);
    this.#calls--;
    this.#lastSettled = now;
  }

  /** Something was sent, or came back. */
  happened(now: number): void {
    const waited = now - this.#last;
    if (this.#calls > 0 && waited > this.#longestMs) this.#wrong(`nothing happened for ${waited} ms`);
    this.#last = now;
  }
}
