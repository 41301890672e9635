import { inspect } from "node:util";
import { ConfigurationError, ServiceError } from "../src/errors.js";

test("an error has no parts that nothing is known about", () => {
  expect(Object.keys(new ConfigurationError("Something is missing."))).toEqual(["name", "code"]);
  expect(inspect(new ServiceError("It failed.", { status: 500 }))).not.toContain("undefined");
});
