import { ConfigurationError, ContextLengthError } from "../../src/errors.js";
import { contextWindow } from "../../src/tokens/context-window.js";
import { remainingTokens } from "../../src/tokens/remaining.js";

const prompt = "Tell me a joke"; // four tokens

test.each([
  ["gpt-3.5-turbo-instruct", 4096],
  ["gpt-35-turbo-instruct-0914", 4096],
  ["gpt-35-turbo-0301", 4096],
  ["text-davinci-003", 4097],
  ["ada", 2049],
])("%s has a context window of %d", (model, size) => {
  expect(contextWindow(model)).toBe(size);
});

test.each(["gpt-4o", "my-model", "", "constructor"])("%j has no known context window", (model) => {
  expect(contextWindow(model)).toBeUndefined();
});

test.each([
  ["the caller's context window", { contextWindow: 10, model: "gpt-3.5-turbo-instruct" }, 6],
  ["the model that the caller named", { model: "gpt-35-turbo-instruct", servedModel: "ada" }, 4092],
  ["the model that was served", { servedModel: "gpt-35-turbo-instruct" }, 4092],
  [
    "the served model where the named one is unknown",
    { model: "mine", servedModel: "gpt-35-turbo-instruct" },
    4092,
  ],
])("what is left is computed from %s", async (_, known, left) => {
  expect(await remainingTokens({ prompt, ...known })).toBe(left);
});

test.each([{}, { model: "mine" }, { servedModel: "gpt-4o" }])(
  "an unknown context window is an error that asks for it: %j",
  async (known) => {
    const error: unknown = await remainingTokens({ prompt, ...known }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(/`contextWindow`.*`model`.*`maxTokens`/);
  },
);

test("a prompt that fills the context is an error", async () => {
  await expect(remainingTokens({ prompt, contextWindow: 4 })).rejects.toBeInstanceOf(ContextLengthError);
});
