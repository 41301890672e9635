import { classify, judge } from "../../src/dispatch/policy.js";
import type { Standing } from "../../src/dispatch/policy.js";
import {
  ConfigurationError,
  ConnectionError,
  ContentFilterError,
  ContextLengthError,
  OperationNotSupportedError,
  RateLimitError,
  ServiceError,
  TimeoutError,
} from "../../src/errors.js";

const filtered = { categories: {} };

test.each([
  ["a rate limit inside a stream, which has no status", new RateLimitError("x"), "limit"],
  ["a broken connection", new ConnectionError("x"), "trouble"],
  ["an attempt's time", new TimeoutError("x", { scope: "attempt" }), "silence"],
  ["the whole call's time", new TimeoutError("x", { scope: "total" }), "caller"],
  ["a redirect", new ServiceError("x", { status: 307 }), "access"],
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
