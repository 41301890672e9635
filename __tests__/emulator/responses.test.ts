import { startEmulator, type Emulator } from "../../src/emulator/index.js";
import { post, readEvents, type Ask, type Parsed } from "./ask.js";

describe("responses", () => {
  let azure: Emulator;
  beforeAll(async () => {
    azure = await startEmulator();
  });
  beforeEach(() => azure.reset());
  afterAll(() => azure.close());

  const v1 = { operation: "responses", apiVersion: undefined } as const;
  const respond = async (body: object, ask: Ask = {}): Promise<Parsed> => {
    const response = await post(azure, body, { ...v1, ...ask });
    return { httpStatus: response.status, ...((await response.json()) as object) };
  };

  test("the text is in a message of the output", async () => {
    azure.respond("second", "Two.");
    const { output, status, usage, model } = await respond({
      input: [
        { role: "user", content: [{ type: "input_text", text: "second" }] },
        { role: "assistant", content: "third" },
      ],
      instructions: "Be brief.",
    });
    expect(output).toMatchObject([
      {
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Two." }],
      },
    ]);
    expect({ status, model }).toEqual({ status: "completed", model: "gpt-4o-2024-11-20" });
    expect(usage.total_tokens - usage.input_tokens).toBe(usage.output_tokens);
  });

  test("a reasoning model thinks first", async () => {
    const { output, usage } = await respond({ input: "x" }, { deployment: "reasoning" });
    expect(output.map((item: Parsed) => item.type)).toEqual(["reasoning", "message"]);
    expect(usage.output_tokens_details.reasoning_tokens).toBe(32);
  });

  test("a cut response is incomplete", async () => {
    azure.respond("long", "word ".repeat(100));
    const { status, incomplete_details } = await respond({ input: "long", max_output_tokens: 16 });
    expect({ status, incomplete_details }).toEqual({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
    });
  });

  test("log probabilities come when they are included, with as many alternatives as asked for", async () => {
    azure.respond("x", "Hello there");
    const include = ["message.output_text.logprobs"];
    const alternatives = async (body: object): Promise<number[]> => {
      const { output } = await respond({ input: "x", include, ...body });
      return output[0].content[0].logprobs.map(({ top_logprobs }: Parsed) => top_logprobs.length);
    };
    expect(await alternatives({})).toEqual([0, 0]);
    expect(await alternatives({ top_logprobs: 2 })).toEqual([2, 2]);
  });

  test("who thinks until the limit says nothing", async () => {
    const body = { input: "x", max_output_tokens: 16 };
    const { output, status } = await respond(body, { deployment: "reasoning" });
    expect(output.map((item: Parsed) => item.type)).toEqual(["reasoning"]);
    expect(status).toBe("incomplete");
  });

  test("a refusal is a part of its own", async () => {
    azure.respond("x", { refusal: "No." });
    const { output } = await respond({ input: "x" });
    expect(output[0].content).toEqual([{ type: "refusal", refusal: "No." }]);
    const events = await readEvents(await post(azure, { input: "x", stream: true }, v1));
    expect(events.map((event) => event.type)).toContain("response.refusal.delta");
  });

  test("store is kept as it was asked for", async () => {
    expect((await respond({ input: "x" })).store).toBe(true);
    expect((await respond({ input: "x", store: false })).store).toBe(false);
  });

  test.each([
    [{ max_tokens: 5 }, "unsupported_parameter", /has moved to 'max_output_tokens'/],
    [{ messages: [] }, "unsupported_parameter", /has moved to 'input'/],
    [{ stop: ["x"] }, "unknown_parameter", /Unknown parameter: 'stop'/],
    [{ n: 2 }, "unknown_parameter", /Unknown parameter: 'n'/],
    [{ seed: 2 }, "unknown_parameter", /Unknown parameter: 'seed'/],
    [{ max_output_tokens: 5 }, "integer_below_min_value", /Expected a value >= 16, but got 5 instead/],
  ])("%j is refused", async (body, code, message) => {
    const { httpStatus, error } = await respond({ input: "x", ...body });
    expect([httpStatus, error.code]).toEqual([400, code]);
    expect(error.message).toMatch(message);
  });

  test("a reasoning model refuses a temperature, without a code", async () => {
    const { error } = await respond({ input: "x", temperature: 1 }, { deployment: "reasoning" });
    expect(error).toEqual({
      message: "Unsupported parameter: 'temperature' is not supported with this model.",
      type: "invalid_request_error",
      param: "temperature",
      code: null,
    });
  });

  test.each([
    ["2025-03-01-preview", 200],
    ["2025-04-01-preview", 200],
    ["2025-01-01-preview", 400],
    ["2024-10-21", 400],
  ])("on the dated API, %s", async (apiVersion, status) => {
    const { httpStatus, error } = await respond({ input: "x" }, { apiVersion });
    expect(httpStatus).toBe(status);
    if (status === 400) {
      expect(error.message).toBe(
        "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later",
      );
    }
  });

  test("a stream is typed events, numbered, the last of them the whole, and no [DONE]", async () => {
    azure.respond("x", "Hello there");
    const response = await post(azure, { input: "x", stream: true }, v1);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const text = await response.text();
    const names = [...text.matchAll(/^event: (.+)$/gm)].map(([, name]) => name);
    expect(names).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(text).not.toContain("[DONE]");
    const last = JSON.parse(text.trimEnd().split("data: ").at(-1) ?? "");
    expect(last.sequence_number).toBe(9);
    expect(last.response.output[0].content[0].text).toBe("Hello there");
    expect(last.response.usage.output_tokens).toBe(2);
  });

  test("a cut stream ends with response.incomplete", async () => {
    azure.respond("long", "word ".repeat(100));
    const events = await readEvents(
      await post(azure, { input: "long", stream: true, max_output_tokens: 16 }, v1),
    );
    expect(events.at(-1).type).toBe("response.incomplete");
  });
});
