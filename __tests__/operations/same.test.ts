import * as fc from "fast-check";
import { ServiceError } from "../../src/errors.js";
import { chat } from "../../src/operations/chat.js";
import { completions } from "../../src/operations/completions.js";
import type { Operation } from "../../src/operations/operation.js";
import { operations } from "../../src/operations/operations.js";
import { responses } from "../../src/operations/responses.js";
import { ask, readStream } from "./helpers.js";
import { chatWire, completionsWire, responsesWire } from "./wire.js";
import type { Told, Wire } from "./wire.js";

const SAFE = { hate: { filtered: false, severity: "safe" } };
const BLOCKED = { hate: { filtered: true, severity: "high" } };

const EACH: [string, Operation, Wire][] = [
  ["completions", completions, completionsWire],
  ["chat", chat, chatWire],
  ["responses", responses, responsesWire],
];

const TOLD: [string, Told, object][] = [
  ["a text", { text: "Why not?" }, { choices: [[{ text: "Why not?", finishReason: "stop" }]] }],
  ["an empty text", { text: "" }, { choices: [[{ text: "", finishReason: "stop" }]] }],
  [
    "a text at its limit",
    { text: "Why", finish: "length" },
    { choices: [[{ text: "Why", finishReason: "length" }]] },
  ],
  [
    "a text that the filter cut",
    { text: "Wh", finish: "content_filter", verdict: BLOCKED },
    { choices: [[{ text: "Wh", finishReason: "content_filter", contentFilterResults: BLOCKED }]] },
  ],
  [
    "the filter's verdicts",
    { text: "Why", verdict: SAFE, promptVerdict: SAFE },
    {
      promptFilterResults: [SAFE],
      choices: [[{ text: "Why", finishReason: "stop", contentFilterResults: SAFE }]],
    },
  ],
  [
    "a verdict that came after the model's stop",
    { text: "Why", verdict: BLOCKED },
    { choices: [[{ text: "Why", finishReason: "content_filter", contentFilterResults: BLOCKED }]] },
  ],
  [
    "the tokens taken",
    { text: "Why", usage: { prompt: 3, completion: 9, reasoning: 4, cached: 2 } },
    {
      choices: [[{ text: "Why", finishReason: "stop" }]],
      usage: { promptTokens: 3, completionTokens: 9, totalTokens: 12, reasoningTokens: 4, cachedTokens: 2 },
    },
  ],
  [
    "the tokens taken, without details",
    { text: "Why", usage: { prompt: 0, completion: 0 } },
    {
      choices: [[{ text: "Why", finishReason: "stop" }]],
      usage: { promptTokens: 0, completionTokens: 0, totalTokens: 0 },
    },
  ],
  [
    "log probabilities",
    {
      text: "Why not",
      tokens: [
        { token: "Why", logprob: -0.5, top: { Why: -0.5, What: -1 } },
        { token: " not", logprob: 0, top: {} },
      ],
    },
    {
      choices: [
        [
          {
            text: "Why not",
            finishReason: "stop",
            logprobs: {
              tokens: ["Why", " not"],
              tokenLogprobs: [-0.5, 0],
              topLogprobs: [{ Why: -0.5, What: -1 }, {}],
              textOffset: [0, 3],
            },
          },
        ],
      ],
    },
  ],
];

test("every operation is found by its name", () => {
  for (const [name, operation] of Object.entries(operations)) expect(operation.name).toBe(name);
});

