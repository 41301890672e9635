import * as fc from "fast-check";
import { ServiceError } from "../../src/errors.js";
import type { JsonObject } from "../../src/operations/operation.js";
import { responses } from "../../src/operations/responses.js";
import { ask, readStream } from "./helpers.js";
import { responsesWire } from "./wire.js";

test("the prompt is the input, the system message the instructions, and nothing is stored", () => {
  expect(responses.toBody(ask({ systemMessage: "Be brief" }))).toEqual({
    input: "Hi",
    instructions: "Be brief",
    store: false,
  });
});

test("what is set goes out in the form of responses", () => {
  const parameters = { temperature: 0, maxTokens: 0, topP: 0, logprobs: 0, user: "", n: 3, stop: ["x"] };
  expect(responses.toBody(ask(parameters, { stream: true }))).toEqual({
    input: "Hi",
    temperature: 0,
    max_output_tokens: 0,
    top_p: 0,
    top_logprobs: 0,
    include: ["message.output_text.logprobs"],
    user: "",
    store: false,
    stream: true,
  });
});

test("modelKwargs may have responses stored, and add to what is included", () => {
  const modelKwargs = { store: true, include: ["reasoning.encrypted_content"] };
  expect(responses.toBody(ask({ logprobs: 1, modelKwargs }))).toMatchObject({
    store: true,
    include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
  });
});

test.each([
  ["seed", 0],
  ["logitBias", { "1": 1 }],
  ["frequencyPenalty", 1],
  ["presencePenalty", -1],
])("%s, which it lacks, is an error that names it and the other operations", (option, value) => {
  expect(() => responses.toBody(ask({ [option]: value }))).toThrow(
    new RegExp(`responses operation has no \`${option}\`.*"chat".*"completions"`),
  );
});

test("penalties of 0 and an empty bias are what it does anyway", () => {
  expect(() => responses.check({ frequencyPenalty: 0, presencePenalty: 0, logitBias: {} })).not.toThrow();
});

test("several messages are one text, and what is not a message is none", () => {
  const message = (text: string) => ({ type: "message", content: [{ type: "output_text", text }] });
  const output = [
    { type: "reasoning", content: [{ type: "reasoning_text", text: "hm" }] },
    message("a"),
    message("b"),
  ];
  expect(responses.toAnswer({ status: "completed", output }, ask()).choices).toEqual([
    [{ text: "ab", finishReason: "stop" }],
  ]);
});

test.each([
  ["failed", { status: "failed", output: [], error: { code: "server_error", message: "Sorry" } }, /Sorry/],
  ["still queued", { status: "queued", output: [] }, /queued.*background/],
  ["cancelled", { status: "cancelled", output: [] }, /cancelled/],
  ["failed for no reason", { status: "failed", output: [], error: null }, /failed\./],
  ["without output", { status: "completed" }, /output/],
])("a response that is %s is an error", (_, body, message) => {
  expect(() => responses.toAnswer(body, ask())).toThrow(ServiceError);
  expect(() => responses.toAnswer(body, ask())).toThrow(message);
});

test("a blocked completion is cut by the filter, and a verdict that withheld text is kept", () => {
  const entry = (blocked: boolean, severity: string) => ({
    blocked,
    source_type: "completion",
    content_filter_results: { hate: { filtered: blocked, severity } },
  });
  const body = {
    ...responsesWire.whole({ text: "a" }),
    content_filters: [entry(false, "safe"), entry(true, "high"), entry(false, "low")],
  };
  expect(responses.toAnswer(body, ask()).choices).toEqual([
    [
      {
        text: "a",
        finishReason: "content_filter",
        contentFilterResults: { hate: { filtered: true, severity: "high" } },
      },
    ],
  ]);
});

test.each([
  [{ reason: "max_output_tokens" }, "length"],
  [{ reason: "content_filter" }, "content_filter"],
  [{ reason: "something_new" }, "something_new"],
  [null, "incomplete"],
])("a response that is incomplete for %j ends with %s", (details, finishReason) => {
  const body = { status: "incomplete", incomplete_details: details, output: [] };
  expect(responses.toAnswer(body, ask()).choices).toEqual([[{ text: "", finishReason }]]);
});

