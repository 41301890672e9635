import { inspect } from "node:util";
import { addToMessage, ConfigurationError, ServiceError, TimeoutError } from "../src/errors.js";

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
