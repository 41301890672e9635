import { optionBehind } from "../../src/operations/wire-names.js";

test.each([
  ["temperature", { temperature: 0 }, "temperature"],
  ["max_tokens", { maxTokens: 5 }, "maxTokens"],
  ["max_completion_tokens", { maxTokens: 5 }, "maxTokens"],
  ["max_output_tokens", { maxTokens: 5 }, "maxTokens"],
  ["top_p", { topP: 0 }, "topP"],
  ["frequency_penalty", { frequencyPenalty: 0 }, "frequencyPenalty"],
  ["presence_penalty", { presencePenalty: 0 }, "presencePenalty"],
  ["n", { n: 2 }, "n"],
  ["best_of", { bestOf: 2 }, "bestOf"],
  ["logit_bias", { logitBias: { "50256": -100 } }, "logitBias"],
  ["seed", { seed: 0 }, "seed"],
  ["logprobs", { logprobs: 0 }, "logprobs"],
  ["top_logprobs", { logprobs: 0 }, "logprobs"],
  ["echo", { echo: false }, "echo"],
  ["suffix", { suffix: "" }, "suffix"],
  ["user", { user: "u" }, "user"],
  ["stop", { stop: ["."] }, "stop"],
  ["instructions", { systemMessage: "Be brief." }, "systemMessage"],
  ["messages", { systemMessage: "Be brief." }, "systemMessage"],
  ["top_k", { modelKwargs: { top_k: 1 } }, "modelKwargs.top_k"],
])("the field %s is there because of the option: %j", (field, parameters, option) => {
  expect(optionBehind(field, parameters)).toBe(option);
  expect(optionBehind(field, {})).toBeUndefined();
});

test("`maxTokens: -1` puts no limit on the wire, so no field is there because of it", () => {
  expect(optionBehind("max_tokens", { maxTokens: -1 })).toBeUndefined();
  expect(optionBehind("temperature", { maxTokens: -1, temperature: 0 })).toBe("temperature");
});

test("a field of the service's own is no option's", () => {
  expect(optionBehind("constructor", {})).toBeUndefined();
  expect(optionBehind("store", { user: "u" })).toBeUndefined();
});
