const TOKEN_WINDOW_MS = 60_000;

/** The per-minute limits of a deployment; undefined is no limit. */
export interface QuotaLimits {
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
}

/** What the quota says to one request. */
export type QuotaDecision =
  | { readonly allowed: true; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly allowed: false;
      /** Which limit it was. */
      readonly kind: "token" | "call";
      /** When to come again. */
      readonly retryAfterMs: number;
      readonly headers: Readonly<Record<string, string>>;
    };

interface Entry {
  readonly at: number;
  readonly amount: number;
}

/**
 * A deployment's quota as Azure counts it: requests over a short sliding window (600 a minute are 10 a
 * second; below one a second, the window is 10 seconds), estimated tokens over a sliding minute, and
 * refused requests counted like the others.
 */
export class Quota {
  private readonly requests: SlidingWindow | undefined;
  private readonly tokens: SlidingWindow | undefined;

  constructor(private readonly limits: QuotaLimits) {
    const { requestsPerMinute, tokensPerMinute } = limits;
    if (requestsPerMinute !== undefined) {
      const windowMs = requestsPerMinute >= 60 ? 1000 : 10_000;
      const perWindow = Math.max(1, Math.floor((requestsPerMinute * windowMs) / 60_000));
      this.requests = new SlidingWindow(windowMs, perWindow);
    }
    if (tokensPerMinute !== undefined) this.tokens = new SlidingWindow(TOKEN_WINDOW_MS, tokensPerMinute);
  }

  /** Counts a request of so many tokens at a time in milliseconds, and says whether it may pass. */
  take(tokens: number, now: number): QuotaDecision {
    const requestWaitMs = this.requests?.waitFor(1, now) ?? 0;
    const tokenWaitMs = this.tokens?.waitFor(tokens, now) ?? 0;
    this.requests?.add(1, now);
    if (requestWaitMs > 0 || tokenWaitMs > 0) {
      const kind = tokenWaitMs >= requestWaitMs ? "token" : "call";
      const retryAfterMs = Math.max(requestWaitMs, tokenWaitMs);
      return { allowed: false, kind, retryAfterMs, headers: this.headers(now) };
    }
    this.tokens?.add(tokens, now);
    return { allowed: true, headers: this.headers(now) };
  }

  private headers(now: number): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.requests !== undefined) {
      const limit = this.limits.requestsPerMinute ?? 0;
      headers["x-ratelimit-limit-requests"] = String(limit);
      headers["x-ratelimit-remaining-requests"] = String(this.requests.room(now));
      headers["x-ratelimit-reset-requests"] = String(Math.ceil(this.requests.emptyIn(now) / 1000));
    }
    if (this.tokens !== undefined) {
      headers["x-ratelimit-limit-tokens"] = String(this.limits.tokensPerMinute ?? 0);
      headers["x-ratelimit-remaining-tokens"] = String(this.tokens.room(now));
      headers["x-ratelimit-reset-tokens"] = String(Math.ceil(this.tokens.emptyIn(now) / 1000));
    }
    return headers;
  }
}

/** Amounts over the last so many milliseconds. */
class SlidingWindow {
  private entries: Entry[] = [];
  private total = 0;

  constructor(
    private readonly lengthMs: number,
    private readonly limit: number,
  ) {}

  add(amount: number, now: number): void {
    this.entries.push({ at: now, amount });
    this.total += amount;
  }

  /** How long until the amount fits, in milliseconds; one over the whole limit waits for an empty window. */
  waitFor(amount: number, now: number): number {
    this.forget(now);
    if (this.total + amount <= this.limit) return 0;
    let left = this.total;
    for (const entry of this.entries) {
      left -= entry.amount;
      if (left + amount <= this.limit) return Math.max(1, entry.at + this.lengthMs - now);
    }
    return Math.max(1, this.emptyIn(now) || this.lengthMs);
  }

  room(now: number): number {
    this.forget(now);
    return Math.max(0, this.limit - this.total);
  }

  /** How long until nothing is left in the window, in milliseconds. */
  emptyIn(now: number): number {
    const last = this.entries.at(-1);
    return last === undefined ? 0 : Math.max(0, last.at + this.lengthMs - now);
  }

  private forget(now: number): void {
    const past = now - this.lengthMs;
    let gone = 0;
    for (const entry of this.entries) {
      if (entry.at > past) break;
      this.total -= entry.amount;
      gone++;
    }
    if (gone > 0) this.entries = this.entries.slice(gone);
  }
}
