import { readRetryAfter } from "../../src/client/retry-after.js";
import type { RateLimitReport } from "../../src/report.js";

function waitSaid(message: string, rateLimit?: RateLimitReport): number | undefined {
  return readRetryAfter(() => undefined, message, rateLimit === undefined ? {} : { rateLimit }, 0);
}

test.each([
  ["Please retry after 250 milliseconds.", 250],
  ["Please retry after 250ms.", 250],
  ["Please retry after 1.5 seconds.", 1500],
  ["Please try again in 2 minutes.", 120_000],
  ["Please retry after 1.2.3 seconds.", undefined],
  ["Please retry after a while.", undefined],
])("%j asks to wait %p ms", (message, wait) => {
  expect(waitSaid(message)).toBe(wait);
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
