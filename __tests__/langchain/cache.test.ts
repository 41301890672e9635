import { BaseCache, InMemoryCache } from "@langchain/core/caches";
import type { Generation } from "@langchain/core/outputs";
import { BaseTracer, type Run } from "@langchain/core/tracers/base";
import type { AzureOpenAIInput } from "../../src/index.js";
import { connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

const azure = useEmulator();
useCleanEnvironment();

/** A cache whose answers come in the reverse order of the questions. */
class LateCache extends BaseCache {
  readonly #kept = new InMemoryCache();
  #turns = 64;

  async lookup(prompt: string, key: string): Promise<Generation[] | null> {
    for (let turn = this.#turns--; turn > 0; turn -= 1) await Promise.resolve();
    return this.#kept.lookup(prompt, key);
  }

  update(prompt: string, key: string, value: Generation[]): Promise<void> {
    return this.#kept.update(prompt, key, value);
  }
}

beforeEach(() => {
  azure().respond(/./, (prompt, { deployment, index }) => `${deployment} ${prompt} ${index}`);
});

test("the second time a prompt is answered without a request", async () => {
  const llm = connect(azure(), { cache: new InMemoryCache() });
  const answers = [await llm.invoke("a"), await llm.invoke("a")];
  expect(answers[0]).toBe(answers[1]);
  expect(azure().requests).toHaveLength(1);
});

describe("what makes another key", () => {
  const base: AzureOpenAIInput = {
    deploymentName: "instruct",
    apiVersion: "2024-10-21",
    operation: "completions",
  };
  const others: readonly (readonly [string, AzureOpenAIInput])[] = [
    ["the deployment", { deploymentName: "gpt-35-turbo-instruct-0914" }],
    ["the version", { apiVersion: "2024-06-01" }],
    ["the API", { apiVersion: "v1" }],
    ["the operation", { operation: "auto" }],
    ["a parameter", { temperature: 0 }],
    ["a parameter of its own", { seed: 0 }],
    ["a field of modelKwargs", { modelKwargs: { cache_level: 1 } }],
    ["an echo", { echo: true }],
    ["a suffix", { suffix: "." }],
    ["what is returned of a filtered text", { onContentFilter: "return" }],
  ];

  test.each(others)("%s", async (_, other) => {
    const cache = new InMemoryCache<Generation[]>();
    await connect(azure(), { ...base, cache }).invoke("a");
    await connect(azure(), { ...base, cache, ...other }).invoke("a");
    expect(azure().requests).toHaveLength(2);
  });

  test.each([
    { temperature: 0 },
    { stop: ["x"] },
    { n: 2 },
    { modelKwargs: { cache_level: 1 } },
    { maxTokens: 9 },
  ])("the call option %o", async (option) => {
    const llm = connect(azure(), { ...base, cache: new InMemoryCache() });
    await llm.invoke("a");
    await llm.invoke("a", option);
    await llm.withConfig(option).invoke("a");
    expect(azure().requests).toHaveLength(2);
  });

  test("the order of deployments' places among several", async () => {
    const cache = new InMemoryCache<Generation[]>();
    const [one, other] = [{ deploymentName: "instruct" }, { deploymentName: "gpt-35-turbo-instruct-0914" }];
    const shared = { azureEndpoint: azure().endpoint, apiKey: azure().apiKey, cache };
    const keyOf = (deployments: AzureOpenAIInput["deployments"]): string =>
      connect(azure(), {
        ...shared,
        deploymentName: undefined,
        deployments,
      })._getSerializedCacheKeyParametersForCall({});
    expect(new Set([keyOf([one]), keyOf([other]), keyOf([one, other])]).size).toBe(3);
  });
});

describe("what makes no other key", () => {
  test.each([
    ["a signal", { signal: new AbortController().signal }],
    ["a timeout", { timeout: 10_000 }],
    ["headers", { headers: { "x-team": "search" } }],
    ["a priority", { priority: 3 }],
    ["tags and metadata", { tags: ["a"], metadata: { b: 1 } }],
    ["an option that says what is anyway", { temperature: 0.7 }],
  ])("%s", async (_, option) => {
    const llm = connect(azure(), { operation: "completions", cache: new InMemoryCache() });
    await llm.invoke("a");
    await llm.invoke("a", option);
    expect(azure().requests).toHaveLength(1);
  });

  test("what was learnt of the deployment", async () => {
    const llm = connect(azure(), { deploymentName: "reasoning", maxTokens: 200, cache: new InMemoryCache() });
    const before = llm._getSerializedCacheKeyParametersForCall({});
    await llm.invoke("a");
    expect(llm._getSerializedCacheKeyParametersForCall({})).toBe(before);
  });
});

describe.each([
  ["in memory", () => new InMemoryCache<Generation[]>()],
  ["that answers late and out of order", () => new LateCache()],
])("with a cache %s", (_, makeCache) => {
  test("a partly cached generate returns every answer in place", async () => {
    const llm = connect(azure(), { deploymentName: "instruct", cache: makeCache() });
    await llm.generate(["b", "d"]);
    const { generations } = await llm.generate(["a", "b", "c", "d", "e"]);
    expect(generations.map(([first]) => first?.text)).toEqual(
      ["a", "b", "c", "d", "e"].map((prompt) => `instruct ${prompt} 0`),
    );
    expect(azure().requests.map(({ prompts }) => [...prompts].sort())).toEqual([
      ["b", "d"],
      ["a", "c", "e"],
    ]);
  });

  test("a partly cached batch returns every answer in place, of the others in one request", async () => {
    const llm = connect(azure(), { deploymentName: "instruct", cache: makeCache() });
    await llm.batch(["b", "d"]);
    await expect(llm.batch(["a", "b", "c", "d", "e"])).resolves.toEqual(
      ["a", "b", "c", "d", "e"].map((prompt) => `instruct ${prompt} 0`),
    );
    expect(azure().requests.map(({ prompts }) => [...prompts].sort())).toEqual([
      ["b", "d"],
      ["a", "c", "e"],
    ]);
  });

  test("n completions are kept together", async () => {
    const llm = connect(azure(), { deploymentName: "instruct", n: 2, cache: makeCache() });
    const [first, second] = [await llm.generate(["a"]), await llm.generate(["a"])];
    expect(second.generations[0]?.map(({ text }) => text)).toEqual(
      first.generations[0]?.map(({ text }) => text),
    );
    expect(second.generations[0]).toHaveLength(2);
    expect(azure().requests).toHaveLength(1);
  });
});

test("the error of a partly cached generate names the caller's prompt", async () => {
  azure().filterPrompt("bad");
  const llm = connect(azure(), { cache: new InMemoryCache() });
  await llm.generate(["a", "b"]);
  await expect(llm.generate(["a", "b", "c", "bad"])).rejects.toMatchObject({ promptIndex: 3 });
});

test("a value that completions sends anyway is another key where it is not known to be completions", async () => {
  const llm = connect(azure(), { deploymentName: "chat", cache: new InMemoryCache() });
  await llm.invoke("a");
  await llm.invoke("a", { temperature: 0.7 });
  expect(azure().requests.map(({ body }) => (body as { temperature?: number }).temperature)).toEqual([
    undefined,
    0.7,
  ]);
});

test("the order in which parameters were said makes no difference", () => {
  const one = connect(azure(), { temperature: 0 })._getSerializedCacheKeyParametersForCall({ seed: 1 });
  const other = connect(azure(), { seed: 1 })._getSerializedCacheKeyParametersForCall({ temperature: 0 });
  expect(one).toBe(other);
});

test("another context window is another key where an answer may fill it", () => {
  const keyOf = (contextWindow: number, maxTokens: number): string =>
    connect(azure(), { contextWindow, maxTokens })._getSerializedCacheKeyParametersForCall({});
  expect(keyOf(2048, -1)).not.toBe(keyOf(4096, -1));
  expect(keyOf(2048, 9)).toBe(keyOf(4096, 9));
});

test("usage is not counted again for a cached answer", async () => {
  const llm = connect(azure(), { cache: new InMemoryCache() });
  await llm.invoke("a");
  const { generations, llmOutput } = await llm.generate(["a"]);
  expect(generations[0]?.[0]?.generationInfo?.["tokenUsage"]).toEqual({});
  expect(llmOutput?.["tokenUsage"] ?? {}).toEqual({});
});

test("a cached answer leaves what the first caller and its tracer hold as it was", async () => {
  const runs: Run[] = [];
  class Tracer extends BaseTracer {
    name = "tracer";
    protected persistRun(run: Run): Promise<void> {
      runs.push(run);
      return Promise.resolve();
    }
  }
  const llm = connect(azure(), { cache: new InMemoryCache(), callbacks: [new Tracer()] });
  const { generations } = await llm.generate(["a"]);
  await llm.generate(["a"]);
  const usage = { totalTokens: expect.any(Number) };
  expect(generations[0]?.[0]?.generationInfo).toMatchObject({ tokenUsage: usage });
  expect(runs[0]?.outputs).toMatchObject({ generations: [[{ generationInfo: { tokenUsage: usage } }]] });
});

test("a failed call is not kept", async () => {
  azure().fail({ status: 400 });
  const llm = connect(azure(), { operation: "completions", cache: new InMemoryCache() });
  await expect(llm.invoke("a")).rejects.toThrow();
  await expect(llm.invoke("a")).resolves.toContain("a");
});
