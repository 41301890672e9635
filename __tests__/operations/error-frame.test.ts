import { readErrorFrame } from "../../src/operations/error-frame.js";

test.each([
  [{ data: { error: { message: "Too much." } } }, "Too much."],
  [{ data: { error: "Too much." } }, "Too much."],
  [{ data: { type: "error", message: "Too much." } }, "Too much."],
  [{ name: "error", data: { message: "Too much." } }, "Too much."],
  [{ name: "error", data: {} }, "The stream ended with an error."],
])("an error inside a stream is found: %j", (event, message) => {
  expect(readErrorFrame(event)).toMatchObject({ error: { message } });
});

test.each([
  { data: "[DONE]" as const },
  { name: "error", data: "[DONE]" as const },
  { data: { choices: [] } },
  { data: { error: null } },
  { data: { error: "" } },
])("there is none in %j", (event) => {
  expect(readErrorFrame(event)).toBeUndefined();
});
