/* eslint-disable @typescript-eslint/no-deprecated -- LangChain calls it deprecated; its users have it all the same. */
import { inspect } from "node:util";

import { PromptTemplate } from "@langchain/core/prompts";
import { RedisCache } from "@langchain/redis";
import { createClient } from "redis";
import { startEmulator } from "../../src/emulator/index.js";
import type { AzureOpenAIInput } from "../../src/index.js";
import { OPERATIONS } from "../llms/matrix.js";
import { connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { describeRedis, type RedisServer, startRedis } from "./redis-server.js";

/** What neither a key nor a value of the cache may hold. */
const MARK = "s3cr3t-m4rk";

const azure = useEmulator({ apiKey: `key-${MARK}`, tokens: [`token-${MARK}`] });
useCleanEnvironment();

describeRedis("the cache in Redis", () => {
  let server: RedisServer;
  let redis: ReturnType<typeof createClient>;
  let cache: RedisCache;

  beforeAll(async () => {
    server = await startRedis();
    redis = createClient({ url: server.url });
    await redis.connect();
    cache = new RedisCache(redis);
  });

  beforeEach(async () => {
    await redis.flushAll();
    azure().respond(/./, (prompt, { deployment, index }) => `${deployment} ${prompt} ${index}`);
  });

  afterAll(async () => {
    await redis.disconnect();
    await server.stop();
  });

  /** Everything that Redis holds. */
  async function scan(): Promise<readonly (readonly [string, string])[]> {
    const entries: [string, string][] = [];
    for await (const key of redis.scanIterator()) entries.push([key, (await redis.get(key)) ?? ""]);
    return entries;
  }

  test.each(Object.entries(OPERATIONS))("answers %s the second time, as the first", async (_, fields) => {
    const first = await connect(azure(), { ...fields, n: 1, cache }).generate(["a"]);
    const second = await connect(azure(), { ...fields, n: 1, cache }).generate(["a"]);
    expect(second.generations.map(([answer]) => answer?.text)).toEqual(
      first.generations.map(([answer]) => answer?.text),
    );
    expect(azure().requests).toHaveLength(1);
  });

  test("keeps all completions of a prompt", async () => {
    const fields: AzureOpenAIInput = { ...OPERATIONS.completions, n: 3, cache };
    await connect(azure(), fields).generate(["a"]);
    const { generations } = await connect(azure(), fields).generate(["a"]);
    expect(generations[0]?.map(({ text }) => text)).toEqual([0, 1, 2].map((index) => `instruct a ${index}`));
    expect(azure().requests).toHaveLength(1);
  });

  test("never shares an answer between two resources", async () => {
    const other = await startEmulator();
    other.respond(/./, "from the other");
    await connect(azure(), { deploymentName: "instruct", cache }).invoke("a");
    await expect(connect(other, { deploymentName: "instruct", cache }).invoke("a")).resolves.toBe(
      "from the other",
    );
    await other.close();
  });

  describe("never shares an answer between", () => {
    const base: AzureOpenAIInput = { deploymentName: "instruct", apiVersion: "2024-10-21" };

    test.each<[string, AzureOpenAIInput, string]>([
      ["two deployments", { deploymentName: "gpt-35-turbo-instruct-0914" }, "gpt-35-turbo-instruct-0914 a 0"],
      ["two operations", { operation: "completions" }, "instruct a 0"],
      ["two versions of the API", { apiVersion: "2024-06-01" }, "instruct a 0"],
      ["the dated API and v1", { apiVersion: "v1" }, "instruct a 0"],
      ["two values of a parameter", { temperature: 0 }, "instruct a 0"],
    ])("%s", async (_, other, answer) => {
      await connect(azure(), { ...base, cache }).invoke("a");
      await expect(connect(azure(), { ...base, ...other, cache }).invoke("a")).resolves.toBe(answer);
      expect(azure().requests).toHaveLength(2);
    });

    test.each([
      { temperature: 0 },
      { stop: ["x"] },
      { maxTokens: 9 },
      { seed: 0 },
      { modelKwargs: { cache_level: 1 } },
    ])("a call without and one with %o", async (option) => {
      const llm = connect(azure(), { ...base, cache });
      await llm.invoke("a");
      await llm.invoke("a", option);
      await llm.withConfig(option).invoke("a");
      expect(azure().requests).toHaveLength(2);
    });
  });

  test.each(Object.entries(OPERATIONS))(
    "a batch with some hits on %s returns every answer in place",
    async (_, fields) => {
      const prompts = ["a", "b", "c", "d", "e"];
      const answers = prompts.map((prompt) => `${fields.deploymentName} ${prompt} 0`);
      await connect(azure(), { ...fields, cache }).batch(["b", "d"]);
      azure().reset();
      azure().respond(/./, (prompt, { deployment, index }) => `${deployment} ${prompt} ${index}`);

      await expect(connect(azure(), { ...fields, cache }).batch(prompts)).resolves.toEqual(answers);
      expect(
        azure()
          .requests.flatMap(({ prompts: asked }) => asked)
          .sort(),
      ).toEqual(["a", "c", "e"]);

      // Missing ones on both sides of the hits.
      const { generations } = await connect(azure(), { ...fields, cache }).generate(["f", ...prompts, "g"]);
      expect(generations.map(([first]) => first?.text)).toEqual([
        `${fields.deploymentName} f 0`,
        ...answers,
        `${fields.deploymentName} g 0`,
      ]);
      expect(
        azure()
          .requests.flatMap(({ prompts: asked }) => asked)
          .sort(),
      ).toEqual(["a", "c", "e", "f", "g"]);
    },
  );

  const signIns: readonly (readonly [string, () => AzureOpenAIInput, object])[] = [
    ["a key", () => ({}), {}],
    ["a token", () => ({ apiKey: undefined, azureADToken: azure().token }), {}],
    [
      "a token provider",
      () => ({ apiKey: undefined, azureADTokenProvider: () => Promise.resolve(azure().token) }),
      {},
    ],
    ["a header", () => ({ configuration: { defaultHeaders: { "x-gateway": `header-${MARK}` } } }), {}],
    ["a query", () => ({ configuration: { defaultQuery: { "subscription-key": `query-${MARK}` } } }), {}],
    ["a call's header", () => ({}), { headers: { "x-gateway": `header-${MARK}` } }],
  ];

  test.each(signIns)("holds nothing secret of %s, in keys or values", async (_, make, call) => {
    const readable = new RedisCache(redis);
    // LangChain's own keys are hashes, which would hide what is in them.
    readable.makeDefaultKeyEncoder((...parts) => parts.join("\n"));
    for (const fields of Object.values(OPERATIONS)) {
      const llm = connect(azure(), { ...fields, ...make(), cache: readable });
      await llm.invoke("a", call);
      await llm.batch(["b", "c"], call);
      await PromptTemplate.fromTemplate("{x}").pipe(llm.withConfig(call)).invoke({ x: "d" });
    }
    const entries = await scan();
    expect(azure().requests.every(({ status }) => status === 200)).toBe(true);
    expect(entries).toHaveLength(4 * Object.keys(OPERATIONS).length);
    expect(entries.every(([key]) => key.includes(azure().endpoint))).toBe(true);
    expect(inspect(entries, { maxStringLength: Infinity, maxArrayLength: Infinity })).not.toContain(MARK);
  });
});
