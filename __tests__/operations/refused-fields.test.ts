import { readProposedField, readRefusedFields } from "../../src/operations/refused-fields.js";

describe("a refusal names its fields", () => {
  test.each(["unsupported_parameter", "unsupported_value", "unknown_parameter"])(
    "in `param`, where the code is %s and whatever the sentence",
    (code) => {
      expect(readRefusedFields({ code, param: "logit_bias", message: "No." })).toEqual(["logit_bias"]);
      expect(readRefusedFields({ code, param: "messages[0].role" })).toEqual(["messages"]);
    },
  );

  test.each([
    ["Unsupported parameter: 'top_p' is not supported with this model.", ["top_p"]],
    ["Unsupported value: temperature does not support 0.7 with this model.", ["temperature"]],
    ["Unknown parameter: 'stream_options.include_usage'.", ["stream_options"]],
    ["Unknown parameter: best_of", ["best_of"]],
    ["Unrecognized request argument supplied: stream_options", ["stream_options"]],
    ["Unrecognized request arguments supplied: best_of,echo", ["best_of", "echo"]],
    ["Unrecognized request arguments supplied: best_of, echo", ["best_of", "echo"]],
    [
      "logprobs, best_of and echo parameters are not available on gpt-35-turbo model.",
      ["logprobs", "best_of", "echo"],
    ],
    ["logprobs,best_of, and echo parameters are not available", ["logprobs", "best_of", "echo"]],
    ["The suffix parameter is not available on this model.", ["suffix"]],
  ])("in the sentence: %s", (message, fields) => {
    expect(readRefusedFields({ message })).toEqual(fields);
    expect(readRefusedFields({ message, code: "unknown_parameter", param: "" })).toEqual(fields);
  });
});

test.each([
  { code: "context_length_exceeded", param: "messages", message: "Too long." },
  { param: "messages", message: "Too long." },
  { code: "unsupported_parameter" },
  {},
])("a refusal that is about something else names none: %j", (service) => {
  expect(readRefusedFields(service)).toEqual([]);
});

test("what the service proposes instead is read from its sentence, if it proposes anything", () => {
  expect(readProposedField({ message: "Use 'max_completion_tokens' instead." })).toBe(
    "max_completion_tokens",
  );
  expect(readProposedField({ message: "Use another model instead." })).toBeUndefined();
  expect(readProposedField({})).toBeUndefined();
});
