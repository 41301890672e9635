import * as fc from "fast-check";
import { ConfigurationError, ServiceError } from "../../src/errors.js";
import { completions } from "../../src/operations/completions.js";
import { plainDialect } from "../../src/operations/detect.js";
import type { Parameters } from "../../src/settings/settings.js";
import { ask, readStream } from "./helpers.js";

const SAFE = { hate: { filtered: false, severity: "safe" } };
const DEFAULTS = {
  temperature: 0.7,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: 0,
  n: 1,
  max_tokens: 256,
};

function choice(index: number, text: string, rest = {}) {
  return { index, text, finish_reason: "stop", logprobs: null, ...rest };
}

describe("the completions request", () => {
  test("carries the Python class's defaults and the prompts as an array", () => {
    expect(completions.toBody(ask())).toEqual({ prompt: ["Hi"], ...DEFAULTS });
  });

  test("carries each parameter under its wire name", () => {
    const parameters: Parameters = {
      temperature: 0,
      maxTokens: 0,
      topP: 0.5,
      frequencyPenalty: -1,
      presencePenalty: 1,
      n: 2,
      bestOf: 3,
      logitBias: { "50256": -100 },
      seed: 0,
      logprobs: 0,
      echo: false,
      suffix: "",
      user: "",
      stop: ["\n"],
    };
    expect(completions.toBody(ask(parameters))).toEqual({
      prompt: ["Hi"],
      temperature: 0,
      max_tokens: 0,
      top_p: 0.5,
      frequency_penalty: -1,
      presence_penalty: 1,
      n: 2,
      best_of: 3,
      logit_bias: { "50256": -100 },
      seed: 0,
      logprobs: 0,
      echo: false,
      suffix: "",
      user: "",
      stop: ["\n"],
    });
  });

  test.each<[string, Parameters]>([
    ["best_of that is no more than n", { bestOf: 1 }],
    ["an empty logit_bias", { logitBias: {} }],
    ["an empty list of stops", { stop: [] }],
    ["an empty system message", { systemMessage: "" }],
  ])("leaves out %s", (_, parameters) => {
    expect(completions.toBody(ask(parameters))).toEqual({ prompt: ["Hi"], ...DEFAULTS });
  });

  test("refuses a system message, which the operation has no place for", () => {
    expect(() => completions.toBody(ask({ systemMessage: "Be brief" }))).toThrow(
      /no `systemMessage`.*operation: "chat"/,
    );
  });

  test("merges modelKwargs last", () => {
    const body = completions.toBody(ask({ temperature: 1, modelKwargs: { temperature: 2, extra: null } }));
    expect(body).toMatchObject({ temperature: 2, extra: null });
  });

  test.each(["model", "prompt", "stream", "n"])("does not let modelKwargs set %s", (key) => {
    expect(() => completions.toBody(ask({ modelKwargs: { [key]: true } }))).toThrow(ConfigurationError);
  });

  test("asks for a stream with usage only when told to", () => {
    expect(completions.toBody(ask({}, { stream: true }))).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    for (const rest of [{ streamUsage: false }, { dialect: { ...plainDialect, streamUsage: false } }]) {
      expect(completions.toBody(ask({}, { stream: true, ...rest }))).not.toHaveProperty("stream_options");
    }
    expect(completions.toBody(ask())).not.toHaveProperty("stream");
  });

  test("leaves out a refused default, and sends a refused field that the caller set", () => {
    const dialect = { ...plainDialect, refused: new Set(["temperature", "top_p"]) };
    const body = completions.toBody(ask({ topP: 0.2 }, { dialect }));
    expect(body).not.toHaveProperty("temperature");
    expect(body).toHaveProperty("top_p", 0.2);
  });

  test("does not go out while the limit of new tokens is to be computed", () => {
    expect(() => completions.toBody(ask({ maxTokens: -1 }))).toThrow(/contextWindow/);
  });

  test("counts the prompt's characters and the tokens of every completion made", () => {
    expect(completions.estimateTokens("12345678", {})).toBe(2 + 256);
    expect(completions.estimateTokens("123456789", { maxTokens: 10, n: 2, bestOf: 3 })).toBe(3 + 30);
    expect(completions.estimateTokens("", { maxTokens: 0 })).toBe(0);
  });
});

