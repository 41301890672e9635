import { AzureOpenAI, TimeoutError } from "../../src/index.js";
import { connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { EVERYWHERE, failureOf, OPERATIONS, WAYS } from "./matrix.js";

const azure = useEmulator();
useCleanEnvironment();

describe("maxRetries of a call", () => {
  test.each(WAYS)("wins over the constructor's, by %s", async (_, ask) => {
    azure().fail({ status: 500, times: Infinity });
    await failureOf(ask(connect(azure(), OPERATIONS.chat), "Hello", { maxRetries: 0 }));
    expect(azure().requests).toHaveLength(1);
  });

  test("raises it, too", async () => {
    azure().fail({ status: 429, retryAfterMs: 1, times: 2 });
    const llm = connect(azure(), { ...OPERATIONS.chat, maxRetries: 0 });
    await expect(llm.invoke("Hello", { maxRetries: 2 })).resolves.toEqual(expect.any(String));
    expect(azure().requests).toHaveLength(3);
  });

  test("is each input's own in a batch", async () => {
    azure().fail({ status: 429, retryAfterMs: 1, match: "stubborn", times: 1 });
    azure().fail({ status: 429, retryAfterMs: 1, match: "easily", times: 1 });
    const results = await connect(azure(), OPERATIONS.completions).batch(
      ["stubborn", "easily discouraged"],
      [{ maxRetries: 3 }, { maxRetries: 0 }],
      { returnExceptions: true },
    );
    expect(results).toEqual([expect.any(String), expect.objectContaining({ code: "rate_limit" })]);
  });
});

test.each(EVERYWHERE)("%s: headers of a call go along with that call alone", async (_, place) => {
  const llm = connect(azure(), { ...place, configuration: { defaultHeaders: { "x-team": "search" } } });
  await llm.withConfig({ headers: { "x-bound": "1" } }).invoke("Hello", { headers: { "x-call": "2" } });
  await llm.invoke("Hello");
  expect(azure().requests[0]?.headers).toMatchObject({ "x-team": "search", "x-call": "2" });
  expect(azure().requests[1]?.headers).toMatchObject({ "x-team": "search" });
  expect(azure().requests[1]?.headers).not.toHaveProperty("x-call");
});

test.each(EVERYWHERE)("%s: a call's timeout is a TimeoutError that says so", async (_, place) => {
  azure().fail({ kind: "stall", times: Infinity });
  const error = await failureOf(connect(azure(), place).invoke("Hello", { timeout: 30 }));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ code: "timeout", scope: "total" });
  expect(String(error)).toContain("`timeout`");
});

test.each(EVERYWHERE)("%s: an abort while a stream arrives ends it and its connection", async (_, place) => {
  azure().respond("story", {
    chunks: Array.from({ length: 50 }, (__, index) => `${index} `),
    chunkDelayMs: 20,
  });
  const controller = new AbortController();
  const error = await failureOf(
    (async () => {
      const stream = await connect(azure(), place).stream("story", { signal: controller.signal });
      for await (const piece of stream) if (piece !== "") controller.abort();
    })(),
  );
  expect(String(error)).toMatch(/abort/i);
  await azure().settled();
  // On a busy machine a request of a test before may arrive as late as this.
  const stories = azure().requests.filter(({ prompts }) => prompts[0] === "story");
  expect(stories).toMatchObject([{ aborted: true }]);
});

test("instances with settings of their own do not mix, under concurrent calls", async () => {
  const cold = connect(azure(), { ...OPERATIONS.chat, temperature: 0, apiVersion: "2024-10-21" });
  const hot = connect(azure(), { ...OPERATIONS.completions, temperature: 2 });
  await Promise.all([cold.invoke("cold"), hot.invoke("hot"), cold.invoke("cold"), hot.invoke("hot")]);
  for (const { prompts, body, api, operation } of azure().requests) {
    expect([api, operation, (body as { temperature: number }).temperature]).toEqual(
      prompts[0] === "cold" ? ["dated", "chat", 0] : ["v1", "completions", 2],
    );
  }
});

