import { readRetryAfter } from "../../src/client/retry-after.js";
import type { RateLimitReport } from "../../src/report.js";

function waitSaid(message: string, rateLimit?: RateLimitReport, status = 429): number | undefined {
  return readRetryAfter(status, () => undefined, message, rateLimit === undefined ? {} : { rateLimit }, 0);
}

test.each([
  ["Please retry after 250 milliseconds.", 250],
  ["Please retry after 250ms.", 250],
  ["Please retry after 1.5 seconds.", 1500],
  ["Please try again in 2 minutes.", 120_000],
  ["Please try again after 24 hours.", 86_400_000],
  ["Please try again in 2 days.", 172_800_000],
  ["Please try again in 1m0s.", 60_000],
  ["Please try again in 7m12s. Visit the portal.", 432_000],
  ["Please retry after 3s.", 3000],
  ["Please retry after 1.2.3 seconds.", undefined],
  ["Please retry after a while.", undefined],
])("%j asks to wait %p ms", (message, wait) => {
  expect(waitSaid(message)).toBe(wait);
});

test.each([
  ["requests", { remainingRequests: 0, remainingTokens: 5, resetRequestsMs: 7, resetTokensMs: 9 }],
  ["tokens", { remainingRequests: 5, remainingTokens: 0, resetRequestsMs: 9, resetTokensMs: 7 }],
])("where no %s are left it is the reset of those, though the other takes longer", (_what, rateLimit) => {
  expect(waitSaid("", rateLimit)).toBe(7);
});

test.each([
  [500, { resetRequestsMs: 7, resetTokensMs: 9, remainingRequests: 0 }],
  [503, { resetRequestsMs: 7 }],
  [429, { resetRequestsMs: 7, resetTokensMs: 9, remainingRequests: 59, remainingTokens: 149_984 }],
])("a %d whose limits were not reached (%j) does not wait for their reset", (status, rateLimit) => {
  expect(waitSaid("", rateLimit, status)).toBeUndefined();
});

test("where one limit has room, it is the reset of the other", () => {
  expect(waitSaid("", { remainingRequests: 59, resetRequestsMs: 7, resetTokensMs: 9 })).toBe(9);
});

test.each([
  [
    "the reset of the tokens, where nothing else is known of a call limit",
    "call rate limit",
    { resetTokensMs: 7 },
  ],
  [
    "the reset of the requests, where nothing else is known of a token limit",
    "token rate limit",
    { resetRequestsMs: 7 },
  ],
  ["the one that is told, where neither limit is named", "", { resetTokensMs: 7 }],
  ["the one that is told, where neither limit is named, too", "", { resetRequestsMs: 7 }],
])("without a better source it is %s", (_source, message, rateLimit) => {
  expect(waitSaid(message, rateLimit)).toBe(7);
});
