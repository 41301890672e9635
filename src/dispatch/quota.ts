import type { RateLimitReport } from "../report.js";

/**
 * How much slower than allowed requests go. Azure counts them over 1- or 10-second windows at its
 * own end: the slack takes up what the network does to the distances between them.
 */
const SLACK = 0.04;

/** The shortest window that requests are counted over. */
const SHORTEST_WINDOW_MS = 1000;

/** The slack that even the shortest window has. */
const MARGIN_MS = SLACK * SHORTEST_WINDOW_MS;

/** A timer that was late may catch up by this: half of the slack that a window has. */
const CATCH_UP_MS = 0.5 * MARGIN_MS;

/** A window may hold a broken number of requests, rounded down: that is kept from the first if it costs no more. */
const ROUNDING = 1.05;

/** For so long after a refusal that is kept at any cost: long enough for few refusals, if the pace brought them. */
const STRICT_MS = 600_000;

/** Tokens are counted over a minute; a little more for the way there. */
const TOKEN_WINDOW_MS = 61_000;

/** The longest window that requests are counted over. */
const LONGEST_WINDOW_MS = 10_000;

const MINUTE_MS = 60_000;

/** However much others use a deployment, this share of its limit is still tried. */
const LEAST_SHARE = 0.05;

/** What was used over the last while, in steps. */
class Window {
  readonly lengthMs: number;
  readonly #stepMs: number;
  #steps: { at: number; amount: number }[] = [];
  #sum = 0;

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs;
    this.#stepMs = lengthMs / 256;
  }

  add(amount: number, now: number): void {
    const last = this.#steps.at(-1);
    // A step counts from its end, so that nothing is forgotten too early.
    if (last !== undefined && now <= last.at) last.amount += amount;
    else this.#steps.push({ at: now + this.#stepMs, amount });
    this.#sum += amount;
  }

  sum(now: number): number {
    let old = 0;
    for (const step of this.#steps) {
      if (step.at + this.lengthMs > now) break;
      this.#sum -= step.amount;
      old++;
    }
    if (old > 0) this.#steps.splice(0, old);
    return this.#sum;
  }

  /** The earliest time at which no more than an amount is left of what was used until now. */
  whenAtMost(amount: number, now: number): number {
    let left = this.sum(now);
    if (left <= amount) return now;
    for (const step of this.#steps) {
      left -= step.amount;
      if (left <= amount) return step.at + this.lengthMs;
    }
    return now + this.lengthMs;
  }
}

/** Takes a header's limit as one: values up to 0 have been seen and mean nothing. */
function toLimit(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}

/** The limits of a deployment as its owner or the service stated them. */
export interface Limits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/**
 * The limits of one deployment, kept before they are refused.
 *
 * Requests go at even distances, which is right whatever window the service counts over. Tokens
 * may go at any pace up to the limit of each minute.
 */
export class Quota {
  readonly #stated: Limits;
  #reported: Limits = {};
  /** The requests a minute that may be made, if known. */
  #requestLimit: number | undefined;
  #tokenLimit: number | undefined;
  #nextRequestAt = -Infinity;
  readonly #tokens = new Window(TOKEN_WINDOW_MS);
  readonly #lastSecond = new Window(SHORTEST_WINDOW_MS);
  readonly #lastSeconds = new Window(LONGEST_WINDOW_MS);
  /** The tokens that others than this process use of it. */
  #foreign = { tokens: 0, until: -Infinity, lengthMs: 1 };
  #strictUntil = -Infinity;
  /** Since when requests go at the pace of the limit that is known. */
  #pacedSince = -Infinity;

  constructor(stated: Limits) {
    this.#stated = stated;
    this.#setLimits(-Infinity);
  }

  /** The tokens a minute that may be used, if known. */
  get tokenLimit(): number | undefined {
    return this.#tokenLimit;
  }

  /** When the next request may go, whatever its tokens. */
  requestAt(): number {
    return this.#nextRequestAt;
  }

  /** How many tokens are left now. */
  tokensLeft(now: number): number {
    const { tokenLimit = Infinity } = this;
    return (
      tokenLimit - this.#tokens.sum(now) - Math.min(this.#foreignTokens(now), tokenLimit * (1 - LEAST_SHARE))
    );
  }

