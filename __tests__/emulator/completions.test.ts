import { startEmulator, type Emulator } from "../../src/emulator/index.js";
import { post, readEvents, type Parsed } from "./ask.js";

describe("completions", () => {
  let azure: Emulator;
  beforeAll(async () => {
    azure = await startEmulator();
  });
  beforeEach(() => azure.reset());
  afterAll(() => azure.close());

  const complete = async (body: object, ask = {}): Promise<Parsed> => {
    const response = await post(azure, body, ask);
    return { status: response.status, ...((await response.json()) as object) };
  };

  test("a prompt about jokes gets one", async () => {
    const { choices, usage, model, object } = await complete({ prompt: "Tell me a joke", max_tokens: 100 });
    expect(choices[0].text).toBe(
      "\n\nWhy couldn't the bicycle stand up by itself? Because it was...two tired!",
    );
    expect(choices[0]).toMatchObject({ index: 0, finish_reason: "stop", logprobs: null });
    expect({ model, object }).toEqual({ model: "gpt-35-turbo-instruct", object: "text_completion" });
    expect(usage).toEqual({ prompt_tokens: 4, completion_tokens: 18, total_tokens: 22 });
  });

  test("other prompts get text that prompt and seed decide", async () => {
    const ask = async (seed: number, prompt: string): Promise<string> => {
      await using other = await startEmulator({ seed });
      const answer: Parsed = await (await post(other, { prompt, max_tokens: 100 })).json();
      return answer.choices[0].text;
    };
    const text = await ask(1, "one");
    expect(text.length).toBeGreaterThan(40);
    expect(await ask(1, "one")).toBe(text);
    expect(await ask(2, "one")).not.toBe(text);
    expect(await ask(1, "two")).not.toBe(text);
  });

  test("the choices of several prompts come in order: index = prompt * n + choice", async () => {
    azure.respond(/.*/, (prompt, { index }) => `${prompt}${index}`);
    const { choices } = await complete({ prompt: ["a", "b", "c"], n: 2 });
    expect(choices.map((choice: Parsed) => [choice.index, choice.text])).toEqual([
      [0, "a0"],
      [1, "a1"],
      [2, "b0"],
      [3, "b1"],
      [4, "c0"],
      [5, "c1"],
    ]);
  });

  test("2,048 prompts are taken, one more is not", async () => {
    const prompts = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));
    const { choices } = await complete({ prompt: prompts(2048), max_tokens: 1 });
    expect(choices).toHaveLength(2048);
    const refused = await complete({ prompt: prompts(2049), max_tokens: 1 });
    expect(refused.status).toBe(400);
    expect(refused.error.code).toBe("array_above_max_length");
  });

  test("16 tokens are the default, and a cut is a finish reason", async () => {
    azure.respond("long", "word ".repeat(100));
    const { choices, usage } = await complete({ prompt: "long" });
    expect(choices[0]).toMatchObject({ text: "word ".repeat(16).trimEnd(), finish_reason: "length" });
    expect(usage.completion_tokens).toBe(16);
  });

  test("max_tokens: 0 writes nothing", async () => {
    const { choices, usage } = await complete({ prompt: "Hello", max_tokens: 0, echo: true });
    expect(choices[0]).toMatchObject({ text: "Hello", finish_reason: "length" });
    expect(usage.completion_tokens).toBe(0);
  });

  test("a cut never leaves half a character", async () => {
    azure.respond("x", "👩‍👧👩‍👧👩‍👧");
    for (let max = 1; max < 16; max++) {
      const { choices } = await complete({ prompt: "x", max_tokens: max });
      expect(choices[0].text).not.toContain("\uFFFD");
    }
  });

  test.each([
    ["END", "one ", "stop"],
    [["two", "END"], "one ", "stop"],
    [["nowhere"], "one ENDtwo", "stop"],
  ])("stop %j", async (stop, text, reason) => {
    azure.respond("x", "one ENDtwo");
    const { choices } = await complete({ prompt: "x", stop });
    expect(choices[0]).toMatchObject({ text, finish_reason: reason });
  });

  test("log probabilities, with offsets that count the prompt", async () => {
    azure.respond("abc", "Hello there, world");
    const { choices } = await complete({ prompt: "abc", logprobs: 2 });
    const { tokens, token_logprobs, top_logprobs, text_offset } = choices[0].logprobs;
    expect(tokens).toEqual(["Hello", " there", ",", " world"]);
    expect(text_offset).toEqual([3, 8, 14, 15]);
    expect(token_logprobs).toHaveLength(4);
    expect(Object.keys(top_logprobs[0])).toHaveLength(2);
    expect(top_logprobs[0].Hello).toBe(token_logprobs[0]);
  });

  test("echo puts the prompt before the text, its log probabilities too", async () => {
    azure.respond("abc", "def");
    const { choices } = await complete({ prompt: "abc", echo: true, logprobs: 0 });
    expect(choices[0].text).toBe("abcdef");
    expect(choices[0].logprobs.tokens.join("")).toBe("abcdef");
    expect(choices[0].logprobs.token_logprobs[0]).toBeNull();
    expect(choices[0].logprobs.text_offset[0]).toBe(0);
  });

  test("log probabilities of no text are none", async () => {
    azure.respond("x", "");
    const { choices } = await complete({ prompt: "x", logprobs: 1 });
    expect(choices[0].logprobs).toEqual({
      tokens: [],
      token_logprobs: [],
      top_logprobs: [],
      text_offset: [],
    });
  });

  test("a character of several tokens is one piece, half characters of the prompt stay as they are", async () => {
    azure.respond("clef", "a \u{1D11E} b");
    const { choices, usage } = await complete({ prompt: "clef", logprobs: 0 });
    expect(choices[0].logprobs.tokens).toEqual(["a", " ", "\u{1D11E}", " b"]);
    expect(usage.completion_tokens).toBe(5);
    const echoed = await complete({ prompt: "a\uD834b", echo: true, logprobs: 0, max_tokens: 0 });
    expect(echoed.choices[0].text).toBe("a\uD834b");
    expect(echoed.choices[0].logprobs.tokens.join("")).toBe("a\uD834b");
  });

  test("a refusal is spoken, since there is no place of its own for it", async () => {
    azure.respond("x", { refusal: "I can't help with that." });
    const { choices } = await complete({ prompt: "x" });
    expect(choices[0]).toMatchObject({ text: "I can't help with that.", finish_reason: "stop" });
  });

  test("every candidate of best_of is counted, only n come", async () => {
    azure.respond("x", "Hello");
    const { choices, usage } = await complete({ prompt: "x", best_of: 4, n: 2 });
    expect(choices).toHaveLength(2);
    expect(usage.completion_tokens).toBe(4);
  });

  test("a missing prompt is the start of a document", async () => {
    const { status, usage } = await complete({});
    expect(status).toBe(200);
    expect(usage.prompt_tokens).toBe(1);
  });

  test("a seed brings a fingerprint", async () => {
    expect(await complete({ prompt: "x", seed: 1 })).toHaveProperty("system_fingerprint");
    expect(await complete({ prompt: "x" })).not.toHaveProperty("system_fingerprint");
  });

  test.each([
    [{ temperature: 3 }, "decimal_above_max_value", "temperature"],
    [{ temperature: "hot" }, "invalid_type", "temperature"],
    [{ top_p: -1 }, "decimal_below_min_value", "top_p"],
    [{ n: 0 }, "integer_below_min_value", "n"],
    [{ n: 1.5 }, "invalid_type", "n"],
    [{ logprobs: 6 }, "integer_above_max_value", "logprobs"],
    [{ stop: ["1", "2", "3", "4", "5"] }, "array_above_max_length", "stop"],
    [{ prompt: [] }, "array_below_min_length", "prompt"],
    [{ prompt: 5 }, "invalid_type", "prompt"],
    [{ prompt: [1, 2] }, "invalid_type", "prompt[0]"],
  ])("%j is refused", async (body, code, param) => {
    const { status, error } = await complete({ prompt: "x", ...body });
    expect(status).toBe(400);
    expect(error).toMatchObject({ code, param, type: "invalid_request_error" });
  });

  test("n above best_of is refused in the engine's words", async () => {
    const { status, error } = await complete({ prompt: "x", n: 3, best_of: 2 });
    expect(status).toBe(400);
    expect(error.message).toContain(
      "(HINT: you must set 'n' (currently 3) to be at most 'best_of' (currently 2)",
    );
  });

  test("a field that completions do not have is refused", async () => {
    const { error } = await complete({ prompt: "x", messages: [] });
    expect(error.message).toContain("Unrecognized request argument supplied: messages");
  });

  test("what does not fit into the context is refused", async () => {
    azure.deploy("small", { model: "gpt-35-turbo-instruct", contextWindow: 20 });
    const { status, error } = await complete(
      { prompt: "a b c d e", max_tokens: 16 },
      { deployment: "small" },
    );
    expect(status).toBe(400);
    expect(error).toEqual({
      message:
        "This model's maximum context length is 20 tokens, however you requested 21 tokens (5 in your prompt; 16 for the completion). Please reduce your prompt; or completion length.",
      type: "invalid_request_error",
      param: null,
      code: null,
    });
  });

  test("a body that is no JSON is refused", async () => {
    const response = await fetch(`${azure.endpoint}/openai/v1/completions`, {
      method: "POST",
      headers: { "api-key": azure.apiKey },
      body: "{",
    });
    expect(response.status).toBe(400);
  });

  test.each([
    ["completions", "chat", "completion", "gpt-4o", { prompt: "x" }],
    [
      "chat",
      "instruct",
      "chatCompletion",
      "gpt-35-turbo-instruct",
      { messages: [{ role: "user", content: "x" }] },
    ],
  ] as const)("%s on a deployment called %s", async (operation, deployment, word, model, body) => {
    const { status, error } = await complete(body, { operation, deployment });
    expect(status).toBe(400);
    expect(error).toEqual({
      code: "OperationNotSupported",
      message: `The ${word} operation does not work with the specified model, ${model}. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.`,
    });
  });

  test.each([{ logprobs: 1 }, { echo: true }, { best_of: 2 }])(
    "an old chat model on completions does not take %j",
    async (field) => {
      azure.deploy("old", { model: "gpt-35-turbo", operations: ["completions"] });
      const { error } = await complete({ prompt: "x", ...field }, { deployment: "old" });
      expect(error).toEqual({
        code: "BadRequest",
        message:
          "logprobs, best_of and echo parameters are not available on gpt-35-turbo model. Please remove the parameter and try again. For more details, see https://go.microsoft.com/fwlink/?linkid=2227346.",
      });
    },
  );

  test("an old chat model on completions takes what stands for the default", async () => {
    azure.deploy("old", { model: "gpt-35-turbo", operations: ["completions"] });
    const { status } = await complete({ prompt: "x", echo: false, best_of: 1 }, { deployment: "old" });
    expect(status).toBe(200);
  });

  describe("in a stream", () => {
    const stream = async (body: object, ask = {}): Promise<Parsed[]> =>
      readEvents(await post(azure, { stream: true, ...body }, ask));
    const textOf = (events: Parsed[], index = 0): string =>
      events
        .flatMap((event) => event.choices ?? [])
        .filter((choice) => choice.index === index)
        .map((choice) => choice.text ?? "")
        .join("");

    test("the verdict on the prompt comes first, then the text, its end and [DONE]", async () => {
      azure.respond("x", "Hello there");
      const events = await stream({ prompt: "x" });
      expect(events[0]).toMatchObject({ choices: [], created: 0, id: "", model: "", object: "" });
      expect(events[0].prompt_filter_results).toHaveLength(1);
      expect(events.slice(1, -1).map(({ choices: [choice] }) => [choice.text, choice.finish_reason])).toEqual(
        [
          ["Hello", null],
          [" there", null],
          ["", "stop"],
        ],
      );
      expect(events.at(-1)).toBe("[DONE]");
      expect(events[1]).not.toHaveProperty("usage");
    });

    test("usage comes when asked for, null until then", async () => {
      const events = await stream({ prompt: "x", stream_options: { include_usage: true } });
      const usage = events.at(-2);
      expect(usage.choices).toEqual([]);
      expect(usage.usage.total_tokens - usage.usage.prompt_tokens).toBe(usage.usage.completion_tokens);
      expect(events.slice(1, -2).every((event) => event.usage === null)).toBe(true);
    });

    test("the text is the same as without a stream", async () => {
      const body = { prompt: ["a story", "a joke"], n: 2, max_tokens: 30, echo: true };
      const whole = await complete(body);
      const events = await stream(body);
      for (const choice of whole.choices) expect(textOf(events, choice.index)).toBe(choice.text);
    });

    test("log probabilities come piece by piece", async () => {
      azure.respond("abc", "Hello there");
      const events = await stream({ prompt: "abc", logprobs: 1 });
      const offsets = events.flatMap((event) => event.choices?.[0]?.logprobs?.text_offset ?? []);
      expect(offsets).toEqual([3, 8]);
    });

    test("log probabilities of an echoed prompt begin at its start, where the first has none", async () => {
      azure.respond("abc", "Hello there");
      const events = await stream({ prompt: "abc", logprobs: 1, echo: true });
      const logprobs = events.flatMap((event) => event.choices?.[0]?.logprobs ?? []);
      expect(logprobs.flatMap(({ text_offset }) => text_offset)).toEqual([0, 3, 8]);
      expect(logprobs.map(({ token_logprobs: [first] }) => first === null)).toEqual([true, false, false]);
    });

    test("candidates that are thrown away cannot be streamed", async () => {
      const status = async (body: object): Promise<number> =>
        (await post(azure, { prompt: "x", stream: true, ...body })).status;
      expect([await status({ best_of: 2 }), await status({ best_of: 2, n: 2 })]).toEqual([400, 200]);
    });

    test("chunks that are given end where the stop sequence begins", async () => {
      azure.respond("x", { chunks: ["one ", "two and ", "three"] });
      const events = await stream({ prompt: "x", stop: "and" });
      const texts = events.slice(1, -2).map(({ choices }) => choices[0].text);
      expect(texts).toEqual(["one ", "two "]);
    });

    test("chunks may be given", async () => {
      azure.respond("x", { chunks: ["one ", "two and ", "three"] });
      const events = await stream({ prompt: "x" });
      const texts = events.slice(1, -2).map(({ choices }) => choices[0].text);
      expect(texts).toEqual(["one ", "two and ", "three"]);
    });

    test.each([
      ["2024-10-21", 200],
      ["2024-09-01-preview", 200],
      ["2024-06-01", 400],
      ["2023-05-15", 400],
    ])("stream_options on %s", async (apiVersion, status) => {
      const body = { prompt: "x", stream: true, stream_options: { include_usage: true } };
      const response = await post(azure, body, { apiVersion });
      expect(response.status).toBe(status);
      if (status === 400) {
        const { error }: Parsed = await response.json();
        expect(error.message).toContain("Unrecognized request argument supplied: stream_options");
      } else await response.text();
    });

    test.each([
      ["refuse", 400],
      ["ignore", 200],
    ] as const)("a deployment can %s stream_options", async (streamUsage, status) => {
      azure.deploy("other", { model: "gpt-35-turbo-instruct", streamUsage });
      const body = { prompt: "x", stream: true, stream_options: { include_usage: true } };
      const response = await post(azure, body, { deployment: "other" });
      expect(response.status).toBe(status);
      expect(await response.text()).not.toContain('"usage"');
    });

    test("old api-versions have no annotations, the first previews another name for them", async () => {
      const first = async (apiVersion: string): Promise<Parsed> =>
        (await stream({ prompt: "x" }, { apiVersion }))[0];
      expect((await first("2023-05-15")).choices).toHaveLength(1);
      expect(await first("2023-07-01-preview")).toHaveProperty("prompt_annotations");
      expect(await first("2024-02-01")).toHaveProperty("prompt_filter_results");
      expect(await complete({ prompt: "x" }, { apiVersion: "2023-05-15" })).not.toHaveProperty(
        "prompt_filter_results",
      );
    });
  });
});
