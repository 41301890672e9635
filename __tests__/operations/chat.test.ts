import { ServiceError } from "../../src/errors.js";
import { chat } from "../../src/operations/chat.js";
import { plainDialect } from "../../src/operations/detect.js";
import { ask, readStream } from "./helpers.js";

test("a prompt is one user message, after the system message", () => {
  expect(chat.toBody(ask())).toEqual({ messages: [{ role: "user", content: "Hi" }] });
  expect(chat.toBody(ask({ systemMessage: "" }))).toEqual({
    messages: [
      { role: "system", content: "" },
      { role: "user", content: "Hi" },
    ],
  });
});

test("what is set goes out in the chat form", () => {
  const parameters = {
    temperature: 0,
    maxTokens: 0,
    topP: 0,
    frequencyPenalty: 0,
    presencePenalty: 0,
    n: 2,
    logitBias: { "1": 1 },
    seed: 0,
    logprobs: 0,
    user: "",
    stop: ["a", "b"],
    modelKwargs: { reasoning_effort: "low" },
  };
  expect(chat.toBody(ask(parameters))).toEqual({
    messages: [{ role: "user", content: "Hi" }],
    temperature: 0,
    max_tokens: 0,
    top_p: 0,
    frequency_penalty: 0,
    presence_penalty: 0,
    n: 2,
    logit_bias: { "1": 1 },
    seed: 0,
    logprobs: true,
    top_logprobs: 0,
    user: "",
    stop: ["a", "b"],
    reasoning_effort: "low",
  });
});

test("the limit of new tokens takes the name that the deployment taught", () => {
  const dialect = { ...plainDialect, maxTokensField: "max_completion_tokens" };
  expect(chat.toBody(ask({ maxTokens: 5 }, { dialect }))).toEqual({
    messages: [{ role: "user", content: "Hi" }],
    max_completion_tokens: 5,
  });
});

test("usage is asked for in a stream unless the deployment refused it", () => {
  expect(chat.toBody(ask({}, { stream: true }))).toHaveProperty("stream_options", { include_usage: true });
  const dialect = { ...plainDialect, streamUsage: false };
  expect(chat.toBody(ask({}, { stream: true, dialect }))).not.toHaveProperty("stream_options");
});

test("choices are told apart by their index, whole and streamed", () => {
  const choice = (index: number, content: string) => ({
    index,
    message: { role: "assistant", content },
    finish_reason: "stop",
  });
  const expected = [
    [
      { text: "a", finishReason: "stop" },
      { text: "b", finishReason: "stop" },
    ],
  ];
  expect(chat.toAnswer({ choices: [choice(1, "b"), choice(0, "a")] }, ask({ n: 2 })).choices).toEqual(
    expected,
  );
  const delta = (index: number, content: string) => ({
    choices: [{ index, delta: { content }, finish_reason: "stop" }],
  });
  const { answer } = readStream(chat, ask({ n: 2 }, { stream: true }), [
    delta(1, "b"),
    delta(0, "a"),
    "[DONE]",
  ]);
  expect(answer.choices).toEqual(expected);
  expect(chat.estimateTokens("1234", { n: 2, maxTokens: 10 })).toBe(21);
});

test.each([
  [
    "parts",
    {
      message: {
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
    },
  ],
  ["a bare text of older servers", { text: "ab" }],
])("content may come as %s", (_, choice) => {
  expect(chat.toAnswer({ choices: [{ index: 0, ...choice }] }, ask()).choices).toEqual([[{ text: "ab" }]]);
});

test("a choice without a message is an error, unless the filter took it", () => {
  const body = (finish: string) => ({ choices: [{ index: 0, finish_reason: finish }] });
  expect(() => chat.toAnswer(body("stop"), ask())).toThrow(ServiceError);
  expect(chat.toAnswer(body("content_filter"), ask()).choices[0]?.[0]?.text).toBe("");
});

test("a message of nothing but tool calls has an empty text and the service's finish reason", () => {
  const body = {
    choices: [{ index: 0, message: { content: null, tool_calls: [] }, finish_reason: "tool_calls" }],
  };
  expect(chat.toAnswer(body, ask()).choices).toEqual([[{ text: "", finishReason: "tool_calls" }]]);
});

test("a refusal beside a text is not the text", () => {
  const body = { choices: [{ index: 0, message: { content: "a", refusal: "b" } }] };
  expect(chat.toAnswer(body, ask()).choices).toEqual([[{ text: "a", refusal: "b" }]]);
});

test("a request of several prompts, or of none, is not made", () => {
  for (const prompts of [["a", "b"], []])
    expect(() => chat.toBody(ask({}, { prompts }))).toThrow(/one prompt/);
});

test("the log probabilities of a refusal are the text's, and of a piece without its text nothing", () => {
  const refusal = [{ token: "No", logprob: -1 }, {}];
  const body = { choices: [{ index: 0, message: { refusal: "No" }, logprobs: { content: null, refusal } }] };
  expect(chat.toAnswer(body, ask()).choices[0]?.[0]?.logprobs).toEqual({
    tokens: ["No", ""],
    tokenLogprobs: [-1, null],
    topLogprobs: [{}, {}],
    textOffset: [0, 2],
  });
});

test("a stream may carry a bare text, or nothing at all", () => {
  const { answer } = readStream(chat, ask({}, { stream: true }), [
    { choices: [{ index: 0, text: "a" }] },
    { choices: [{ text: "b" }] },
    { choices: [{ index: 0, finish_reason: "stop" }] },
    { id: "x", object: "chat.completion.chunk" },
  ]);
  expect(answer.choices).toEqual([[{ text: "ab", finishReason: "stop" }]]);
});

test("a stream's piece may be a whole message, and its last one nothing but the end", () => {
  const reader = chat.reader(ask({}, { stream: true }));
  expect(reader.read({ data: { choices: [{ index: 0, message: { content: "a" } }] } })).toMatchObject([
    { text: "a" },
  ]);
  expect(reader.read({ data: { choices: [{ index: 0, finish_reason: "stop" }] } })).toEqual([
    { index: 0, text: "", finishReason: "stop" },
  ]);
});

test("of a message in parts the texts are joined, and what is no part is passed over", () => {
  const content = [null, { type: "text", text: "a" }, "x", { type: "text", text: "b" }];
  const body = { choices: [{ message: { content } }] };
  expect(chat.toAnswer(body, ask()).choices).toEqual([[{ text: "ab" }]]);
});