  /** When so many tokens fit; more than the limit fit when nothing else is counted. */
  tokensAt(tokens: number, now: number): number {
    const limit = this.#tokenLimit;
    if (limit === undefined) return now;
    const foreign = Math.min(this.#foreignTokens(now), limit * (1 - LEAST_SHARE));
    const free = Math.max(0, limit - tokens);
    const own = this.#tokens.sum(now);
    if (own + foreign <= free) return now;
    const ownAt = this.#tokens.whenAtMost(Math.max(0, free - foreign), now);
    // What others used is forgotten as well: evenly, as nobody tells when they used it.
    const { until, lengthMs } = this.#foreign;
    const room = (free - own) / this.#foreign.tokens;
    const foreignAt = until - lengthMs * Math.min(1, room);
    if (room < 0) return ownAt;
    return free < foreign ? foreignAt : Math.min(ownAt, foreignAt);
  }

  /** Counts a request that goes out. */
  take(tokens: number, now: number): void {
    this.#lastSecond.add(1, now);
    this.#lastSeconds.add(1, now);
    this.#tokens.add(tokens, now);
    const limit = this.#requestLimit;
    if (limit === undefined) return;
    const late = now - CATCH_UP_MS;
    this.#nextRequestAt = Math.max(this.#nextRequestAt, late) + this.#distance(limit, now);
  }

  /** Learns from an answer's headers. */
  correct(report: RateLimitReport, now: number): void {
    const requestsPerMinute = toLimit(report.limitRequests);
    const tokensPerMinute = toLimit(report.limitTokens);
    this.#reported = {
      ...this.#reported,
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    };
    this.#setLimits(now);
    // What remains of the minute's tokens can be compared with what we used of them.
    const tokens = usedByOthers(tokensPerMinute, report.remainingTokens, this.#tokens.sum(now));
    const lengthMs = Math.min(report.resetTokensMs ?? MINUTE_MS, MINUTE_MS);
    this.#foreign = { tokens, until: now + lengthMs, lengthMs };
    this.#yieldRequests(report, now);
  }

  #setLimits(now: number): void {
    const requestLimit = least(this.#stated.requestsPerMinute, this.#reported.requestsPerMinute);
    if (requestLimit !== this.#requestLimit) this.#pacedSince = now;
    this.#requestLimit = requestLimit;
    this.#tokenLimit = least(this.#stated.tokensPerMinute, this.#reported.tokensPerMinute);
  }

  /** Notes that a limit was met. It was in spite of the pace, if there was one, unless what came before that still counts. */
  refuse(now: number): void {
    if (this.#requestLimit === undefined) return;
    if (now >= this.#pacedSince + LONGEST_WINDOW_MS) this.#strictUntil = now + STRICT_MS;
  }

  /**
   * What remains of the requests is of a window whose length is not told. That nothing remains
   * while we asked for little, whatever its length, means that others ask: the next request waits
   * for the window's end.
   */
  #yieldRequests({ remainingRequests, resetRequestsMs }: RateLimitReport, now: number): void {
    const limit = this.#requestLimit;
    if (limit === undefined || remainingRequests !== 0) return;
    const isOurs = (requests: Window): boolean =>
      requests.sum(now) >= (limit * requests.lengthMs) / MINUTE_MS / 2;
    // No window is too short to hold one.
    if (isOurs(this.#lastSeconds) || (limit >= 60 && isOurs(this.#lastSecond))) return;
    const wait = Math.min(resetRequestsMs ?? SHORTEST_WINDOW_MS, LONGEST_WINDOW_MS);
    this.#nextRequestAt = Math.max(this.#nextRequestAt, now + wait);
  }

  /**
   * How far apart requests go: evenly, and so that no window holds more than a whole number of them
   * where that costs little or the even pace was refused lately.
   */
  #distance(limit: number, now: number): number {
    const even = (MINUTE_MS / limit) * (1 + SLACK);
    return [SHORTEST_WINDOW_MS, LONGEST_WINDOW_MS].reduce((longest, windowMs) => {
      const fits = Math.floor((limit * windowMs) / MINUTE_MS);
      const rounded = fits === 0 ? 0 : (windowMs + MARGIN_MS) / fits;
      return now < this.#strictUntil || rounded <= even * ROUNDING ? Math.max(longest, rounded) : longest;
    }, even);
  }

  #foreignTokens(now: number): number {
    const { tokens, until, lengthMs } = this.#foreign;
    return now < until ? (tokens * (until - now)) / lengthMs : 0;
  }
}

/** What the service counts beyond our own. A remaining below 0 means nothing. */
function usedByOthers(limit: number | undefined, remaining: number | undefined, own: number): number {
  if (limit === undefined || remaining === undefined || remaining < 0) return 0;
  return Math.max(0, limit - remaining - own);
}
