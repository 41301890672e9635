import type { ServiceReport } from "../report.js";
import { readDuration, toNumber } from "./report.js";
import type { ReadHeader } from "./report.js";

/**
 * Reads how long the service asks to wait, in milliseconds; nothing when it does not say.
 *
 * The most exact source wins: `retry-after-ms`, `retry-after` (seconds or a date), the sentence in the
 * message, at 429 the reset of the limit that was reached. Zero and less mean that the service does not know.
 */
export function readRetryAfter(
  status: number,
  header: ReadHeader,
  message: string,
  report: ServiceReport,
  now: number,
): number | undefined {
  const waits = [
    toNumber(header("retry-after-ms")),
    readSecondsOrDate(header("retry-after"), now),
    readSentence(message),
    status === 429 ? readReset(message, report) : undefined,
  ];
  return waits.find((wait) => wait !== undefined && wait > 0);
}

function readSecondsOrDate(text: string | undefined, now: number): number | undefined {
  const seconds = toNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(text ?? "");
  return Number.isNaN(date) ? undefined : date - now;
}

const WORDS: ReadonlyMap<string, number> = new Map([
  ["millisecond", 1],
  ["second", 1000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
]);

function readSentence(message: string): number | undefined {
  const [, amount, word] =
    /(?:retry|try again) (?:after|in) (\d+(?:\.\d+)?) ?(millisecond|second|minute|hour|day)/i.exec(message) ??
    [];
  if (word !== undefined) return Number(amount) * (WORDS.get(word.toLowerCase()) ?? NaN);
  const [, duration = ""] =
    /(?:retry|try again) (?:after|in) ((?:\d+(?:\.\d+)? ?(?:ms|[dhms]))+)\b/i.exec(message) ?? [];
  return readDuration(duration.replaceAll(" ", "").toLowerCase());
}

/** The reset of the limit that the message names or that has nothing left; else of those that may have been reached. */
function readReset(message: string, { rateLimit = {} }: ServiceReport): number | undefined {
  const { resetRequestsMs, resetTokensMs, remainingRequests, remainingTokens } = rateLimit;
  if (/token rate limit/i.test(message)) return resetTokensMs ?? resetRequestsMs;
  if (/call rate limit/i.test(message)) return resetRequestsMs ?? resetTokensMs;
  const spent = [remainingRequests, remainingTokens].includes(0) ? 0 : undefined;
  return Math.max(
    remainingRequests === spent ? (resetRequestsMs ?? 0) : 0,
    remainingTokens === spent ? (resetTokensMs ?? 0) : 0,
  );
}