describe("the completions answer", () => {
  const two = ask({ n: 2 }, { prompts: ["a", "b"] });

  test("gives text, finish reason, usage, fingerprint, model, id and filter results", () => {
    const body = {
      id: "cmpl-1",
      object: "text_completion",
      created: 1,
      model: "gpt-35-turbo-instruct",
      system_fingerprint: "fp",
      prompt_filter_results: [
        { prompt_index: 1, content_filter_results: SAFE },
        { prompt_index: 7, content_filter_results: SAFE },
      ],
      choices: [
        choice(0, "A"),
        choice(1, "B", { finish_reason: "length", content_filter_results: SAFE, routing: {} }),
      ],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 4,
        total_tokens: 7,
        completion_tokens_details: { reasoning_tokens: 1 },
        prompt_tokens_details: { cached_tokens: 2 },
      },
      unknown: 1,
    };
    expect(completions.toAnswer(body, ask({}, { prompts: ["a", "b"] }))).toEqual({
      id: "cmpl-1",
      model: "gpt-35-turbo-instruct",
      systemFingerprint: "fp",
      promptFilterResults: [undefined, SAFE],
      choices: [
        [{ text: "A", finishReason: "stop" }],
        [{ text: "B", finishReason: "length", contentFilterResults: SAFE }],
      ],
      usage: { promptTokens: 3, completionTokens: 4, totalTokens: 7, reasoningTokens: 1, cachedTokens: 2 },
    });
  });

  test("is in place whatever the order of the choices", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat()),
        (prompts, n, keys) => {
          const inOrder = Array.from({ length: prompts * n }, (_, index) => choice(index, String(index)));
          const shuffled = inOrder
            .map((one) => ({ one, key: keys.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => one);
          const answer = completions.toAnswer(
            { choices: shuffled },
            ask({ n }, { prompts: Array.from({ length: prompts }, () => "p") }),
          );
          expect(answer.choices.map((own) => own.map(({ text }) => text))).toEqual(
            Array.from({ length: prompts }, (_, prompt) =>
              Array.from({ length: n }, (_, own) => String(prompt * n + own)),
            ),
          );
        },
      ),
    );
  });

  test.each([
    ["nothing", undefined],
    ["a page of a gateway", "<html></html>"],
    ["no choices", {}],
    ["null for choices", { choices: null }],
    ["a choice too few", { choices: [0, 1, 2].map((index) => choice(index, "x")) }],
    ["a choice too many", { choices: [0, 1, 2, 3, 4].map((index) => choice(index, "x")) }],
    ["a choice twice", { choices: [0, 1, 2, 2].map((index) => choice(index, "x")) }],
    ["only zeros for indices", { choices: [0, 0, 0, 0].map((index) => choice(index, "x")) }],
    ["an index out of range", { choices: [0, 1, 2, 4].map((index) => choice(index, "x")) }],
    ["a negative index", { choices: [0, 1, 2, -1].map((index) => choice(index, "x")) }],
    ["half an index", { choices: [0, 1, 2, 2.5].map((index) => choice(index, "x")) }],
    ["no indices for several prompts", { choices: Array.from({ length: 4 }, () => ({ text: "x" })) }],
    ["a choice that is null", { choices: [null, null, null, null] }],
    ["a choice without text", { choices: [0, 1, 2, 3].map((index) => ({ index, finish_reason: "stop" })) }],
  ])("is an error when it holds %s", (_, body) => {
    expect(() => completions.toAnswer(body, two)).toThrow(ServiceError);
  });

  test("does without indices where there is one prompt", () => {
    const body = { choices: [{ text: "a" }, { text: "b" }] };
    expect(completions.toAnswer(body, ask({ n: 2 })).choices).toEqual([[{ text: "a" }, { text: "b" }]]);
  });

  test("has an empty text where the filter withheld it", () => {
    const body = { choices: [{ index: 0, finish_reason: "content_filter", logprobs: null }] };
    expect(completions.toAnswer(body, ask()).choices).toEqual([
      [{ text: "", finishReason: "content_filter" }],
    ]);
  });

  test("keeps log probabilities", () => {
    const logprobs = {
      tokens: ["a", "b"],
      token_logprobs: [null, -0.5],
      top_logprobs: [null, { b: -0.5, c: -1 }],
      text_offset: [0, 1],
    };
    const [[read] = []] = completions.toAnswer({ choices: [choice(0, "ab", { logprobs })] }, ask()).choices;
    expect(read?.logprobs).toEqual({
      tokens: ["a", "b"],
      tokenLogprobs: [null, -0.5],
      topLogprobs: [null, { b: -0.5, c: -1 }],
      textOffset: [0, 1],
    });
  });
});

