import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { InMemoryCache } from "@langchain/core/caches";
import type { Generation, LLMResult } from "@langchain/core/outputs";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { PromptTemplate } from "@langchain/core/prompts";
import { type BatchProgress, ContentFilterError } from "../../src/index.js";
import { connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

const azure = useEmulator();
useCleanEnvironment();

const COMPLETIONS = { deploymentName: "instruct", operation: "completions" } as const;
const CHAT = { deploymentName: "chat", operation: "chat" } as const;

/** Prompts whose answers show which was which. */
function prompts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `prompt ${index}.`);
}

function answers(count: number): string[] {
  return prompts(count).map((prompt) => `<${prompt}>`);
}

beforeEach(() => {
  azure().respond(/./, (prompt) => ({ text: `<${prompt}>`, delayMs: 2 }));
});

test("20 prompts are one completions request", async () => {
  await expect(connect(azure(), COMPLETIONS).batch(prompts(20))).resolves.toEqual(answers(20));
  expect(azure().requests).toHaveLength(1);
});

test("many prompts are no more requests than they fill", async () => {
  await expect(connect(azure(), COMPLETIONS).batch(prompts(450))).resolves.toEqual(answers(450));
  expect(azure().requests).toHaveLength(23);
});

test.each([
  ["a sequence", (llm: ReturnType<typeof connect>) => PromptTemplate.fromTemplate("{x}").pipe(llm)],
  [
    "withConfig",
    (llm: ReturnType<typeof connect>) =>
      PromptTemplate.fromTemplate("{x}").pipe(llm.withConfig({ tags: ["t"] })),
  ],
  [
    "withRetry",
    (llm: ReturnType<typeof connect>) => PromptTemplate.fromTemplate("{x}").pipe(llm.withRetry()),
  ],
  [
    "withFallbacks",
    (llm: ReturnType<typeof connect>) => PromptTemplate.fromTemplate("{x}").pipe(llm.withFallbacks([llm])),
  ],
  [
    "withListeners",
    (llm: ReturnType<typeof connect>) => PromptTemplate.fromTemplate("{x}").pipe(llm.withListeners({})),
  ],
  [
    "a parser",
    (llm: ReturnType<typeof connect>) =>
      PromptTemplate.fromTemplate("{x}").pipe(llm).pipe(new StringOutputParser()),
  ],
])("20 inputs of %s are one request", async (_, wrap) => {
  const chain = wrap(connect(azure(), COMPLETIONS));
  await expect(chain.batch(prompts(20).map((x) => ({ x })))).resolves.toEqual(answers(20));
  expect(azure().requests).toHaveLength(1);
});

test("chat gets one request a prompt, five at a time at most when told so", async () => {
  const llm = connect(azure(), CHAT);
  await expect(llm.batch(prompts(60), { maxConcurrency: 5 })).resolves.toEqual(answers(60));
  expect(azure().requests).toHaveLength(60);
  expect(azure().inFlight.most).toBe(5);
});

test("the model's own maxConcurrency holds for invoke, stream and batch together", async () => {
  const llm = connect(azure(), { ...CHAT, maxConcurrency: 4 });
  await Promise.all([
    llm.batch(prompts(20)),
    ...prompts(10).map((prompt) => llm.invoke(prompt)),
    ...prompts(10).map(async (prompt) => {
      for await (const _ of await llm.stream(prompt));
    }),
  ]);
  expect(azure().inFlight.most).toBeLessThanOrEqual(4);
});

test("each input has a run, a share of the usage and metadata of its own", async () => {
  class Listener extends BaseCallbackHandler {
    name = "listener";
    readonly starts = new Map<string, { prompts: string[]; metadata: unknown }>();
    readonly ends = new Map<string, LLMResult>();
    override handleLLMStart(
      _llm: unknown,
      asked: string[],
      runId: string,
      _parent?: string,
      _extra?: unknown,
      _tags?: string[],
      metadata?: Record<string, unknown>,
    ): void {
      this.starts.set(runId, { prompts: asked, metadata });
    }
    override handleLLMEnd(output: LLMResult, runId: string): void {
      this.ends.set(runId, output);
    }
  }
  const listener = new Listener();
  await connect(azure(), COMPLETIONS).batch(
    prompts(3),
    prompts(3).map((_, row) => ({ metadata: { row }, callbacks: [listener] })),
  );

  expect(azure().requests).toHaveLength(1);
  const runs = [...listener.starts.entries()];
  expect(runs).toHaveLength(3);
  for (const [row, [runId, { prompts: asked, metadata }]] of runs.entries()) {
    expect(asked).toEqual([`prompt ${row}.`]);
    expect(metadata).toMatchObject({ row });
    expect(listener.ends.get(runId)).toMatchObject({
      generations: [[{ text: `<prompt ${row}.>` }]],
      llmOutput: { tokenUsage: { totalTokens: expect.any(Number), estimated: true } },
    });
  }
});

