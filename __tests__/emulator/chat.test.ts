import { startEmulator, type Emulator } from "../../src/emulator/index.js";
import { post, readEvents, type Parsed } from "./ask.js";

const say = (content: string): object => ({ messages: [{ role: "user", content }] });

describe("chat", () => {
  let azure: Emulator;
  beforeAll(async () => {
    azure = await startEmulator();
  });
  beforeEach(() => azure.reset());
  afterAll(() => azure.close());

  const chat = async (body: object, deployment = "chat"): Promise<Parsed> => {
    const response = await post(azure, body, { operation: "chat", deployment });
    return { status: response.status, ...((await response.json()) as object) };
  };

  test("the answer is about the last thing the user said", async () => {
    azure.respond("second", "Two.");
    const { choices, model, object, usage } = await chat({
      messages: [
        { role: "system", content: "first" },
        { role: "user", content: [{ type: "text", text: "second" }] },
        { role: "assistant", content: "third" },
      ],
    });
    expect(choices[0]).toMatchObject({
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content: "Two.", refusal: null },
    });
    expect({ model, object }).toEqual({ model: "gpt-4o-2024-11-20", object: "chat.completion" });
    expect(usage.total_tokens - usage.prompt_tokens).toBe(usage.completion_tokens);
  });

  test("n, max_tokens, stop", async () => {
    azure.respond("x", "one two END three");
    const { choices } = await chat({ ...say("x"), n: 2, stop: "END" });
    expect(choices.map((choice: Parsed) => choice.message.content)).toEqual(["one two ", "one two "]);
    const cut = await chat({ ...say("x"), max_tokens: 1 });
    expect(cut.choices[0]).toMatchObject({ message: { content: "one" }, finish_reason: "length" });
  });

  test("log probabilities in the form of chat", async () => {
    azure.respond("x", "Hello there");
    const { choices } = await chat({ ...say("x"), logprobs: true, top_logprobs: 3 });
    const { content } = choices[0].logprobs;
    expect(content.map((entry: Parsed) => entry.token)).toEqual(["Hello", " there"]);
    expect(content[0].top_logprobs).toHaveLength(3);
    expect(content[0].bytes).toEqual([72, 101, 108, 108, 111]);
  });

  test("a refusal is not content", async () => {
    azure.respond("x", { refusal: "I can't help with that." });
    const { choices } = await chat(say("x"));
    expect(choices[0].message).toEqual({
      role: "assistant",
      content: null,
      refusal: "I can't help with that.",
    });
    const events = await readEvents(await post(azure, { ...say("x"), stream: true }, { operation: "chat" }));
    const deltas = events.flatMap((event) => event.choices ?? []).map((choice) => choice.delta);
    expect(deltas).toContainEqual({ refusal: "I can't help with that." });
  });

  test.each([
    [{ messages: [] }, "array_below_min_length"],
    [{}, "missing_required_parameter"],
    [{ messages: "x" }, "invalid_type"],
    [{ ...say("x"), suffix: "y" }, "unknown_parameter"],
    [{ ...say("x"), echo: true }, "unknown_parameter"],
    [{ ...say("x"), best_of: 2 }, "unknown_parameter"],
  ])("%j is refused", async (body, code) => {
    const { status, error } = await chat(body);
    expect([status, error.code]).toEqual([400, code]);
  });

  test("messages that do not fit are refused", async () => {
    azure.deploy("small", { model: "gpt-4o", contextWindow: 10 });
    const { error } = await chat(say("one two three four five"), "small");
    expect(error).toMatchObject({ code: "context_length_exceeded", param: "messages" });
    expect(error.message).toMatch(
      /^This model's maximum context length is 10 tokens\. However, your messages/,
    );
  });

  describe("with a reasoning model", () => {
    const parameter = (name: string, hint = ""): object => ({
      message: `Unsupported parameter: '${name}' is not supported with this model.${hint}`,
      type: "invalid_request_error",
      param: name,
      code: "unsupported_parameter",
    });

    test.each([
      [{ max_tokens: 5 }, parameter("max_tokens", " Use 'max_completion_tokens' instead.")],
      [{ stop: ["x"] }, parameter("stop")],
      [{ top_p: 0.5 }, parameter("top_p")],
      [{ presence_penalty: 0 }, parameter("presence_penalty")],
      [{ frequency_penalty: 1 }, parameter("frequency_penalty")],
      [{ logit_bias: {} }, parameter("logit_bias")],
      [{ logprobs: true }, parameter("logprobs")],
      [
        { temperature: 0.7 },
        {
          message:
            "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
          type: "invalid_request_error",
          param: "temperature",
          code: "unsupported_value",
        },
      ],
    ])("%j is refused", async (body, error) => {
      expect(await chat({ ...say("x"), ...body }, "reasoning")).toEqual({ status: 400, error });
    });

    test("the defaults pass", async () => {
      const body = { ...say("x"), temperature: 1, logprobs: false, stop: null, n: 2 };
      expect((await chat(body, "reasoning")).status).toBe(200);
    });

    test("o3-mini knows no temperature at all", async () => {
      azure.deploy("mini", { model: "o3-mini" });
      const { error } = await chat({ ...say("x"), temperature: 1 }, "mini");
      expect(error).toEqual(parameter("temperature"));
    });

    test("thinking costs tokens, and may leave none for the answer", async () => {
      azure.respond("x", "Hello there");
      const whole = await chat(say("x"), "reasoning");
      expect(whole.usage.completion_tokens_details.reasoning_tokens).toBe(32);
      expect(whole.usage.completion_tokens).toBe(34);
      const { choices, usage } = await chat({ ...say("x"), max_completion_tokens: 20 }, "reasoning");
      expect(choices[0]).toMatchObject({ message: { content: "" }, finish_reason: "length" });
      expect(usage.completion_tokens).toBe(20);
    });
  });

  test("old api-versions have no annotations", async () => {
    const ask = { operation: "chat", apiVersion: "2023-05-15" } as const;
    const text = await (await post(azure, { messages: [{ role: "user", content: "x" }] }, ask)).text();
    expect(text).toContain('"choices"');
    expect(text).not.toContain("filter_results");
  });

  test("a stream opens with the role, closes with the reason", async () => {
    azure.respond("x", "Hello there");
    const body = { ...say("x"), stream: true, stream_options: { include_usage: true } };
    const events = await readEvents(await post(azure, body, { operation: "chat" }));
    expect(events.slice(1, -2).map(({ choices: [choice] }) => [choice.delta, choice.finish_reason])).toEqual([
      [{ role: "assistant", content: "", refusal: null }, null],
      [{ content: "Hello" }, null],
      [{ content: " there" }, null],
      [{}, "stop"],
    ]);
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
    expect(events.at(-1)).toBe("[DONE]");
  });

  test("the choices of a stream take turns", async () => {
    azure.respond("x", (_prompt, { index }) => (index === 0 ? "a b c" : "d e"));
    const body = { ...say("x"), stream: true, n: 2 };
    const events = await readEvents(await post(azure, body, { operation: "chat" }));
    const order = events.slice(1, -1).map(({ choices: [choice] }) => choice.index);
    expect(order).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0]);
  });

  test("on v1 chunks are padded, unless the client would rather not", async () => {
    const ask = async (options: object): Promise<string> =>
      (
        await post(
          azure,
          { ...say("x"), stream: true, ...options },
          { operation: "chat", apiVersion: undefined },
        )
      ).text();
    expect(await ask({})).toContain('"obfuscation"');
    expect(await ask({ stream_options: { include_obfuscation: false } })).not.toContain('"obfuscation"');
  });

  test.each([
    ["gpt-4", ["chat"]],
    ["gpt-35-turbo-16k", ["chat"]],
    ["gpt-4o", ["chat", "responses"]],
    ["gpt-4.1-mini", ["chat", "responses"]],
    ["gpt-5-chat", ["chat", "responses"]],
    ["o4-mini", ["chat", "responses"]],
    ["o3-pro", ["responses"]],
    ["gpt-5.1-codex", ["responses"]],
    ["davinci-002", ["completions"]],
  ])("%s serves %j", async (model, served) => {
    azure.deploy("other", { model });
    const bodies = { completions: { prompt: "x" }, chat: say("x"), responses: { input: "x" } };
    for (const [operation, body] of Object.entries(bodies)) {
      const ask = { operation: operation as "chat", deployment: "other", apiVersion: undefined };
      const response = await post(azure, body, ask);
      expect([operation, response.ok]).toEqual([operation, served.includes(operation)]);
    }
  });
});
