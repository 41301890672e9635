import { classify, judge, limitBackoff } from "../../src/dispatch/policy.js";
import type { Standing } from "../../src/dispatch/policy.js";
import {
  ConfigurationError,
  ConnectionError,
  ContentFilterError,
  ContextLengthError,
  InvalidRequestError,
  OperationNotSupportedError,
  RateLimitError,
  ServiceError,
  TimeoutError,
} from "../../src/errors.js";

const filtered = { categories: {} };

test.each([
  ["a rate limit inside a stream, which has no status", new RateLimitError("x"), "limit"],
  ["a rate limit by its status alone", new ServiceError("x", { status: 429 }), "limit"],
  ["a broken connection", new ConnectionError("x"), "trouble"],
  ["an attempt's time", new TimeoutError("x", { scope: "attempt" }), "silence"],
  ["the whole call's time", new TimeoutError("x", { scope: "total" }), "caller"],
  ["a redirect", new ServiceError("x", { status: 307 }), "access"],
  ["a choice of redirects", new ServiceError("x", { status: 300 }), "access"],
  ["an answer of a status that means nothing here", new ServiceError("x", { status: 418 }), "nonsense"],
  ["a server's failure", new ServiceError("x", { status: 500 }), "trouble"],
  [
    "an error that the service wrote into a stream",
    new ServiceError("x", { service: { code: "y" } }),
    "trouble",
  ],
  ["an answer of status 200 that is none", new ServiceError("x", { status: 200 }), "nonsense"],
  ["an answer that is none", new ServiceError("x"), "nonsense"],
  ["an operation that the model does not serve", new OperationNotSupportedError("x"), "unsupported"],
  ["a prompt that is too long", new ContextLengthError("x"), "prompt"],
  [
    "a prompt that the filter refused",
    new ContentFilterError("x", { source: "prompt", ...filtered }),
    "prompt",
  ],
  [
    "an answer that the filter cut",
    new ContentFilterError("x", { source: "completion", ...filtered }),
    "caller",
  ],
  ["a setting", new ConfigurationError("x"), "caller"],
] as const)("%s is about: %s", (_what, error, cause) => {
  expect(classify(error)).toBe(cause);
});

test.each([
  ["prompt", "prompt"],
  ["messages", "prompt"],
  ["$.messages[0].content", "prompt"],
  ["input[1]", "prompt"],
  ["temperature", "caller"],
  ["metadata.input", "caller"],
  ["prompt_cache_key", "caller"],
  ["", "request"],
  [undefined, "request"],
])("a refusal that names %j is about: %s", (param, cause) => {
  const service = param === undefined ? {} : { param };
  expect(classify(new InvalidRequestError("x", { status: 400, service }))).toBe(cause);
});

test.each([
  [1, 500, 1000],
  [2, 1000, 2000],
  [6, 16_000, 32_000],
  [7, 30_000, 60_000],
  [20, 30_000, 60_000],
])("after %d refusals in a row a deployment rests for %d to %d ms", (refusals, least, most) => {
  expect(limitBackoff(refusals, () => 0)).toBe(least);
  expect(limitBackoff(refusals, () => 1)).toBe(most);
});

const first: Standing = { prompts: 1, failures: 1, maxRetries: 6, untried: false, suspect: false };

test("an answer that makes no sense is asked for once more, then of another deployment, then it fails", () => {
  expect(judge("nonsense", first)).toBe("again");
  expect(judge("nonsense", { ...first, failures: 2, untried: true })).toBe("elsewhere");
  expect(judge("nonsense", { ...first, failures: 2 })).toBe("fail");
  expect(judge("nonsense", { ...first, maxRetries: 0 })).toBe("fail");
});

test("where the retries are used up, a deployment that was not tried is", () => {
  expect(judge("trouble", { ...first, failures: 7, untried: true })).toBe("elsewhere");
  expect(judge("trouble", { ...first, failures: 7 })).toBe("fail");
});
