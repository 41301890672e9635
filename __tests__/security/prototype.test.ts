import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { load } from "@langchain/core/load";
import * as exported from "../../src/index.js";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import type { AzureOpenAIInput } from "../../src/index.js";
import { events, frame, json, serve, closeServices } from "../client/support.js";
import { failureOf, OPERATIONS, WAYS } from "../llms/matrix.js";
import { connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { usePackedProject } from "../support/packed-project.js";
import { acceptedNames, BASE_NAMES } from "../../src/settings/table.js";

useCleanEnvironment();
const azure = useEmulator();

const clean = describePrototypes();

afterEach(async () => {
  await closeServices();
  // After every test, whatever it tried.
  expect(describePrototypes()).toEqual(clean);
});

function describePrototypes(): unknown {
  return [Object, Array, Function, String, Number].map((each) =>
    Reflect.ownKeys(each.prototype as object).map(String),
  );
}

/** Objects as `JSON.parse` makes them, where `__proto__` is a key like any other. */
const POISONS = [
  `{ "__proto__": { "polluted": true } }`,
  `{ "constructor": { "prototype": { "polluted": true } } }`,
  `{ "prototype": { "polluted": true } }`,
].map((text) => [text, JSON.parse(text) as Record<string, unknown>] as const);

describe.each(POISONS)("%s", (_, poison) => {
  test.each<[string, AzureOpenAIInput]>([
    ["the options", poison],
    ["`modelKwargs`", { modelKwargs: poison }],
    ["fields of `modelKwargs`", { modelKwargs: { metadata: poison } }],
    ["`configuration`", { configuration: poison }],
    ["`defaultHeaders`", { configuration: { defaultHeaders: poison } as object }],
    ["`defaultQuery`", { configuration: { defaultQuery: poison } as object }],
    ["`fetchOptions`", { configuration: { fetchOptions: poison } }],
    ["`logitBias`", { logitBias: poison as Record<string, number> }],
    ["an entry of `deployments`", { deploymentName: undefined, deployments: [{ ...poison }] }],
    ["`metadata`", { metadata: poison }],
  ])("among %s is refused or is a key like any other", async (__, fields) => {
    const run = async (): Promise<string> => connect(azure(), { maxRetries: 0, ...fields }).invoke("Hello");
    const error: unknown = await run().catch((caught: unknown) => caught);
    if (error instanceof Error) expect(error).toMatchObject({ code: expect.any(String) });
    expect({}).not.toHaveProperty("polluted");
  });

  test("among a call's options changes nothing", async () => {
    await connect(azure()).invoke("Hello", { ...poison, metadata: poison, configurable: poison });
    expect(azure().requests).toHaveLength(1);
  });

  test("in a serialised model is not loaded into anything", async () => {
    const written: unknown = JSON.parse(JSON.stringify(connect(azure())));
    const kwargs = Object(written).kwargs as object;
    for (const hostile of [
      { ...(written as object), kwargs: { ...kwargs, ...poison } },
      { ...(written as object), kwargs: { ...kwargs, model_kwargs: poison } },
      { ...(written as object), kwargs: { ...kwargs, default_headers: poison } },
      { ...(written as object), kwargs: { ...kwargs, deployments: [poison] } },
      { ...(written as object), ...poison },
    ]) {
      await load(JSON.stringify(hostile), {
        optionalImportsMap: { "langchain/llms/openai": exported },
        secretsMap: { AZURE_OPENAI_API_KEY: "a-key" },
      }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Error);
      });
      expect({}).not.toHaveProperty("polluted");
    }
  });

  describe.each(Object.entries(OPERATIONS))("in an answer of %s", (operation, place) => {
    test.each(WAYS)("to %s, everywhere, changes no prototype", async (__, ask) => {
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, ...poison };
      const logprobs = {
        tokens: ["__proto__"],
        token_logprobs: [0],
        top_logprobs: [poison],
        text_offset: [0],
        content: [{ token: "__proto__", logprob: 0, top_logprobs: [{ token: "__proto__", logprob: 0 }] }],
      };
      const message = { role: "assistant", content: "Ha.", ...poison };
      const choice = { index: 0, text: "Ha.", message, delta: message, finish_reason: "stop", logprobs };
      const filtered = { content_filter_results: { ...poison, hate: { filtered: false, ...poison } } };
      const answer = {
        model: "m",
        usage,
        choices: [{ ...choice, ...filtered, ...poison }],
        prompt_filter_results: [{ prompt_index: 0, ...filtered }],
        status: "completed",
        output: [{ type: "message", ...message, content: [{ type: "output_text", text: "Ha.", ...poison }] }],
        ...poison,
      };
      const service = await serve((response, { body }) => {
        if (body["stream"] !== true) json(response, answer);
        else if (operation === "responses") {
          const delta = { type: "response.output_text.delta", delta: "Ha.", ...poison };
          const end = { type: "response.completed", response: answer, ...poison };
          events(response).end(frame(delta) + frame(end));
        } else events(response).end(frame(answer) + frame("[DONE]"));
      });
      const llm = connect(azure(), { ...place, azureEndpoint: service.origin, logprobs: 1 });
      expect(await ask(llm, "Hello")).toBe("Ha.");
      expect({}).not.toHaveProperty("polluted");
    });

    test("as an error changes no prototype", async () => {
      const service = await serve((response) => {
        const innererror = { content_filter_result: { ...poison, hate: { filtered: true } }, ...poison };
        json(response, { error: { code: "content_filter", message: "no", innererror, ...poison } }, 400);
      });
      const error = await failureOf(
        connect(azure(), { ...place, azureEndpoint: service.origin }).invoke("Hello"),
      );
      expect(error).toMatchObject({ code: "content_filter" });
      expect(Object.getPrototypeOf(Object(error).categories)).toBe(Object.prototype);
      expect({}).not.toHaveProperty("polluted");
    });
  });

  describe("sent to the emulator", () => {
    test.each<[string, (start: typeof startEmulator) => unknown]>([
      ["as options", (start) => start(poison)],
      ["as deployments", (start) => start({ deployments: Object(poison) })],
      ["as a deployment", (start) => start({ deployments: { d: poison } })],
      ["as a fault", () => azure().fail(poison as never)],
      ["as an answer", () => azure().respond(/x/, poison)],
      ["as a filter", () => azure().filterPrompt(/x/, poison)],
    ])("%s is refused or is a name like any other", async (__, run) => {
      const started: unknown = await (async () => run(startEmulator))().catch((caught: unknown) => caught);
      if (started instanceof Error) expect(started).toBeInstanceOf(TypeError);
      else await (started as Emulator | undefined)?.close();
      expect({}).not.toHaveProperty("polluted");
    });

    test("in a body, as a header and as a query, it is refused or is a name like any other", async () => {
      const { endpoint, apiKey } = azure();
      for (const path of ["/openai/v1/completions", "/openai/v1/chat/completions", "/openai/v1/responses"]) {
        for (const [name, value] of Object.entries({ ...poison, model: "__proto__", user: "constructor" })) {
          const response = await fetch(`${endpoint}${path}?__proto__=x&constructor=y`, {
            method: "POST",
            headers: { "api-key": apiKey, __proto: "x", constructor: "y" },
            body: JSON.stringify({ model: "instruct", prompt: "x", input: "x", messages: [], [name]: value }),
          });
          expect(response.status).toBeLessThan(500);
        }
      }
      expect((await fetch(`${endpoint}/openai/v1/models/__proto__`)).status).toBeLessThan(500);
      expect({}).not.toHaveProperty("polluted");
    });
  });
});

