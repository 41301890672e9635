import { inspect } from "node:util";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { InMemoryCache } from "@langchain/core/caches";
import { PromptTemplate } from "@langchain/core/prompts";
import { BaseTracer, type Run } from "@langchain/core/tracers/base";
import { AzureOpenAI, type AzureOpenAIInput } from "../../src/index.js";
import { collect, useEmulator, WALKTHROUGH_DEPLOYMENT } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

/** What no output may hold: whatever the place, the secret holds this mark. */
const MARK = "s3cr3t-m4rk";

const azure = useEmulator({ apiKey: `key-${MARK}`, tokens: [`token-${MARK}`] });
useCleanEnvironment();

/** Everything a callback handler is told. */
class Listener extends BaseCallbackHandler {
  name = "listener";
  readonly told: unknown[] = [];
  override handleLLMStart = this.#tell("start");
  override handleLLMNewToken = this.#tell("token");
  override handleLLMEnd = this.#tell("end");
  override handleLLMError = this.#tell("error");
  override handleChainStart = this.#tell("chain start");
  override handleChainEnd = this.#tell("chain end");
  override handleChainError = this.#tell("chain error");

  #tell(event: string) {
    return (...args: unknown[]): void => {
      this.told.push([event, ...args]);
    };
  }
}

/** Everything a tracer is handed, such as LangSmith's. */
class Tracer extends BaseTracer {
  name = "tracer";
  readonly runs: unknown[] = [];

  protected persistRun(run: Run): Promise<void> {
    this.runs.push(run);
    return Promise.resolve();
  }
}

/** A value as each way of showing it has it. */
function shown(value: unknown): string {
  return [
    String(value),
    inspect(value, { showHidden: true, depth: 12, customInspect: false, getters: true }),
    inspect(value, { showHidden: true, depth: 12 }),
    JSON.stringify(value, (_, each: unknown) =>
      each instanceof Error ? { ...Object.fromEntries(Object.entries(each)), m: each.message } : each,
    ),
  ].join("\n");
}

interface Case {
  readonly fields?: AzureOpenAIInput;
  readonly variables?: Record<string, string>;
  readonly call?: Record<string, unknown>;
}

const key = `key-${MARK}`;
const token = `token-${MARK}`;

const cases: Record<string, () => Case> = {
  "an API key": () => ({ fields: { apiKey: key } }),
  "an API key under the peer's name": () => ({ fields: { azureOpenAIApiKey: key } }),
  "an API key in the environment": () => ({ variables: { AZURE_OPENAI_API_KEY: key } }),
  "a token": () => ({ fields: { azureADToken: token } }),
  "a token in the environment": () => ({ variables: { AZURE_OPENAI_AD_TOKEN: token } }),
  "a token in OPENAI_API_KEY": () => ({ variables: { OPENAI_API_TYPE: "azure_ad", OPENAI_API_KEY: token } }),
  "a token provider": () => ({ fields: { azureADTokenProvider: () => Promise.resolve(token) } }),
  "a credential": () => ({
    fields: {
      credential: {
        getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
      },
    },
  }),
  "a default header": () => ({ fields: { configuration: { defaultHeaders: { "api-key": key } } } }),
  "a query parameter": () => ({
    fields: { apiKey: key, configuration: { defaultQuery: { "subscription-key": `query-${MARK}` } } },
  }),
  "a query in the endpoint": () => ({
    fields: { apiKey: key, azureEndpoint: `${azure().endpoint}/?gateway-key=query-${MARK}` },
  }),
  "a call's header": () => ({
    fields: { apiKey: "another key" },
    call: { headers: { "api-key": key, "x-gateway": `header-${MARK}` } },
  }),
  "a call's header in the peer's place": () => ({
    fields: { apiKey: "another key" },
    call: { options: { headers: { "api-key": key } } },
  }),
};

