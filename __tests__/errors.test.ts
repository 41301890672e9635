import { inspect } from "node:util";
import {
  abortReason,
  addToMessage,
  AzureOpenAIError,
  AuthenticationError,
  ConfigurationError,
  ConnectionError,
  ContentFilterError,
  ContextLengthError,
  DeploymentNotFoundError,
  InterruptedStreamError,
  InvalidRequestError,
  OperationNotSupportedError,
  PermissionError,
  RateLimitError,
  ServiceError,
  TimeoutError,
} from "../src/errors.js";

/** Every class that is thrown. */
const CLASSES = [
  AuthenticationError,
  ConfigurationError,
  ConnectionError,
  ContentFilterError,
  ContextLengthError,
  DeploymentNotFoundError,
  InterruptedStreamError,
  InvalidRequestError,
  OperationNotSupportedError,
  PermissionError,
  RateLimitError,
  ServiceError,
  TimeoutError,
] as const;

test("an error has no parts that nothing is known about", () => {
  expect(Object.keys(new ConfigurationError("Something is missing."))).toEqual(["name", "code"]);
  expect(inspect(new ServiceError("It failed.", { status: 500 }))).not.toContain("undefined");
});

test("a message ends with where to read on, and says it nowhere else", () => {
  const quoted = new ServiceError("It failed.");
  const { message } = new TimeoutError(`It took too long. The last attempt: ${quoted.message}`, {
    scope: "total",
  });
  expect(message).toBe(
    "It took too long. The last attempt: It failed. See langchain-azure-openai/docs/errors.md#timeout.",
  );
});

test("what is added to a message comes before where to read on", () => {
  const error = new ServiceError("It failed.");
  addToMessage(error, "(It was tried twice.)");
  expect(error.message).toBe(
    "It failed. (It was tried twice.) See langchain-azure-openai/docs/errors.md#service.",
  );
});

describe("isInstance of each class", () => {
  const details = { scope: "total", source: "prompt", categories: {}, partialText: "" } as const;
  const made = CLASSES.map((each) => new each("It failed.", details));

  test.each(CLASSES.map((each, at) => [each.name, each, made[at]] as const))(
    "%s knows its own errors, and no others",
    (name, each, own) => {
      expect(own).toMatchObject({ name, code: each.code });
      expect(made.filter((error) => each.isInstance(error))).toEqual([own]);
      expect(each.isInstance(new Error("It failed."))).toBe(false);
    },
  );

  test("the base knows all of them, also of another copy of the package", () => {
    expect(made.every((error) => AzureOpenAIError.isInstance(error))).toBe(true);
    const foreign = Object.assign(new Error("It failed."), { code: "timeout" });
    expect(TimeoutError.isInstance(foreign)).toBe(false);
    Object.defineProperty(foreign, Symbol.for("langchain-azure-openai.error"), { value: true });
    expect(TimeoutError.isInstance(foreign)).toBe(true);
    expect(AzureOpenAIError.isInstance({ code: "timeout" })).toBe(false);
  });
});

describe("what an aborted signal means", () => {
  test.each([undefined, "enough", new Error("enough"), null])(
    "for the reason %p it is an abort",
    (reason) => {
      const signal = AbortSignal.abort(reason);
      expect(abortReason(signal)).toMatchObject({ name: "AbortError" });
    },
  );

  test("with an error of another name, that error is the cause", () => {
    const reason = new Error("enough");
    expect(abortReason(AbortSignal.abort(reason)).cause).toBe(reason);
  });

  test("a deadline of the platform's is a timeout of the whole call, one of ours stays as it is", () => {
    const late = new DOMException("late", "TimeoutError");
    expect(abortReason(AbortSignal.abort(late))).toMatchObject({
      code: "timeout",
      scope: "total",
      cause: late,
    });
    const ours = new TimeoutError("It took too long.", { scope: "idle" });
    expect(abortReason(AbortSignal.abort(ours))).toBe(ours);
  });
});
