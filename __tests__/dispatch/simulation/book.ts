import { RateLimitError } from "../../../src/errors.js";
import type { ServiceReport } from "../../../src/report.js";
import type { FakeDeployment } from "./fake-azure.js";
import { Sliding } from "./sliding.js";

/** Over what requests may be counted. */
const REQUEST_WINDOWS_MS = [1000, 10_000, 60_000] as const;

const MINUTE_MS = 60_000;

/** A limit that the client knows, and what was sent since it does: what was sent before is nobody's fault. */
class Limit {
  readonly perMinute: number;
  readonly #since: number;
  readonly #windows: readonly Sliding[];

  constructor(perMinute: number, since: number, windowsMs: readonly number[]) {
    this.perMinute = perMinute;
    this.#since = since;
    this.#windows = windowsMs.map((ms) => new Sliding(ms));
  }

  /** Counts something. Returns what is too much in which window, if anything is. */
  add(amount: number, now: number): string | undefined {
    if (now <= this.#since) return undefined;
    for (const window of this.#windows) {
      window.add(amount, now);
      const allowed = Math.ceil((this.perMinute * window.lengthMs) / MINUTE_MS);
      const sum = window.used(now);
      // What is too much by itself goes all the same, alone.
      if (sum > allowed && sum > amount) return `${sum} in ${window.lengthMs} ms, of ${allowed}`;
    }
    return undefined;
  }
}

/** What a deployment was sent, against what the client knew of its limits: by being told, or by headers. */
export class Book {
  readonly #name: string;
  #requests: Limit | undefined;
  #tokens: Limit | undefined;
  #restUntil = -Infinity;

  constructor({ settings }: FakeDeployment) {
    const { deploymentName = "", requestsPerMinute, tokensPerMinute } = settings;
    this.#name = deploymentName;
    this.#learn(requestsPerMinute, tokensPerMinute, -Infinity);
  }

  sent(now: number, tokens: number, wrong: (what: string) => void): void {
    if (now < this.#restUntil - 1e-6) wrong(`${this.#name} is asked while it rests`);
    const requests = this.#requests?.add(1, now);
    if (requests !== undefined) wrong(`${this.#name} gets too many requests: ${requests}`);
    const sum = this.#tokens?.add(tokens, now);
    if (sum !== undefined) wrong(`${this.#name} gets too many tokens: ${sum}`);
  }

  /** What came back: an answer's headers, or an error with some. */
  heard(now: number, report: ServiceReport | undefined, error: unknown): void {
    this.#learn(report?.rateLimit?.limitRequests, report?.rateLimit?.limitTokens, now);
    if (!RateLimitError.isInstance(error) || error.retryAfterMs === undefined) return;
    this.#restUntil = Math.max(this.#restUntil, now + error.retryAfterMs);
  }

  #learn(requests = Infinity, tokens = Infinity, now: number): void {
    if (requests < (this.#requests?.perMinute ?? Infinity)) {
      this.#requests = new Limit(requests, now, REQUEST_WINDOWS_MS);
    }
    if (tokens < (this.#tokens?.perMinute ?? Infinity)) this.#tokens = new Limit(tokens, now, [MINUTE_MS]);
  }
}