describe.each(EACH)("%s", (_, operation, wire) => {
  describe.each(TOLD)("gives %s", (__, told, expected) => {
    const whole = { id: "an-id", model: "a-model", ...expected };

    test("whole", () => {
      expect(operation.toAnswer(wire.whole(told), ask())).toEqual(whole);
    });

    test("streamed", () => {
      const pieces = told.tokens?.map(({ token }) => token) ?? (told.text ?? "").split(/(?=[ ?])/);
      const read = readStream(operation, ask({}, { stream: true }), wire.stream(told, pieces));
      expect(read.answer).toEqual(whole);
      expect(read.whole).toBe(true);
    });
  });

  test("gives the same text however it was cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: "grapheme" })), (pieces) => {
        const told = { text: pieces.join("") };
        const { answer } = readStream(operation, ask({}, { stream: true }), wire.stream(told, pieces));
        expect(answer).toEqual(operation.toAnswer(wire.whole(told), ask()));
      }),
    );
  });

  test("is not whole until the stream has said so", () => {
    const events = wire.stream({ text: "Why not?" }, ["Why", " not?"]);
    for (let length = 0; length < events.length; length++) {
      expect(readStream(operation, ask({}, { stream: true }), events.slice(0, length)).whole).toBe(false);
    }
  });

  test("gives what nobody knows as nothing", () => {
    const body = {
      ...wire.whole({ text: "Why" }),
      id: "",
      model: null,
      usage: { odd: 1 },
      system_fingerprint: null,
    };
    expect(operation.toAnswer(body, ask())).toEqual({ choices: [[{ text: "Why", finishReason: "stop" }]] });
  });

  test.each([undefined, null, "", "<html>", 3, [], {}, { choices: {} }, { output: "x" }])(
    "takes %j for no answer",
    (body) => {
      expect(() => operation.toAnswer(body, ask())).toThrow(ServiceError);
    },
  );

  test("finds an error inside the stream", () => {
    const error = { code: "server_error", message: "Sorry about that!", param: null };
    expect(operation.errorIn({ data: { error } })).toEqual({ error });
    expect(operation.errorIn({ name: "error", data: error })).toEqual({ error });
    expect(operation.errorIn({ data: "[DONE]" })).toBeUndefined();
    for (const data of wire.stream({ text: "Why" }, ["Why"]))
      expect(operation.errorIn({ data })).toBeUndefined();
  });

  test("asks for a stream only when a stream is asked for", () => {
    expect(operation.toBody(ask())).not.toHaveProperty("stream");
    expect(operation.toBody(ask({}, { stream: true }))).toHaveProperty("stream", true);
  });
});

describe.each(EACH.slice(1))("%s", (_, operation, wire) => {
  const told = { refusal: "I cannot help." };
  const expected = { text: "I cannot help.", refusal: "I cannot help.", finishReason: "stop" };

  test("gives a refusal as such, and as the text where there is no other", () => {
    expect(operation.toAnswer(wire.whole(told), ask()).choices).toEqual([[expected]]);
    const { answer } = readStream(
      operation,
      ask({}, { stream: true }),
      wire.stream(told, ["I cannot", " help."]),
    );
    expect(answer.choices).toEqual([[expected]]);
  });

  test("sends nothing that was not set", () => {
    const body = operation.toBody(ask({ maxTokens: -1, logitBias: {}, stop: [] }));
    expect(Object.keys(body)).toEqual(operation === chat ? ["messages"] : ["input", "store"]);
  });

  test.each(["suffix", "echo", "bestOf"] as const)(
    "refuses %s, which it lacks, and says what to do",
    (option) => {
      const parameters = { suffix: "x", echo: true, bestOf: 2 } as const;
      expect(() => operation.toBody(ask({ [option]: parameters[option] }))).toThrow(
        new RegExp(`${operation.name} operation has no \`${option}\`.*Leave.*operation: "completions"`),
      );
    },
  );

  test("takes what asks for nothing", () => {
    const parameters = { suffix: "", echo: false, bestOf: 1 };
    expect(() => operation.check(parameters)).not.toThrow();
  });

  test("counts 16 tokens for an answer without a limit, and the system message", () => {
    expect(operation.estimateTokens("12345678", { systemMessage: "1234" })).toBe(3 + 16);
    expect(operation.estimateTokens("12345678", { maxTokens: 100 })).toBe(2 + 100);
    expect(operation.estimateTokens("12345678", { maxTokens: -1 })).toBe(2 + 16);
  });
});