describe("the completions stream", () => {
  test("begins with a chunk that tells of the prompt alone", () => {
    const event = {
      id: "",
      object: "",
      created: 0,
      model: "",
      prompt_annotations: [{ prompt_index: 0, content_filter_results: SAFE }],
      choices: [],
      usage: null,
    };
    const { chunks } = readStream(completions, ask({}, { stream: true }), [event]);
    expect(chunks).toEqual([{ index: 0, text: "", promptFilterResults: [SAFE] }]);
  });

  test("keeps choices apart and is whole at [DONE] alone", () => {
    const request = ask({ n: 2 }, { stream: true });
    const events = [
      { choices: [choice(1, "B", { finish_reason: null })] },
      { choices: [choice(0, "A", { finish_reason: null })] },
      { choices: [choice(1, "2"), choice(0, "1", { finish_reason: "length" })] },
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 4, total_tokens: 5 } },
    ];
    const cut = readStream(completions, request, events);
    expect(cut.whole).toBe(false);
    expect(cut.answer.choices[0]).toEqual([
      { text: "A1", finishReason: "length" },
      { text: "B2", finishReason: "stop" },
    ]);
    expect(cut.answer.usage).toEqual({ promptTokens: 1, completionTokens: 4, totalTokens: 5 });
    expect(readStream(completions, request, [...events, "[DONE]"]).whole).toBe(true);
  });

  test("takes an annotation without text, and a verdict after the stop as the finish reason", () => {
    const request = ask({}, { stream: true });
    const blocked = { custom_blocklists: [{ filtered: true, id: "list" }] };
    const { answer } = readStream(completions, request, [
      { id: "cmpl-1", model: "m", choices: [choice(0, "text")] },
      { id: "", model: "", choices: [{ index: 0, finish_reason: null, content_filter_results: SAFE }] },
      { id: "", model: "", choices: [{ index: 0, finish_reason: null, content_filter_results: blocked }] },
      "[DONE]",
    ]);
    expect(answer).toEqual({
      id: "cmpl-1",
      model: "m",
      choices: [[{ text: "text", finishReason: "content_filter", contentFilterResults: blocked }]],
    });
  });

  test("does not take what was only detected for withheld", () => {
    const detected = { profanity: { filtered: false, detected: true } };
    const { answer } = readStream(completions, ask({}, { stream: true }), [
      { choices: [choice(0, "x", { content_filter_results: detected })] },
    ]);
    expect(answer.choices[0]?.[0]?.finishReason).toBe("stop");
  });

  test.each([
    ["something else", { hello: 1 }],
    ["an index that was not asked for", { choices: [choice(1, "x")] }],
    ["a choice that is null", { choices: [null] }],
  ])("is an error when it holds %s", (_, event) => {
    expect(() => readStream(completions, ask({}, { stream: true }), [event])).toThrow(ServiceError);
  });

  test("shows the error inside it", () => {
    const error = { message: "The server had an error", type: "server_error", param: null, code: null };
    expect(completions.errorIn({ data: { error } })).toEqual({ error });
    expect(completions.errorIn({ name: "error", data: { message: "m", code: "c" } })).toEqual({
      error: { message: "m", code: "c" },
    });
    expect(completions.errorIn({ data: { error: "Deployment x not found" } })).toEqual({
      error: { message: "Deployment x not found" },
    });
    expect(completions.errorIn({ data: { error: null, choices: [] } })).toBeUndefined();
    expect(completions.errorIn({ data: "[DONE]" })).toBeUndefined();
  });
});

test("best_of goes out only above n", () => {
  expect(completions.toBody(ask({ n: 3, bestOf: 3 }))).not.toHaveProperty("best_of");
  expect(completions.toBody(ask({ n: 3, bestOf: 4 }))).toHaveProperty("best_of", 4);
});

test.each([undefined, "0"])("of several prompts each choice must say whose it is, not %p", (index) => {
  const body = {
    choices: [
      { index, text: "a" },
      { index: 1, text: "b" },
    ],
  };
  expect(() => completions.toAnswer(body, ask({}, { prompts: ["1", "2"] }))).toThrow(
    "a choice without a number as its index, where 0 to 1 were asked for",
  );
});
