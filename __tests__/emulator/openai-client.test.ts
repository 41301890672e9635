import OpenAI, { AzureOpenAI, BadRequestError, RateLimitError } from "openai";

import { startEmulator, type Emulator } from "../../src/emulator/index.js";

/** OpenAI's own client, which knows Azure and knows nothing of this emulator. */
describe("the openai package works with the emulator", () => {
  let azure: Emulator;
  beforeAll(async () => {
    azure = await startEmulator();
  });
  beforeEach(() => {
    azure.reset();
    azure.respond("x", "one two three");
  });
  afterAll(() => azure.close());

  const clients = [
    [
      "dated",
      () =>
        new AzureOpenAI({ endpoint: azure.endpoint, apiKey: azure.apiKey, apiVersion: "2025-04-01-preview" }),
    ],
    [
      "dated with a token",
      () =>
        new AzureOpenAI({
          endpoint: azure.endpoint,
          azureADTokenProvider: async () => azure.token,
          apiVersion: "2025-04-01-preview",
        }),
    ],
    ["v1", () => new OpenAI({ baseURL: `${azure.endpoint}/openai/v1/`, apiKey: azure.apiKey })],
  ] as const;

  describe.each(clients)("%s", (_name, connect) => {
    const messages = [{ role: "user", content: "x" }] as const;

    test("completions", async () => {
      const answer = await connect().completions.create({ model: "instruct", prompt: ["x", "x"], n: 2 });
      expect(answer.choices.map((choice) => choice.text)).toEqual(Array(4).fill("one two three"));
      expect(answer.usage?.completion_tokens).toBe(12);
    });

    test("completions, streamed", async () => {
      const stream = await connect().completions.create({
        model: "instruct",
        prompt: "x",
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = "";
      let total: number | undefined;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.text ?? "";
        total = chunk.usage?.total_tokens ?? total;
      }
      expect([text, total]).toEqual(["one two three", 4]);
    });

    test("chat", async () => {
      const answer = await connect().chat.completions.create({ model: "chat", messages: [...messages] });
      expect(answer.choices[0]?.message.content).toBe("one two three");
    });

    test("chat, streamed and put together by the client", async () => {
      const stream = connect().chat.completions.stream({
        model: "chat",
        messages: [...messages],
        stream_options: { include_usage: true },
      });
      const answer = await stream.finalChatCompletion();
      expect(answer.choices[0]?.message.content).toBe("one two three");
      expect(answer.usage?.completion_tokens).toBe(3);
    });

    test("responses", async () => {
      const answer = await connect().responses.create({ model: "reasoning", input: "x" });
      expect(answer.output_text).toBe("one two three");
    });

    test("responses, streamed and put together by the client", async () => {
      const stream = connect().responses.stream({ model: "reasoning", input: "x" });
      let text = "";
      stream.on("response.output_text.delta", ({ delta }) => (text += delta));
      const answer = await stream.finalResponse();
      expect([text, answer.output_text]).toEqual(["one two three", "one two three"]);
    });
  });

  test("a limit is met by the client's own retries", async () => {
    azure.fail({ status: 429, retryAfterMs: 1, times: 2 });
    const client = new OpenAI({ baseURL: `${azure.endpoint}/openai/v1`, apiKey: azure.apiKey });
    await client.completions.create({ model: "instruct", prompt: "x" });
    expect(azure.requests.map((request) => request.status)).toEqual([429, 429, 200]);
  });

  test("refusals become the client's errors", async () => {
    const client = new OpenAI({
      baseURL: `${azure.endpoint}/openai/v1`,
      apiKey: azure.apiKey,
      maxRetries: 0,
    });
    const ask = client.completions.create({ model: "chat", prompt: "x" });
    await expect(ask).rejects.toBeInstanceOf(BadRequestError);
    await expect(ask).rejects.toMatchObject({ code: "OperationNotSupported" });
    azure.fail({ status: 429 });
    await expect(client.completions.create({ model: "instruct", prompt: "x" })).rejects.toBeInstanceOf(
      RateLimitError,
    );
  });

  test("an error inside a stream is thrown", async () => {
    azure.fail({ kind: "error-frame" });
    const client = new OpenAI({ baseURL: `${azure.endpoint}/openai/v1`, apiKey: azure.apiKey });
    const stream = await client.completions.create({ model: "instruct", prompt: "x", stream: true });
    const chunks = stream[Symbol.asyncIterator]();
    const read = async (): Promise<void> => {
      while ((await chunks.next()).done !== true);
    };
    await expect(read()).rejects.toThrow(/The server had an error/);
  });
});