test("a subclass of one's own keeps working", async () => {
  class Mine extends AzureOpenAI {
    override invocationParams(
      options?: this["ParsedCallOptions"],
    ): ReturnType<AzureOpenAI["invocationParams"]> {
      return { ...super.invocationParams(options), mine: true };
    }
  }
  azure().respond("Hello", "Hi.");
  const llm = new Mine({ azureEndpoint: azure().endpoint, apiKey: azure().apiKey, ...OPERATIONS.chat });
  await expect(llm.invoke("Hello")).resolves.toBe("Hi.");
});

test("no prompts have no completions, and nothing is asked", async () => {
  const llm = connect(azure(), OPERATIONS.completions);
  expect((await llm.generate([])).generations).toEqual([]);
  expect(azure().requests).toEqual([]);
});

test("a model is called in traces what it was named, and else after its class", () => {
  expect(connect(azure(), { name: "writer" }).getName()).toBe("writer");
  expect(connect(azure()).getName()).toBe("AzureOpenAI");
});

test("the tokens of a message's content are those of its text parts", async () => {
  const llm = connect(azure(), { model: "gpt-4o" });
  const parts = [
    { type: "text", text: "Tell me " },
    { type: "image_url", image_url: "https://example.com/picture.png" },
    { type: "text", text: "a joke" },
  ];
  expect(await llm.getNumTokens(parts)).toBe(await llm.getNumTokens("Tell me a joke"));
});

test("tokens are counted as the model that answered last does, where none was named", async () => {
  const text = "Überraschung für 東京";
  const named = (model: string) => connect(azure(), { model }).getNumTokens(text);
  expect(await named("gpt-35-turbo-instruct")).not.toBe(await named("gpt-4o"));
  const llm = connect(azure(), OPERATIONS.completions);
  expect(await llm.getNumTokens(text)).toBe(await named("gpt-4o"));
  await llm.invoke("Hello");
  expect(await llm.getNumTokens(text)).toBe(await named("gpt-35-turbo-instruct"));
});

describe("what LangChain could not keep to is a ConfigurationError at once", () => {
  const bad = (options: object): object => options; // what the compiler refuses, JavaScript does

  test.each(
    WAYS.flatMap(([way, ask]) =>
      [0, -1, 1.5, NaN, Infinity, 2 ** 40, "30"].map((timeout) => [way, ask, timeout] as const),
    ),
  )("by %s: a timeout of %2$p", async (_way, ask, timeout) => {
    const llm = connect(azure(), OPERATIONS.chat);
    const error = await failureOf(ask(llm, "Hello", bad({ timeout })));
    const message = expect.stringContaining("The `timeout` of a call must be a whole number") as unknown;
    expect(error).toMatchObject({ code: "configuration", message });
    expect(azure().requests).toEqual([]);
  });

  test.each([0, -1, 1.5, NaN, "x"])(
    "a batch of %p requests at a time, however said",
    async (maxConcurrency) => {
      const llm = connect(azure(), OPERATIONS.chat);
      for (const batch of [
        () => llm.batch(["a", "b"], bad({ maxConcurrency })),
        () => llm.batch(["a", "b"], {}, bad({ maxConcurrency })),
        () => llm.withConfig(bad({ maxConcurrency })).batch(["a", "b"]),
      ]) {
        const error = await failureOf(batch());
        const message = expect.stringContaining("The `maxConcurrency` of a call must be") as unknown;
        expect(error).toMatchObject({ code: "configuration", message });
      }
    },
  );

  test("an `onProgress` that is no function", async () => {
    const llm = connect(azure(), OPERATIONS.chat);
    const error = await failureOf(llm.batch(["a"], bad({ onProgress: 1 })));
    const message = expect.stringContaining("The `onProgress` of a call must be a function") as unknown;
    expect(error).toMatchObject({ code: "configuration", message });
  });
});
