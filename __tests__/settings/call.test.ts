import { assertStreamable, resolveCall } from "../../src/settings/resolve.js";
import type { Parameters } from "../../src/settings/settings.js";
import { refusalOf } from "./resolving.js";

function call(options: object | undefined, parameters: Parameters = {}, streaming = false) {
  return resolveCall(options, { parameters, streaming });
}

test("without options of its own a call has the constructor's very parameters", () => {
  const parameters = Object.freeze({ temperature: 0 });
  expect(call(undefined, parameters).parameters).toBe(parameters);
  expect(
    call({ temperature: undefined, tags: [], configurable: {}, timeout: 5 }, parameters).parameters,
  ).toBe(parameters);
});

test("what a call says wins, zeros and empty texts included", () => {
  const base = { temperature: 1, seed: 7, suffix: "x", logitBias: { a: 1 }, user: "u" };
  expect(call({ temperature: 0, seed: 0, suffix: "", logitBias: {} }, base).parameters).toEqual({
    temperature: 0,
    seed: 0,
    suffix: "",
    logitBias: {},
    user: "u",
  });
});

test("a call's stop replaces the constructor's, and an empty one takes it away", () => {
  expect(call({ stop: "b" }, { stop: ["a"] }).parameters.stop).toEqual(["b"]);
  expect(call({ stopSequences: ["b", "c"] }, { stop: ["a"] }).parameters.stop).toEqual(["b", "c"]);
  expect(call({ stop: [] }, { stop: ["a"], n: 1 }).parameters).toEqual({ n: 1 });
});

test("modelKwargs are merged field by field", () => {
  const base = { modelKwargs: { store: true, a: 1 } };
  expect(call({ modelKwargs: { a: 2 } }, base).parameters.modelKwargs).toEqual({ store: true, a: 2 });
  expect(base.modelKwargs).toEqual({ store: true, a: 1 });
});

test("calls that say nothing come to one and the same", () => {
  const parameters = Object.freeze({ temperature: 0 });
  expect(call({}, parameters)).toBe(call(undefined, parameters));
});

test("what LangChain means by the name of an option of the constructor is not checked as that option", () => {
  expect(call({ timeout: -1, maxConcurrency: 0 }).parameters).toEqual({});
});

test("what LangChain passes along is no error", () => {
  const options = {
    configurable: {},
    runName: "r",
    callbacks: [],
    recursionLimit: 1,
    maxConcurrency: 5,
    timeout: 5,
    tags: [],
    version: "v2",
    unheardOf: true,
    deploymentNam: "near an option of the constructor alone",
  };
  expect(call(options).parameters).toEqual({});
});

test.each([
  [{ temprature: 0 }, '"temprature" is not an option of a call. Did you mean `temperature`?'],
  [{ maxToken: 5 }, "Did you mean `maxTokens`?"],
  [{ max_tokens: 5 }, "Did you mean `maxTokens`?"],
  [{ onProgres: () => undefined }, "Did you mean `onProgress`?"],
  [{ prority: 1 }, "Did you mean `priority`?"],
  [{ header: {} }, "Did you mean `headers`?"],
  [{ option: {} }, "Did you mean `options`?"],
  [{ abortSignal: AbortSignal.abort() }, "Did you mean `signal`?"],
  [{ retries: 1 }, "Did you mean `maxRetries`?"],
  [{ maxRetry: 1 }, "Did you mean `maxRetries`?"],
  [{ concurrency: 1 }, "Did you mean `maxConcurrency`?"],
  [{ timeOut: 1 }, "Did you mean `timeout`?"],
  [{ returnExceptions: true }, "in the third argument of `batch`"],
  [{ deploymentName: "other" }, '"deploymentName" is an option of the constructor, not of a call'],
  [{ apiKey: "SECRET" }, '"apiKey" is an option of the constructor'],
])("what a call cannot change or most likely misspells is an error: %j", (options, message) => {
  expect(refusalOf(() => call(options))).toContain(message);
});

test.each([
  [{ temperature: "hot" }, {}, "`temperature`"],
  [{ stop: ["1", "2", "3", "4", "5"] }, {}, "up to 4"],
  [{ n: 3 }, { bestOf: 2 }, "`bestOf` (2)"],
  [{ maxRetries: -1 }, {}, "`maxRetries`"],
  [{ priority: "high" }, {}, "`priority`"],
  [{ signal: {} }, {}, "`signal`"],
  [{ options: 1 }, {}, "`options`"],
  [{ modelKwargs: { messages: [] } }, {}, "`messages`"],
  [{ headers: { "x-a": "SECRET\n1" } }, {}, "`headers`"],
  [{ options: { headers: { "x-a": "SECRET\n1" } } }, {}, "`options.headers`"],
] as [object, Parameters, string][])("%j is refused", (options, base, words) => {
  const message = refusalOf(() => call(options, base));
  expect(message).toContain(words);
  expect(message).not.toContain("SECRET");
});

test("bestOf above n cannot be streamed", () => {
  expect(refusalOf(() => call({ bestOf: 2 }, {}, true))).toContain("streamed");
  expect(call({ bestOf: 2 }, { n: 2 }, true).parameters).toEqual({ n: 2, bestOf: 2 });
});

test("one stream of text is one completion", () => {
  expect(() => {
    assertStreamable({ n: 1, bestOf: 1 });
  }).not.toThrow();
  expect(
    refusalOf(() => {
      assertStreamable({ n: 2 });
    }),
  ).toContain("`n` is 2");
  expect(
    refusalOf(() => {
      assertStreamable({ bestOf: 2 });
    }),
  ).toContain("`bestOf` (2)");
});

test("headers of both kinds are one, whatever the case of their names", () => {
  const options = { headers: { "X-A": "call" }, options: { headers: { "x-a": "peer", "Api-Key": "K" } } };
  expect(call(options).headers).toEqual({ "x-a": "call", "api-key": "K" });
  expect(call({}).headers).toBeUndefined();
});

test("signal, priority and retries are handed on", () => {
  const { signal } = new AbortController();
  expect(call({ signal, priority: -1, maxRetries: 0 })).toMatchObject({
    signal,
    priority: -1,
    maxRetries: 0,
  });
  expect(call({ options: { signal } }).signal).toBe(signal);
  expect(call({}).priority).toBe(0);
});

test.each([null, "now", 5, {}, { aborted: false }, { addEventListener: 1 }])("%j is no signal", (signal) => {
  const run = () => call({ signal }).signal;
  if (signal === null) expect(run()).toBeUndefined();
  else expect(refusalOf(run)).toContain("`signal` must be an AbortSignal");
});

test.each([Number.NaN, Infinity, "1"])("%p is no priority", (priority) => {
  expect(refusalOf(() => call({ priority }))).toContain("`priority` must be a number");
});