test("shares of the usage sum to what the service counted", async () => {
  const llm = connect(azure(), COMPLETIONS);
  const whole = await llm.generate(prompts(7));
  const shares = whole.generations.map(
    ([first]) => (first?.generationInfo?.["tokenUsage"] as { totalTokens: number }).totalTokens,
  );
  expect(azure().requests).toHaveLength(1);
  expect(shares.every(Number.isInteger)).toBe(true);
  expect(whole.llmOutput?.["tokenUsage"]).toMatchObject({
    totalTokens: shares.reduce((sum, one) => sum + one, 0),
  });
});

describe("one filtered prompt", () => {
  beforeEach(() => {
    azure().filterPrompt("prompt 13.");
  });

  test("spoils only itself when failures are returned, and says which it was", async () => {
    const results = await connect(azure(), COMPLETIONS).batch(prompts(20), {}, { returnExceptions: true });
    expect(results[13]).toBeInstanceOf(ContentFilterError);
    expect(results[13]).toMatchObject({ promptIndex: 13, code: "content_filter" });
    expect(results.toSpliced(13, 1)).toEqual(answers(20).toSpliced(13, 1));
    expect(azure().requests.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(20)));
  });

  test("fails the batch otherwise, naming it", async () => {
    await expect(connect(azure(), COMPLETIONS).batch(prompts(20))).rejects.toMatchObject({ promptIndex: 13 });
  });

  test("fails generate, naming it", async () => {
    await expect(connect(azure(), COMPLETIONS).generate(prompts(20))).rejects.toMatchObject({
      promptIndex: 13,
    });
  });
});

test("a completion that the filter cut is one input's failure, too", async () => {
  azure().filterCompletion("prompt 2.");
  const results = await connect(azure(), COMPLETIONS).batch(prompts(4), {}, { returnExceptions: true });
  expect(results[2]).toMatchObject({ code: "content_filter", promptIndex: 2 });
  expect(azure().requests).toHaveLength(1);
});

test("a failing batch sends nothing more", async () => {
  azure().filterPrompt("prompt 3.");
  const llm = connect(azure(), { ...CHAT, maxConcurrency: 2 });
  await expect(llm.batch(prompts(200))).rejects.toBeInstanceOf(ContentFilterError);
  await llm.invoke("another");
  expect(azure().requests.length).toBeLessThan(20);
});

test("an aborted batch sends nothing more", async () => {
  const controller = new AbortController();
  azure().fail({ kind: "stall", times: Infinity });
  const llm = connect(azure(), { ...CHAT, maxConcurrency: 2 });
  const ended = expect(llm.batch(prompts(50), { signal: controller.signal })).rejects.toThrow(/abort/i);
  await azure().received(2);
  controller.abort();
  await ended;
  await azure().settled();
  expect(azure().requests).toHaveLength(2);
});

test("inputs that had not begun when a batch was aborted end with it, without runs of their own", async () => {
  const controller = new AbortController();
  azure().fail({ kind: "stall", times: Infinity });
  let started = 0;
  class Starts extends BaseCallbackHandler {
    name = "starts";
    override handleLLMStart(): void {
      started++;
    }
  }
  const running = connect(azure(), { ...CHAT, maxConcurrency: 2 }).batch(
    prompts(2000),
    { signal: controller.signal, callbacks: [new Starts()] },
    { returnExceptions: true },
  );
  await azure().received(2);
  controller.abort();
  const results = await running;
  expect(results.map((one) => (typeof one === "string" ? one : one.name))).toEqual(
    Array<string>(2000).fill("AbortError"),
  );
  expect(started).toBeLessThan(1000);
});

test("inputs under signals of their own end on their own", async () => {
  azure().fail({ kind: "stall", match: "prompt 1.", times: 1 });
  const controller = new AbortController();
  const running = connect(azure(), CHAT).batch(
    prompts(3),
    prompts(3).map((_, index) => (index === 1 ? { signal: controller.signal } : {})),
    { returnExceptions: true },
  );
  await azure().received(3);
  controller.abort();
  expect(await running).toEqual([
    "<prompt 0.>",
    expect.objectContaining({ name: "AbortError" }),
    "<prompt 2.>",
  ]);
});

test("options that do not match the inputs reject", async () => {
  const running = connect(azure(), CHAT).batch(prompts(3), [{}]);
  await expect(running).rejects.toThrow(/1 options for 3 inputs/);
});

