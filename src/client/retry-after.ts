import type { ServiceReport } from "../report.js";
import { toNumber } from "./report.js";
import type { ReadHeader } from "./report.js";

/**
 * Reads how long the service asks to wait, in milliseconds; nothing when it does not say.
 *
 * The most exact source wins: `retry-after-ms`, `retry-after` (seconds or a date), the sentence in the
 * message, the reset of the limit that was reached. Zero and less mean that the service does not know.
 */
export function readRetryAfter(
  header: ReadHeader,
  message: string,
  report: ServiceReport,
  now: number,
): number | undefined {
  const waits = [
    toNumber(header("retry-after-ms")),
    readSecondsOrDate(header("retry-after"), now),
    readSentence(message),
    readReset(message, report),
  ];
  return waits.find((wait) => wait !== undefined && wait > 0);
}

function readSecondsOrDate(text: string | undefined, now: number): number | undefined {
  const seconds = toNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(text ?? "");
  return Number.isNaN(date) ? undefined : date - now;
}

function readSentence(message: string): number | undefined {
  const [, amount, unit] =
    /(?:retry|try again) (?:after|in) ([\d.]+) ?(milliseconds?|ms|seconds?|s\b|minutes?)/i.exec(message) ??
    [];
  if (amount === undefined || unit === undefined) return undefined;
  const factor = /^m(?:s|illi)/i.test(unit) ? 1 : /^min/i.test(unit) ? 60_000 : 1000;
  const wait = Number(amount) * factor;
  return Number.isFinite(wait) ? wait : undefined;
}

/** The reset of the limit that the message names or that has nothing left; else the longer one. */
function readReset(message: string, { rateLimit = {} }: ServiceReport): number | undefined {
  const { resetRequestsMs, resetTokensMs, remainingRequests, remainingTokens } = rateLimit;
  if (/token rate limit/i.test(message) || (remainingTokens === 0 && remainingRequests !== 0)) {
    return resetTokensMs ?? resetRequestsMs;
  }
  if (/call rate limit/i.test(message) || (remainingRequests === 0 && remainingTokens !== 0)) {
    return resetRequestsMs ?? resetTokensMs;
  }
  return Math.max(resetRequestsMs ?? 0, resetTokensMs ?? 0);
}
