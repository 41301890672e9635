import { awaitAllCallbacks } from "@langchain/core/callbacks/promises";
import { PromptTemplate } from "@langchain/core/prompts";
import { LangChainTracer } from "@langchain/core/tracers/tracer_langchain";
import { Client } from "langsmith";
import type { AzureOpenAI, AzureOpenAICallOptions, AzureOpenAIInput } from "../../src/index.js";
import { failureOf, OPERATIONS, WAYS } from "../llms/matrix.js";
import { collect, connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { type LangSmithServer, type PostedRun, startLangSmith } from "./langsmith-server.js";

/** What nothing that is posted may hold. */
const MARK = "s3cr3t-m4rk";

const azure = useEmulator({ apiKey: `key-${MARK}`, tokens: [`token-${MARK}`] });
useCleanEnvironment();

let langsmith: LangSmithServer;
let client: Client;
let tracer: LangChainTracer;

beforeAll(async () => {
  langsmith = await startLangSmith();
});

beforeEach(() => {
  langsmith.reset();
  client = new Client({ apiUrl: langsmith.url, apiKey: "a key of LangSmith" });
  tracer = new LangChainTracer({ client, projectName: "a project" });
});

// What a failed test left behind is not the next one's.
afterEach(async () => {
  await postedRuns();
});

afterAll(async () => {
  await langsmith.close();
});

function create(fields: AzureOpenAIInput = {}): AzureOpenAI {
  return connect(azure(), { callbacks: [tracer], ...fields });
}

/** The runs of models that LangSmith holds once all have been sent. */
async function postedRuns(): Promise<readonly PostedRun[]> {
  await awaitAllCallbacks();
  await client.awaitPendingTraceBatches();
  return langsmith.runs.filter(({ run_type }) => run_type === "llm");
}

type Setting = readonly [string, AzureOpenAIInput, Partial<AzureOpenAICallOptions>, object];

const SETTINGS: readonly Setting[] = [
  [
    "what completions send by default",
    OPERATIONS.completions,
    {},
    { ls_model_name: "instruct", ls_temperature: 0.7, ls_max_tokens: 256 },
  ],
  ...Object.entries(OPERATIONS).map(([name, place]): Setting => [
    `what is set on ${name}`,
    { ...place, model: "a-model", temperature: 0, maxTokens: 20, stop: ["x"] },
    {},
    { ls_model_name: "a-model", ls_temperature: 0, ls_max_tokens: 20, ls_stop: ["x"] },
  ]),
  [
    "the call's options over the model's",
    { ...OPERATIONS.chat, temperature: 0, maxTokens: 99 },
    { temperature: 1, stop: ["y"] },
    { ls_model_name: "chat", ls_temperature: 1, ls_max_tokens: 99, ls_stop: ["y"] },
  ],
];

describe.each(WAYS)("%s posts", (_, ask) => {
  test.each(SETTINGS)("%s", async (__, fields, call, metadata) => {
    await ask(create(fields), "Hello", call);
    const runs = await postedRuns();
    expect(runs).toHaveLength(1);
    const posted = Object.entries(runs[0]?.extra.metadata ?? {}).filter(
      // The tracer's own: how the run was asked for.
      ([name]) => name.startsWith("ls_") && name !== "ls_method",
    );
    expect(Object.fromEntries(posted)).toEqual({
      ls_provider: "azure",
      ls_model_type: "llm",
      ...metadata,
    });
  });

  test("the model that served last, where none is named", async () => {
    const llm = create(OPERATIONS.chat);
    await ask(llm, "Hello");
    await ask(llm, "Hello");
    const names = (await postedRuns()).map(({ extra }) => extra.metadata["ls_model_name"]);
    expect(names).toEqual(["chat", "gpt-4o-2024-11-20"]);
  });

  test.each(Object.entries(OPERATIONS))("usage, request id and model at the end of %s", async (__, place) => {
    const answer = await ask(create(place), "Hello");
    const expected = {
      tokenUsage: {
        promptTokens: expect.any(Number),
        completionTokens: expect.any(Number),
        totalTokens: expect.any(Number),
      },
      requestId: expect.stringMatching(/./),
      modelName: expect.stringMatching(/^gpt-/),
    };
    expect(await postedRuns()).toMatchObject([
      { outputs: { generations: [[{ text: answer, generationInfo: expected }]] } },
    ]);
  });
});

test("a batch's runs each have their own usage and request id", async () => {
  azure().respond(/./, (prompt) => prompt);
  await create(OPERATIONS.completions).batch(["one", "one two three"]);
  const infos = (await postedRuns()).map(({ outputs }) => outputs?.generations[0]?.[0]?.generationInfo);
  const { requestId } = Object(infos[0]);
  expect(infos).toMatchObject([
    { requestId, tokenUsage: { promptTokens: 1 } },
    { requestId, tokenUsage: { promptTokens: 3 } },
  ]);
});

test("a model's run stands below its chain's, and the chain has none of the model's metadata", async () => {
  await PromptTemplate.fromTemplate("{x}")
    .pipe(connect(azure()))
    .invoke({ x: "Hello" }, { callbacks: [tracer], metadata: { team: "search" } });
  const runs = await postedRuns();
  expect(runs).toMatchObject([{ extra: { metadata: { ls_provider: "azure", team: "search" } } }]);
  const chain = langsmith.runs.find(({ name }) => name === "RunnableSequence");
  expect(runs[0]).toHaveProperty("parent_run_id", chain?.id);
  expect(chain?.extra.metadata).not.toHaveProperty("ls_provider");
});

test("a stream's tokens are told before its end", async () => {
  const pieces = await collect(await create(OPERATIONS.chat).stream("Hello"));
  const [run] = await postedRuns();
  expect(run?.outputs?.generations[0]?.[0]?.text).toBe(pieces.join(""));
  expect([...new Set(run?.events.map(({ name }) => name))]).toEqual(["start", "new_token", "end"]);
});

test("an error is posted as the run's error", async () => {
  azure().filterPrompt("bad");
  await failureOf(create().invoke("bad"));
  expect(await postedRuns()).toMatchObject([{ error: expect.stringContaining("ContentFilterError") }]);
});

describe("nothing that is posted holds", () => {
  const key = `key-${MARK}`;
  const token = `token-${MARK}`;

  test.each<[string, string, AzureOpenAIInput, object]>([
    ["a key", key, {}, {}],
    ["a token", token, { apiKey: undefined, azureADToken: token }, {}],
    [
      "a token provider's token",
      token,
      { apiKey: undefined, azureADTokenProvider: () => Promise.resolve(token) },
      {},
    ],
    ["a header", key, { configuration: { defaultHeaders: { "x-gateway": `header-${MARK}` } } }, {}],
    ["a query", key, { configuration: { defaultQuery: { "subscription-key": `query-${MARK}` } } }, {}],
    ["a call's header", key, {}, { headers: { "x-gateway": `header-${MARK}` } }],
    [
      "a call's header in the peer's place",
      key,
      {},
      { options: { headers: { "x-gateway": `header-${MARK}` } } },
    ],
  ])("%s", async (_, signIn, fields, call) => {
    const llm = create({ maxRetries: 0, ...fields });
    await llm.invoke("Hello", call);
    await collect(await llm.stream("Hello", call));
    await llm.batch(["One", "Two"], call);
    await PromptTemplate.fromTemplate("{x}")
      .pipe(connect(azure(), fields).withConfig(call))
      .invoke({ x: "Hello" }, { callbacks: [tracer] });
    // What a talkative gateway might repeat; a token that was refused is asked for once more.
    const body = { error: { code: "401", message: `${signIn} was refused.` } };
    azure().fail({ status: 401, times: 2, body });
    await failureOf(llm.invoke("Hello", call));

    const runs = await postedRuns();
    expect(runs).toHaveLength(6);
    expect(runs.at(-1)?.error).toContain("was refused");
    expect(langsmith.received.match(new RegExp(`.{0,80}${MARK}`, "g"))).toBeNull();
  });
});