describe.each(Object.entries(cases))("%s is in nothing that is shown", (name, make) => {
  /** What a talkative gateway might repeat: the sign-in of the case. */
  const echoed = /token|credential/.test(name) ? token : key;
  let listener: Listener;
  let tracer: Tracer;
  let call: Record<string, unknown>;

  function create(extra: AzureOpenAIInput = {}): AzureOpenAI {
    const { fields = {}, variables = {} } = make();
    Object.assign(process.env, variables);
    return new AzureOpenAI({
      azureEndpoint: azure().endpoint,
      deploymentName: WALKTHROUGH_DEPLOYMENT,
      maxRetries: 0,
      callbacks: [listener, tracer],
      ...fields,
      ...extra,
    });
  }

  beforeEach(() => {
    listener = new Listener();
    tracer = new Tracer();
    call = make().call ?? {};
  });

  test("of the model itself", () => {
    const llm = create();

    expect(shown(llm)).not.toContain(MARK);
    expect(shown(llm.toJSON())).not.toContain(MARK);
    expect(shown(llm.identifyingParams())).not.toContain(MARK);
    expect(shown(llm._identifyingParams())).not.toContain(MARK);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- LangChain still has it, so it must not leak
    expect(shown(llm.serialize())).not.toContain(MARK);
    expect(shown(llm.invocationParams(call))).not.toContain(MARK);
    expect(llm._getSerializedCacheKeyParametersForCall(call)).not.toContain(MARK);
    expect(shown(llm.withConfig(call))).not.toContain(MARK);
    expect(shown(PromptTemplate.fromTemplate("{x}").pipe(llm.withConfig(call)))).not.toContain(MARK);
    expect(shown(llm.withConfig({ temperature: 0 }).withConfig(call))).not.toContain(MARK);
  });

  test("of an invoke, a stream and a batch, to callbacks and tracers", async () => {
    const llm = create();
    const chain = PromptTemplate.fromTemplate("{text}").pipe(llm.withConfig(call));

    await llm.invoke("Hello", call);
    await collect(await llm.stream("Hello", call));
    await llm.batch(["One", "Two"], call);
    await chain.invoke({ text: "Hello" }, { callbacks: [listener, tracer] });

    expect(azure().requests.every(({ status }) => status === 200)).toBe(true);
    expect(shown(listener.told)).not.toContain(MARK);
    expect(shown(tracer.runs)).not.toContain(MARK);
  });

  test("of an error", async () => {
    azure().fail({
      status: 401,
      times: 2,
      body: { error: { code: "401", message: `Access denied for ${echoed}.` } },
    });
    const llm = create();

    const error: unknown = await llm.invoke("Hello", call).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(Error);
    expect(shown(error)).not.toContain(MARK);
    expect(shown(listener.told)).not.toContain(MARK);
    expect(shown(tracer.runs)).not.toContain(MARK);
  });

  test("of a failed connection", async () => {
    azure().fail({ kind: "reset", times: 9 });
    const error: unknown = await create()
      .invoke("Hello", call)
      .catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(Error);
    expect(shown(error)).not.toContain(MARK);
  });

  test("of a cache's keys", async () => {
    const keys: string[] = [];
    class Spy extends InMemoryCache {
      override lookup(prompt: string, llmKey: string) {
        keys.push(llmKey);
        return super.lookup(prompt, llmKey);
      }
    }
    await create({ cache: new Spy() }).invoke("Hello", call);

    expect(keys).toHaveLength(1);
    expect(keys.join()).not.toContain(MARK);
  });

  test("of the openai client's debug log", async () => {
    process.env["OPENAI_LOG"] = "debug";
    const written: unknown[] = [];
    const spies = (["debug", "info", "warn", "error", "log"] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation((...args: unknown[]) => {
        written.push(args);
      }),
    );
    try {
      await create().invoke("Hello", call);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    expect(shown(written)).not.toContain(MARK);
  });
});