describe("a stop sequence", () => {
  const told = {
    text: "one two three",
    tokens: ["one", " t", "wo", " three"].map((token) => ({ token, logprob: -1, top: {} })),
    usage: { prompt: 1, completion: 4 },
  };

  test("cuts the text and its log probabilities", () => {
    const [[choice] = []] = responses.toAnswer(responsesWire.whole(told), ask({ stop: ["two"] })).choices;
    expect(choice).toMatchObject({ text: "one ", finishReason: "stop", logprobs: { tokens: ["one", " t"] } });
  });

  test("ends the stream where it is complete, across pieces, and gives nothing of itself away", () => {
    const events = responsesWire.stream(told, ["one", " t", "wo", " three"]);
    const read = readStream(responses, ask({ stop: ["two"] }, { stream: true }), events);
    expect(read.chunks.map(({ text }) => text)).toEqual(["one", " ", ""]);
    expect(read.answer.choices[0]?.[0]).toMatchObject({
      finishReason: "stop",
      logprobs: { tokens: ["one", " t"] },
    });
    expect(read.satisfied).toBe(true);
    expect(read.whole).toBe(true);
  });

  test("that only begins is part of the text", () => {
    const events = responsesWire.stream({ text: "one tw" }, ["one ", "t", "w"]);
    const read = readStream(responses, ask({ stop: ["two"] }, { stream: true }), events);
    expect(read.answer.choices).toEqual([[{ text: "one tw", finishReason: "stop" }]]);
    expect(read.satisfied).toBe(false);
  });

  test("cuts the same whole and streamed, wherever the pieces end", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(letters), stops, (pieces, stop) => {
        const text = { text: pieces.join("") };
        const whole = responses.toAnswer(responsesWire.whole(text), ask({ stop }));
        const streamed = readStream(
          responses,
          ask({ stop }, { stream: true }),
          responsesWire.stream(
            text,
            pieces.filter((piece) => piece !== ""),
          ),
        );
        expect(streamed.answer.choices).toEqual(whole.choices);
        const cut = whole.choices[0]?.[0]?.text ?? "";
        expect(stop.some((sequence) => cut.includes(sequence))).toBe(false);
        expect(text.text.startsWith(cut)).toBe(true);
        expect(cut === text.text || stop.some((sequence) => text.text.startsWith(sequence, cut.length))).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("the stream of a response", () => {
  const request = ask({}, { stream: true });

  test("may come without deltas", () => {
    const told = { text: "all at once", tokens: [{ token: "all at once", logprob: -1, top: {} }] };
    const events = responsesWire.stream(told, []);
    const { answer } = readStream(responses, request, events);
    expect(answer.choices).toEqual(responses.toAnswer(responsesWire.whole(told), ask()).choices);
  });

  test("that is refused at its end alone is refused", () => {
    const { answer } = readStream(responses, request, responsesWire.stream({ refusal: "No." }, []));
    expect(answer.choices).toEqual([[{ text: "No.", refusal: "No.", finishReason: "stop" }]]);
  });

  test("that comes at once is cut at a stop sequence, too", () => {
    const events = responsesWire.stream({ text: "one two" }, []);
    const read = readStream(responses, ask({ stop: [" "] }, { stream: true }), events);
    expect(read.answer.choices).toEqual([[{ text: "one", finishReason: "stop" }]]);
    expect(read.whole).toBe(true);
  });

  test("says nothing after a stop sequence", () => {
    const reader = responses.reader(ask({ stop: ["b"] }, { stream: true }));
    const delta = { type: "response.output_text.delta", delta: "ab" };
    expect(reader.read({ data: delta })).toEqual([{ index: 0, text: "a", finishReason: "stop" }]);
    expect(reader.read({ data: delta })).toEqual([]);
  });

  test("may name its events outside the data", () => {
    const reader = responses.reader(request);
    expect(reader.read({ name: "response.output_text.delta", data: { delta: "a" } })).toEqual([
      { index: 0, text: "a" },
    ]);
  });

  test("passes over events that are not known", () => {
    const reader = responses.reader(request);
    expect(reader.read({ data: { type: "response.reasoning_summary_text.delta", delta: "hm" } })).toEqual([]);
    expect(reader.whole).toBe(false);
  });

  test("that fails shows the error", () => {
    const error = { code: "rate_limit_exceeded", message: "Slow down" };
    const data = { type: "response.failed", response: { status: "failed", error } };
    expect(responses.errorIn({ data })).toEqual({ error });
    expect(responses.errorIn({ data: { type: "error", code: "x", message: "y" } })).toMatchObject({
      error: { code: "x", message: "y" },
    });
    expect(responses.errorIn({ data: { type: "response.failed" } })).toHaveProperty("error.message");
    expect(() => responses.reader(request).read({ data })).toThrow(ServiceError);
  });

  test.each([
    ["an event of no type", { hello: 1 }],
    ["a delta that is not a text", { type: "response.output_text.delta", delta: 1 }],
    ["an end that says nothing", { type: "response.completed" }],
  ])("is an error when it holds %s", (_, data) => {
    expect(() => responses.reader(request).read({ data })).toThrow(ServiceError);
  });
});

describe("a refusal in a stream", () => {
  const delta = (type: string, text: string) => ({ type: `response.${type}.delta`, delta: text });
  const end = (content: object) => ({
    type: "response.completed",
    response: { status: "completed", output: [{ type: "message", content: [content] }] },
  });
  const read = (events: readonly JsonObject[]) =>
    readStream(responses, ask({}, { stream: true }), events).answer.choices;

  test("is the text, once, though its end tells it again", () => {
    const events = [delta("refusal", "No"), delta("refusal", "."), end({ type: "refusal", refusal: "No." })];
    expect(read(events)).toEqual([[{ text: "No.", refusal: "No.", finishReason: "stop" }]]);
  });

  test("after some text is a refusal, and not text", () => {
    const events = [
      delta("output_text", "Well. "),
      delta("refusal", "No."),
      end({ type: "output_text", text: "Well. " }),
    ];
    expect(read(events)).toEqual([[{ text: "Well. ", refusal: "No.", finishReason: "stop" }]]);
  });
});

test("a stream's end without text, refusal or output is no answer", () => {
  const reader = responses.reader(ask({}, { stream: true }));
  expect(() => reader.read({ data: { type: "response.completed", response: {} } })).toThrow("no `output`");
});

test.each([
  ["that come twice, told by their `id`, are", "msg_1", true],
  ["without an `id` may be alike, and are not", "", false],
])(
  "messages %s an answer that makes no sense, whole and where a stream's end alone has them",
  (_, id, throws) => {
    const message = { type: "message", id, content: [{ type: "output_text", text: "Ha." }] };
    const response = { status: "completed", output: [message, message] };
    const whole = (): unknown => responses.toAnswer(response, ask());
    const streamed = (): unknown =>
      responses.reader(ask()).read({ data: { type: "response.completed", response } });
    for (const read of [whole, streamed]) {
      if (throws) expect(read).toThrow("two messages with the same `id`");
      else expect(JSON.stringify(read())).toContain("Ha.Ha.");
    }
  },
);

test("a stream's end without output is fine where the text came before", () => {
  const reader = responses.reader(ask({}, { stream: true }));
  reader.read({ data: { type: "response.output_text.delta", delta: "a" } });
  expect(reader.read({ data: { type: "response.completed", response: {} } })).toMatchObject([
    { text: "", finishReason: "stop" },
  ]);
  expect(reader.whole).toBe(true);
  expect(reader.read({ data: "[DONE]" })).toEqual([]);
});

test("text that waits for the rest of a stop sequence makes no empty piece", () => {
  const reader = responses.reader(ask({ stop: ["END"] }, { stream: true }));
  expect(reader.read({ data: { type: "response.output_text.delta", delta: "EN" } })).toEqual([]);
});

test("without a stop sequence no log probability waits, also of tokens that are no text", () => {
  const reader = responses.reader(ask({ logprobs: 0 }, { stream: true }));
  const logprobs = [
    { token: "a", logprob: -1 },
    { token: "<|end|>", logprob: -2 },
  ];
  const [chunk] = reader.read({ data: { type: "response.output_text.delta", delta: "a", logprobs } });
  expect(chunk?.logprobs?.tokens).toEqual(["a", "<|end|>"]);
});

test("a blocked response is filtered, though no category says why", () => {
  const body = { ...responsesWire.whole({ text: "a" }), content_filters: [{ blocked: true }] };
  expect(responses.toAnswer(body, ask()).choices[0]?.[0]?.finishReason).toBe("content_filter");
});

test("messages of the older type count as text", () => {
  const output = [{ type: "output_message", content: [{ type: "output_text", text: "a" }] }];
  expect(responses.toAnswer({ status: "completed", output }, ask()).choices[0]?.[0]?.text).toBe("a");
});

test("what the service says of a failed response is in the error", () => {
  const body = { status: "completed", output: [], error: { code: "server_error", message: "Sorry" } };
  const run = () => responses.toAnswer(body, ask());
  expect(run).toThrow(
    expect.objectContaining({ service: { code: "server_error", message: "Sorry" } }) as Error,
  );
});

test("an answer that tells no status is taken as finished", () => {
  expect(responses.toAnswer({ output: [] }, ask()).choices).toEqual([[{ text: "", finishReason: "stop" }]]);
});

test("a stop sequence in a text that comes at once ends it, whatever the response ended with", () => {
  const reader = responses.reader(ask({ stop: ["two"] }, { stream: true }));
  const response = {
    status: "incomplete",
    incomplete_details: { reason: "max_output_tokens" },
    output: [null, { type: "message", content: ["x", { type: "output_text", text: "one two" }] }],
  };
  expect(reader.read({ data: { type: "response.incomplete", response } })).toEqual([
    { index: 0, text: "one ", finishReason: "stop" },
  ]);
});

test("a stream's end without output is fine where the refusal came before", () => {
  const reader = responses.reader(ask({}, { stream: true }));
  reader.read({ data: { type: "response.refusal.delta", delta: "No." } });
  expect(() => reader.read({ data: { type: "response.completed", response: {} } })).not.toThrow();
});

test("nothing more is to come of a stream that failed", () => {
  const reader = responses.reader(ask({}, { stream: true }));
  expect(() => reader.read({ data: { type: "response.failed" } })).toThrow(ServiceError);
  expect(reader.whole).toBe(true);
});
