import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { GenerationChunk } from "@langchain/core/outputs";
import {
  type AzureOpenAI,
  type AzureOpenAIInput,
  ContentFilterError,
  InterruptedStreamError,
} from "../../src/index.js";
import { bodies, collect, connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { EVERYWHERE, failureOf, OPERATIONS, ROUTES } from "./matrix.js";

const azure = useEmulator({
  deployments: {
    instruct: { model: "gpt-35-turbo-instruct" },
    chat: { model: "gpt-4o", modelVersion: "2024-11-20" },
    asynchronous: { model: "gpt-4o", contentFilter: "asynchronous" },
    old: { model: "gpt-35-turbo-instruct", streamUsage: "refuse" },
    "old-chat": { model: "gpt-4o", operations: ["chat"], streamUsage: "refuse" },
  },
});
useCleanEnvironment();

type Info = Record<string, unknown>;

/** A stream's chunks as LangChain hands them to callbacks, the last one too, put together. */
async function streamInfo(llm: AzureOpenAI, prompt: string): Promise<{ text: string; info: Info }> {
  let whole: GenerationChunk | undefined;
  const chunks = llm._streamResponseChunks(prompt, {});
  for await (const chunk of chunks) whole = whole?.concat(chunk) ?? chunk;
  return { text: whole?.text ?? "", info: { ...whole?.generationInfo } };
}

async function wholeInfo(llm: AzureOpenAI, prompt: string): Promise<{ text: string; info: Info }> {
  const { generations } = await llm.generate([prompt]);
  const [first] = generations[0] ?? [];
  return { text: first?.text ?? "", info: { ...first?.generationInfo } };
}

const READERS = [
  ["whole", wholeInfo],
  ["streamed", streamInfo],
  ["with streaming: true", (llm: AzureOpenAI, prompt: string) => wholeInfo(llm, prompt)],
] as const;

/** A model of a place, made for a reader. */
function model(reader: string, fields: AzureOpenAIInput): AzureOpenAI {
  return connect(azure(), { ...fields, streaming: reader === "with streaming: true", maxRetries: 0 });
}

describe.each(EVERYWHERE)("%s", (_, place) => {
  describe.each(READERS)("%s", (reader, read) => {
    test("tells finish reason, usage, provenance and the filter's verdicts", async () => {
      azure().respond("sea", "Wide and blue.");
      const { text, info } = await read(model(reader, place), "Describe the sea");
      expect(text).toBe("Wide and blue.");
      expect(info).toMatchObject({
        finishReason: "stop",
        id: expect.any(String),
        modelName: place.deploymentName === "chat" ? "gpt-4o-2024-11-20" : "gpt-35-turbo-instruct",
        deploymentName: place.deploymentName,
        operation: place.operation,
        requestId: expect.any(String),
        region: "East US",
        contentFilterResults: { hate: { filtered: false, severity: "safe" } },
        promptFilterResults: expect.anything(),
        tokenUsage: {
          promptTokens: expect.any(Number),
          completionTokens: expect.any(Number),
          totalTokens: expect.any(Number),
        },
      });
      expect(JSON.stringify(info)).not.toContain("estimated");
    });

    test("tells that the limit of tokens ended it", async () => {
      azure().respond(
        "count",
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen",
      );
      const { info } = await read(model(reader, { ...place, maxTokens: 16 }), "count");
      expect(info["finishReason"]).toBe("length");
    });

    test("throws where the filter cut everything, with what was written before", async () => {
      azure().respond("story", "Once upon a time there was a dragon and the end.");
      azure().filterCompletion("dragon", { keepPartialText: true });
      const error = await failureOf(read(model(reader, place), "story"));
      expect(error).toBeInstanceOf(ContentFilterError);
      expect(error).toMatchObject({ source: "completion" });
      expect((error as ContentFilterError).partialText).toMatch(/^Once upon a time there was/);
    });

    test("returns what is left of a cut text when asked to", async () => {
      azure().respond("story", "Once upon a time there was a dragon and the end.");
      azure().filterCompletion("dragon", { keepPartialText: true });
      const { text, info } = await read(model(reader, { ...place, onContentFilter: "return" }), "story");
      expect(text).toMatch(/^Once upon a time there was/);
      expect(info["finishReason"]).toBe("content_filter");
    });

    test("throws where the filter refused the prompt, with the categories", async () => {
      azure().filterPrompt("bad", { category: "hate" });
      const error = await failureOf(read(model(reader, place), "something bad"));
      expect(error).toBeInstanceOf(ContentFilterError);
      expect(error).toMatchObject({
        source: "prompt",
        status: 400,
        deploymentName: place.deploymentName,
        categories: { hate: { filtered: true } },
      });
      expect(azure().requests).toHaveLength(1);
    });
  });

  test("streamed and whole are the same generation", async () => {
    azure().respond("sea", "Wide, deep\nand blue. Ünïcödé 🌊!");
    const fields = { ...place, logprobs: 2, ...(place.operation !== "responses" && { seed: 7 }) };
    const [whole, streamed, collected] = [
      await wholeInfo(model("whole", fields), "the sea"),
      await streamInfo(model("streamed", fields), "the sea"),
      await wholeInfo(model("with streaming: true", fields), "the sea"),
    ];
    const withoutIds = ({ text, info }: { text: string; info: Info }): unknown => {
      const { id: _id, requestId: _requestId, ...rest } = info;
      return { text, ...rest };
    };
    expect(withoutIds(collected)).toEqual(withoutIds(whole));
    expect(withoutIds(streamed)).toEqual(withoutIds(whole));
    expect(whole.info["logprobs"]).toMatchObject({
      tokens: expect.any(Array),
      token_logprobs: expect.any(Array),
    });
    if (place.operation !== "responses") expect(whole.info["systemFingerprint"]).toBe("fp_emulated");
  });

  test("a stream that is cut off says so, with what arrived", async () => {
    azure().respond("story", { chunks: ["Once ", "upon ", "a time"] });
    azure().fail({ kind: "cut-stream", afterChunks: 5 });
    const pieces: string[] = [];
    const error = await failureOf(
      (async () => {
        for await (const piece of await connect(azure(), { ...place, maxRetries: 0 }).stream("story"))
          pieces.push(piece);
      })(),
    );
    expect(error).toBeInstanceOf(InterruptedStreamError);
    expect((error as InterruptedStreamError).partialText).toBe(pieces.join(""));
    expect(pieces.join("")).not.toBe("");
  });

  test("leaving a stream's loop early closes its connection", async () => {
    azure().respond("story", {
      chunks: Array.from({ length: 50 }, (_, index) => `${index} `),
      chunkDelayMs: 20,
    });
    for await (const piece of await connect(azure(), place).stream("story")) if (piece !== "") break;
    await azure().settled();
    expect(azure().requests).toMatchObject([{ aborted: true }]);
  });

  test("usage of several prompts is summed", async () => {
    const llm = connect(azure(), { ...place, batchSize: 2 });
    const { generations, llmOutput } = await llm.generate(["one", "two", "three"]);
    const usages = generations.map(
      ([first]) => first?.generationInfo?.["tokenUsage"] as { totalTokens: number },
    );
    expect(azure().requests).toHaveLength(place.operation === "completions" ? 2 : 3);
    expect(llmOutput?.["tokenUsage"]).toMatchObject({
      totalTokens: usages.reduce((sum, { totalTokens }) => sum + totalTokens, 0),
    });
  });
});

describe("streaming: true", () => {
  const told: unknown[] = [];
  class Listener extends BaseCallbackHandler {
    name = "listener";
    override handleLLMNewToken(token: string, indices: unknown): void {
      told.push([token, indices]);
    }
  }

  test.each([
    ["completions", OPERATIONS.completions],
    ["chat", OPERATIONS.chat],
  ])("on %s with n above 1 tells tokens by prompt and completion", async (_, place) => {
    told.length = 0;
    azure().respond(/[ab]/, (prompt, { index }) => `${prompt}${index}`);
    const llm = connect(azure(), { ...place, n: 2, streaming: true, callbacks: [new Listener()] });
    const { generations } = await llm.generate(["a", "b"]);
    expect(generations.map((each) => each.map(({ text }) => text))).toEqual([
      ["a0", "a1"],
      ["b0", "b1"],
    ]);
    const texts: Record<string, string> = {};
    for (const [token, { prompt, completion }] of told as [
      string,
      { prompt: number; completion: number },
    ][]) {
      texts[`${prompt} ${completion}`] = (texts[`${prompt} ${completion}`] ?? "") + token;
    }
    expect(texts).toEqual({ "0 0": "a0", "0 1": "a1", "1 0": "b0", "1 1": "b1" });
  });

  test("on responses gives n completions, though a stream has one", async () => {
    told.length = 0;
    azure().respond("a", "word");
    const llm = connect(azure(), {
      ...OPERATIONS.responses,
      n: 3,
      streaming: true,
      callbacks: [new Listener()],
    });
    const { generations, llmOutput } = await llm.generate(["a"]);
    expect(generations[0]?.map(({ text }) => text)).toEqual(["word", "word", "word"]);
    expect(told).toEqual([0, 1, 2].map((completion) => ["word", { prompt: 0, completion }]));
    const [first] = generations[0] ?? [];
    expect(llmOutput?.["tokenUsage"]).toEqual(first?.generationInfo?.["tokenUsage"]);
    expect(llmOutput?.["tokenUsage"]).toMatchObject({ completionTokens: 3 });
  });

  test("one prompt's failure ends the streams of the others", async () => {
    azure().filterPrompt("bad");
    azure().respond("story", {
      chunks: Array.from({ length: 50 }, (_, index) => `${index} `),
      chunkDelayMs: 20,
    });
    const llm = connect(azure(), { ...OPERATIONS.chat, streaming: true });
    const error = await failureOf(llm.generate(["story", "bad"]));
    expect(error).toMatchObject({ promptIndex: 1 });
    await azure().settled();
    expect(azure().requests.find(({ prompts }) => prompts[0] === "story")).toMatchObject({ aborted: true });
  });
});

test.each(EVERYWHERE)("%s: .stream() refuses n above 1, without a request", async (_, place) => {
  const error = await failureOf(
    connect(azure(), { ...place, n: 2 })
      .stream("Hello")
      .then(collect),
  );
  expect(String(error)).toMatch(/`n`.*`generate`/);
  expect(azure().requests).toHaveLength(0);
});

test("one cut completion of several is a finish reason", async () => {
  azure().respond("story", (_, { index }) => (index === 0 ? "A dragon." : "A harbour."));
  azure().filterCompletion("dragon");
  const { generations } = await connect(azure(), { ...OPERATIONS.chat, n: 2 }).generate(["story"]);
  expect(generations[0]?.map(({ generationInfo }) => generationInfo?.["finishReason"])).toEqual([
    "content_filter",
    "stop",
  ]);
});

describe("a stream's usage", () => {
  test.each(["old", "old-chat"])(
    "is asked for once where %s refuses stream_options",
    async (deploymentName) => {
      const llm = connect(azure(), {
        deploymentName,
        operation: deploymentName === "old" ? "completions" : "chat",
      });
      await collect(await llm.stream("Hello"));
      await collect(await llm.stream("Hello"));
      expect(bodies(azure()).map((body) => "stream_options" in body)).toEqual([true, false, false]);
      expect(azure().requests.map(({ status }) => status)).toEqual([400, 200, 200]);
    },
  );

  test("is not asked for where streamUsage is false", async () => {
    await collect(await connect(azure(), { ...OPERATIONS.chat, streamUsage: false }).stream("Hello"));
    expect(bodies(azure())[0]).not.toHaveProperty("stream_options");
  });
});

test("an asynchronous filter's annotation-only chunks neither fail nor show as text", async () => {
  azure().respond("sea", "Wide and blue.");
  const place = { deploymentName: "asynchronous", operation: "chat", ...ROUTES.dated } as const;
  const { text, info } = await streamInfo(connect(azure(), place), "the sea");
  expect(text).toBe("Wide and blue.");
  expect(info).toMatchObject({ finishReason: "stop", contentFilterResults: expect.anything() });
});

test("a refusal of a chat model is its text and is marked", async () => {
  azure().respond("harm", { refusal: "I cannot help with that." });
  for (const read of [wholeInfo, streamInfo]) {
    const { text, info } = await read(connect(azure(), OPERATIONS.chat), "harm");
    expect(text).toBe("I cannot help with that.");
    expect(info["refusal"]).toBe("I cannot help with that.");
  }
});
