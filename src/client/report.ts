import { present } from "../present.js";
import type { RateLimitReport, ServiceReport } from "../report.js";

/** Reads one header of an answer by its lower-case name. */
export type ReadHeader = (name: string) => string | undefined;

/** Reads what the service says about itself in an answer's headers. */
export function readReport(header: ReadHeader): ServiceReport {
  const rateLimit = readRateLimit(header);
  const report = {
    requestId: header("apim-request-id") ?? header("x-request-id"),
    region: header("x-ms-region"),
    servedDeployment: header("x-ms-deployment-name"),
    rateLimit: Object.keys(rateLimit).length === 0 ? undefined : rateLimit,
  };
  return present(report);
}

function readRateLimit(header: ReadHeader): RateLimitReport {
  // A limit or a reset of 0 or -1 has been seen to mean that the service does not know.
  const positive = (name: string): number | undefined => atLeast(1, readCount(header, name));
  return present({
    limitRequests: positive("limit-requests"),
    limitTokens: positive("limit-tokens"),
    remainingRequests: atLeast(0, readCount(header, "remaining-requests")),
    remainingTokens: atLeast(0, readCount(header, "remaining-tokens")),
    resetRequestsMs: readReset(header, "reset-requests"),
    resetTokensMs: readReset(header, "reset-tokens"),
  });
}

/** Both spellings of the headers have been seen. */
function readRateLimitHeader(header: ReadHeader, name: string): string | undefined {
  return header(`x-ratelimit-${name}`) ?? header(`x-rate-limit-${name}`);
}

function readCount(header: ReadHeader, name: string): number | undefined {
  return toNumber(readRateLimitHeader(header, name));
}

/** Azure sends plain seconds; OpenAI's own service, and gateways to it, `6m0s` and `20ms`. */
function readReset(header: ReadHeader, name: string): number | undefined {
  const value = readRateLimitHeader(header, name);
  const seconds = toNumber(value);
  const milliseconds = seconds === undefined ? readDuration(value ?? "") : seconds * 1000;
  return milliseconds !== undefined && milliseconds > 0 ? milliseconds : undefined;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
]);

/** Reads a duration such as `6m0s` and `20ms`, in milliseconds; absent for anything else. */
export function readDuration(text: string): number | undefined {
  if (!/^(?:[\d.]+(?:ms|[dhms]))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)(ms|[dhms])/g)].reduce(
    (sum, [, amount, unit = ""]) => sum + Number(amount) * (UNITS.get(unit) ?? NaN),
    0,
  );
}

/** Reads a decimal number; absent for anything else, and for nothing. */
export function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*-?\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

function atLeast(least: number, value: number | undefined): number | undefined {
  return value !== undefined && value >= least ? value : undefined;
}