describe("what another package put on Object.prototype", () => {
  const project = usePackedProject();

  /** Calls a model with one name after the other on `Object.prototype`, each with several values. */
  const PROGRAM = `
    import { AzureOpenAI } from "langchain-azure-openai";
    const { ENDPOINT, ELSEWHERE, NAMES } = process.env;
    const values = [ELSEWHERE, { "x-evil": "1", headers: { "x-evil": "1" } }, { authorization: "evil" }];
    const call = async () => {
      const llm = new AzureOpenAI({
        azureEndpoint: ENDPOINT, apiKey: "the-key", deploymentName: "instruct", operation: "completions", maxRetries: 0,
      });
      await llm.invoke("Hello", { user: "someone", signal: AbortSignal.timeout(5000) });
      await llm.batch(["Hello"], { user: "someone", signal: AbortSignal.timeout(5000) });
      for await (const piece of await llm.stream("Hello", { options: {}, signal: AbortSignal.timeout(5000) }));
    };
    await call();
    for (const name of JSON.parse(NAMES)) {
      for (const value of values) {
        Object.prototype[name] = value;
        // LangChain or Node itself may fail of it; what counts is what was sent.
        try { await call(); } catch {} finally { delete Object.prototype[name]; }
      }
    }
    process.exit();`;

  const OTHERS = [
    ...[
      "headers",
      "options",
      "signal",
      "priority",
      "defaultHeaders",
      "defaultQuery",
      "fetchOptions",
      "extraBody",
    ],
    ...["openaiApiType", "query", "signIn", "key", "token", "hostname", "port", "path", "protocol", "agent"],
    ...["socketPath", "method", "deploymentRoot", "url", "redirect", "api", "cloud", "scope", "servername"],
  ];

  /** LangChain's own, and quotas: with those that make no sense calls wait. */
  const LEFT_OUT: ReadonlySet<string> = new Set([...BASE_NAMES, "requestsPerMinute", "tokensPerMinute"]);

  test("changes neither where a request goes nor its headers", async () => {
    const answer = { choices: [{ index: 0, text: "Ha.", finish_reason: "stop" }] };
    const service = await serve((response, { body }) => {
      if (body["stream"] === true) events(response).end(frame(answer) + frame("[DONE]"));
      else json(response, answer);
    });
    const elsewhere = await serve((response) => {
      json(response, answer);
    });
    const names = [...new Set([...acceptedNames(), ...OTHERS])].filter((name) => !LEFT_OUT.has(name));
    await promisify(execFile)(process.execPath, [project().write("pollute.mjs", PROGRAM)], {
      cwd: project().directory,
      env: { ENDPOINT: service.origin, ELSEWHERE: elsewhere.origin, NAMES: JSON.stringify(names) },
    });

    const sent = service.seen.map(({ url, headers }) => ({
      url,
      headers: { ...headers, "content-length": "" },
    }));
    expect(sent.length).toBeGreaterThan(names.length);
    expect(sent.filter((each) => JSON.stringify(each) !== JSON.stringify(sent[0]))).toEqual([]);
    expect(elsewhere.seen).toEqual([]);
  }, 60_000);
});