describe("progress", () => {
  test("adds up, ends with the totals and knows of retries", async () => {
    azure().filterPrompt("prompt 3.");
    azure().fail({ status: 429, retryAfterMs: 1 });
    const told: BatchProgress[] = [];
    await connect(azure(), COMPLETIONS).batch(
      prompts(50),
      { onProgress: (progress: BatchProgress) => told.push(progress) },
      { returnExceptions: true },
    );
    expect(told.at(-1)).toMatchObject({ done: 49, failed: 1, total: 50 });
    expect(told.at(-1)?.retries).toBeGreaterThan(0);
    const sums = told.map(({ done, failed }) => done + failed);
    expect(sums).toEqual([...sums].sort((a, b) => a - b));
  });

  test("counts a request that is tried again once, however many prompts share it", async () => {
    azure().fail({ status: 429, retryAfterMs: 1 });
    const told: BatchProgress[] = [];
    await connect(azure(), COMPLETIONS).batch(prompts(10), {
      onProgress: (progress: BatchProgress) => told.push(progress),
    });
    expect(told.at(-1)).toMatchObject({ done: 10, retries: 1, waitingMs: 0 });
  });

  test.each([
    [
      "throws",
      (): never => {
        throw new Error("a listener's own");
      },
    ],
    ["rejects", () => Promise.reject(new Error("a listener's own"))],
  ])("of a listener that %s costs no answer, nor the process its life", async (_how, fail) => {
    const written = jest.spyOn(console, "error").mockImplementation(() => undefined);
    azure().fail({ status: 429, retryAfterMs: 1 });
    try {
      // What the compiler refuses, JavaScript does.
      const told = fail as () => never;
      const llm = connect(azure(), { ...COMPLETIONS, onRetry: told });
      await expect(llm.batch(prompts(3), { onProgress: told })).resolves.toHaveLength(3);
      expect(written).toHaveBeenCalledWith("Error in `onRetry`:", expect.any(Error));
      expect(written).toHaveBeenCalledWith("Error in `onProgress`:", expect.any(Error));
    } finally {
      written.mockRestore();
    }
  });

  test("comes through a chain", async () => {
    const told: BatchProgress[] = [];
    await PromptTemplate.fromTemplate("{x}")
      .pipe(
        connect(azure(), COMPLETIONS).withConfig({
          onProgress: (progress: BatchProgress) => told.push(progress),
        }),
      )
      .batch(prompts(5).map((x) => ({ x })));
    expect(told.at(-1)).toMatchObject({ done: 5, total: 5 });
  });
});

test("a batch in a batch's callback does not take its place", async () => {
  const llm = connect(azure(), COMPLETIONS);
  const inner: string[] = [];
  await llm.batch(prompts(2), {
    callbacks: [
      {
        awaitHandlers: true,
        handleLLMStart: async () => {
          inner.push(await llm.invoke("inner"));
        },
      },
    ],
  });
  expect(inner).toEqual(["<inner>", "<inner>"]);
});

describe("coalesce", () => {
  test("groups the invokes of one turn", async () => {
    const llm = connect(azure(), { ...COMPLETIONS, coalesce: true });
    await expect(Promise.all(prompts(20).map((prompt) => llm.invoke(prompt)))).resolves.toEqual(answers(20));
    expect(azure().requests).toHaveLength(1);
  });

  test("fails one without the others", async () => {
    azure().filterPrompt("prompt 1.");
    const llm = connect(azure(), { ...COMPLETIONS, coalesce: true });
    const results = await Promise.allSettled(prompts(4).map((prompt) => llm.invoke(prompt)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
  });

  test("keeps calls with options of their own apart", async () => {
    const llm = connect(azure(), { ...COMPLETIONS, coalesce: true });
    await Promise.all([llm.invoke("a"), llm.invoke("b", { temperature: 0 }), llm.invoke("c")]);
    expect(azure().requests.map(({ prompts: asked }) => asked)).toEqual(
      expect.arrayContaining([["a", "c"], ["b"]]),
    );
  });

  test("is off by default: invokes are not mixed", async () => {
    const llm = connect(azure(), COMPLETIONS);
    await Promise.all(prompts(5).map((prompt) => llm.invoke(prompt)));
    expect(azure().requests).toHaveLength(5);
  });
});

test("a batch that was aborted for a reason that is no error has errors as results", async () => {
  const results = await connect(azure(), CHAT).batch(
    ["a"],
    { signal: AbortSignal.abort("enough") },
    { returnExceptions: true },
  );
  expect(results).toEqual([expect.any(Error)]);
  expect(azure().requests).toEqual([]);
});

test("a run's id is the first input's, as there is one run with it", async () => {
  const started: string[] = [];
  const runId = "11111111-1111-4111-8111-111111111111";
  class Starts extends BaseCallbackHandler {
    name = "starts";
    override handleLLMStart(_llm: unknown, _prompts: string[], id: string): void {
      started.push(id);
    }
  }
  await connect(azure(), COMPLETIONS).batch(["a", "b", "c"], { runId, callbacks: [new Starts()] });
  expect(started).toHaveLength(3);
  expect(new Set(started).size).toBe(3);
  expect(started.filter((id) => id === runId)).toHaveLength(1);
});

test("what is thrown and is no error is one in its place", async () => {
  const reason: unknown = "no more";
  class Full extends InMemoryCache {
    override lookup(prompt: string, key: string): Promise<Generation[] | null> {
      return prompt === "prompt 1." ? Promise.reject(reason) : super.lookup(prompt, key);
    }
  }
  const llm = connect(azure(), { ...COMPLETIONS, cache: new Full() });
  const found = await llm.batch(prompts(3), {}, { returnExceptions: true });
  expect(found).toEqual(["<prompt 0.>", expect.any(Error), "<prompt 2.>"]);
  expect(found[1]).toMatchObject({ message: "no more", cause: reason });
});
