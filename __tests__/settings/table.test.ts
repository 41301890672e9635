import { deploymentOf, refusalOf, resolve, WHOLE } from "./resolving.js";
import { describeValue } from "../../src/settings/check.js";
import { findNearest } from "../../src/settings/nearest.js";
import {
  acceptedNames,
  BASE_NAMES,
  canonicalName,
  IGNORED_NAMES,
  OPTIONS,
  PARAMETER_NAMES,
  TABLE,
} from "../../src/settings/table.js";

test("no name stands for two options", () => {
  const names = OPTIONS.flatMap(({ name, aliases = [] }) => [name, ...aliases]).concat(
    BASE_NAMES,
    IGNORED_NAMES,
  );
  expect(new Set(names).size).toBe(names.length);
});

test.each(OPTIONS.map((option) => [option.name, option] as const))(
  "%s has a sentence, and a default that passes its own check",
  (_name, option) => {
    expect(option.description).toMatch(/^[A-Z`].*\.$/);
    if ("default" in option) expect(option.check.is(option.default)).toBe(true);
  },
);

test.each(PARAMETER_NAMES.map((name) => [name]))("%s is an option of a call, too", (name) => {
  expect(TABLE[name].call).toBe(true);
});

test("an alias leads to its option", () => {
  expect(canonicalName("azureOpenAIApiKey")).toBe("apiKey");
  expect(canonicalName("stopSequences")).toBe("stop");
  expect(canonicalName("toString")).toBeUndefined();
  expect(canonicalName("__proto__")).toBeUndefined();
});

describe("a value passes or not", () => {
  test.each([
    ["temperature", [0, 0.7, 2], ["hot", "0.7", -0.1, 2.1, NaN, Infinity, true]],
    ["topP", [0, 1], [1.01, -1]],
    ["frequencyPenalty", [-2, 2], [-2.1, 3]],
    ["n", [1, 128], [0, 1.5, 129, -1]],
    ["bestOf", [1, 20], [0, 1.5]],
    ["maxTokens", [-1, 0, 16, 100_000], [-2, 1.5, "16", Infinity]],
    ["logprobs", [0, 5], [6, -1, true, 2.5]],
    ["seed", [-5, 0, 42], [1.5, "42"]],
    ["stop", ["a", "", [], ["a", "b", "c", "d"]], [["a", "b", "c", "d", "e"], [1], 5]],
    ["logitBias", [{}, { "50256": -100 }], [{ a: 101 }, { a: "1" }, [1], { a: NaN }]],
    ["suffix", ["", "x"], [1]],
    ["echo", [true, false], ["true", 1]],
    ["operation", ["auto", "completions", "chat", "responses"], ["embeddings", ""]],
    ["onContentFilter", ["throw", "return"], ["ignore"]],
    ["batchSize", [1, 20], [0, 1.5, Infinity]],
    ["maxConcurrency", [1, Infinity], [0, 1.5, -Infinity, NaN]],
    ["maxRetries", [0, 6], [-1, 1.5, Infinity]],
    ["maxRetryDelay", [0, 1], [-1, NaN, "1"]],
    ["timeout", [1, 0.5, Infinity], [0, -1, NaN, "60"]],
    ["requestsPerMinute", [0.5, 600], [0, -1, Infinity, "600"]],
    ["apiKey", ["k"], ["", "  ", 1]],
    ["onRetry", [() => undefined], ["log", {}, null]],
    [
      "credential",
      ["default", { getToken: () => null }],
      ["Default", {}, { getToken: "t" }, () => null, null, 1],
    ],
    ["deployments", [[{}]], [[], {}, "one"]],
  ] as const)("%s", (name, good, bad) => {
    for (const value of good) expect([value, TABLE[name].check.is(value)]).toEqual([value, true]);
    for (const value of bad) expect([value, TABLE[name].check.is(value)]).toEqual([value, false]);
  });
});

test.each([
  [{ systemMessage: 1 }, "a string, not 1"],
  [{ apiKey: "" }, "a string that is not empty, not an empty string"],
  [{ echo: 1 }, "true or false, not 1"],
  [{ temperature: 3 }, "a number from 0 to 2, not 3"],
  [{ batchSize: 0 }, "a whole number of at least 1, not 0"],
  [{ n: 0 }, "a whole number from 1 to 128, not 0"],
  [{ seed: 0.5 }, "a whole number, not 0.5"],
  [{ maxConcurrency: 0 }, "a whole number of at least 1, or Infinity, not 0"],
  [{ requestsPerMinute: 0 }, "a number above 0, not 0"],
  [{ timeout: 0 }, "a number of milliseconds above 0, not 0"],
  [{ maxRetryDelay: -1 }, "a number of milliseconds, at least 0, not -1"],
  [{ operation: 1 }, '"completions", "chat", "responses", "auto", not 1'],
  [{ operation: "Chat" }, '"completions", "chat", "responses", "auto", not "Chat"'],
  [{ operation: "seventeenletterss" }, '"completions", "chat", "responses", "auto", not a string'],
  [{ operation: "key2" }, '"completions", "chat", "responses", "auto", not a string'],
  [{ onContentFilter: 1 }, '"throw" or "return", not 1'],
  [{ onRetry: 1 }, "a function, not 1"],
  [{ modelKwargs: 1 }, "an object, not 1"],
  [{ logitBias: 1 }, "an object of token ids with numbers from -100 to 100, not 1"],
  [{ stop: 1 }, "a string or an array of up to 4 strings, not 1"],
  [
    { credential: 1 },
    'a credential of @azure/identity (an object with a getToken method), or "default", not 1',
  ],
  [{ deployments: 1 }, 'an array of at least one object such as { deploymentName: "NAME" }, not 1'],
])("%j is refused, and the error says what the option takes", (options, expected) => {
  const [name] = Object.keys(options);
  expect(refusalOf(() => resolve(options))).toContain(`\`${name}\` must be ${expected}. See `);
});

test.each([
  "azureOpenAIApiEmbeddingsDeploymentName",
  "openAIBasePath",
  "organization",
  "prefixMessages",
  "topLogprobs",
  "modalities",
  "audio",
  "reasoning",
  "reasoningEffort",
  "verbosity",
  "zdrEnabled",
  "service_tier",
  "promptCacheKey",
  "promptCacheRetention",
  "supportsStrictToolCalling",
  "useResponsesApi",
  "outputVersion",
  "disableStreaming",
  "__includeRawResponse",
  "dimensions",
  "encodingFormat",
  "stripNewLines",
])("%s of a sibling class is known, and changes nothing", (name) => {
  expect(deploymentOf({ ...WHOLE, [name]: "x" })).toEqual(deploymentOf(WHOLE));
});

test("names with a dot are no options that one can write, and none is proposed", () => {
  expect(acceptedNames().filter((name) => name.includes("."))).toEqual([]);
});

test.each([
  ["deploymentNam", "deploymentName"],
  ["azure_endpoint", "azureEndpoint"],
  ["max_tokens", "maxTokens"],
  ["temprature", "temperature"],
  ["tempreature", "temperature"],
  ["apikey", "apiKey"],
  ["openai_api_version", "openAIApiVersion"],
])("%s is taken for a slip of %s", (wrong, right) => {
  expect(findNearest(wrong, acceptedNames())).toBe(right);
});

test.each([["frobnicate"], ["x"], ["🙂🙂🙂🙂"]])("%s is near nothing", (name) => {
  expect(findNearest(name, acceptedNames())).toBeUndefined();
});

test.each([
  ["sk-secret", "a string"],
  ["Chat", "a string"],
  ["", "an empty string"],
  [" \t", "a blank string"],
  [-1, "-1"],
  [null, "null"],
  [undefined, "undefined"],
  [true, "true"],
  [["sk"], "an array of 1"],
  [[], "an empty array"],
  [{ key: "sk" }, "an object"],
  [() => "sk", "a function"],
])("a value is described without what it holds (%#)", (value, words) => {
  expect(describeValue(value)).toBe(words);
});
