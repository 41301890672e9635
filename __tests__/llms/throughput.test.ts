import type { Emulator, EmulatorOptions, LoggedRequest } from "../../src/emulator/index.js";
import { startEmulator } from "../../src/emulator/index.js";
import { AzureOpenAI, AzureOpenAIError, ConfigurationError, RateLimitError } from "../../src/index.js";
import type { AzureOpenAIInput } from "../../src/index.js";
import { collect, connect } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { failureOf, OPERATIONS, WAYS } from "./matrix.js";

useCleanEnvironment();

const running: Emulator[] = [];

/** Starts an emulator that ends with the test. */
async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const azure = await startEmulator(options);
  running.push(azure);
  return azure;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((azure) => azure.close()));
});

/** One deployment of several, at an endpoint of its own. */
function at(azure: Emulator, more: Partial<AzureOpenAIInput> & { priority?: number; weight?: number } = {}) {
  return { azureEndpoint: azure.endpoint, apiKey: azure.apiKey, deploymentName: "chat", ...more };
}

/** A model over several deployments, asked by chat. */
function spread(deployments: readonly ReturnType<typeof at>[], fields: AzureOpenAIInput = {}): AzureOpenAI {
  return new AzureOpenAI({ operation: "chat", deployments, ...fields });
}

/** A promise and how to settle it from outside. */
function signalled(): { readonly done: Promise<void>; readonly tell: () => void } {
  let tell = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return { done, tell };
}

function codeOf(error: unknown): string {
  return AzureOpenAIError.isInstance(error) ? error.code : String(error);
}

describe("five thousand prompts while requests are refused, fail, break off and stall", () => {
  const FILTERED = 50;

  /** An emulator where all of it happens, the same each time. */
  async function startTroubled(requestsPerMinute: number, seed: number): Promise<Emulator> {
    const quota = { requestsPerMinute, tokensPerMinute: 20_000_000 };
    const azure = await start({ seed, deployments: { instruct: quota, chat: quota } });
    azure.respond(/./, (prompt) => `re ${prompt}`);
    azure.filterPrompt(/^bad/);
    azure.fail({ status: 429, retryAfterMs: 20, probability: 0.03 });
    azure.fail({ status: 500, probability: 0.05 });
    azure.fail({ kind: "reset", probability: 0.03 });
    azure.fail({ kind: "stall", probability: 0.02, times: 4 });
    return azure;
  }

  /** What a prompt may fail of, by what happened to the requests it was in. */
  function reasonOf({ status, fault, aborted }: LoggedRequest): string | undefined {
    if (fault === "stall" || aborted) return "timeout";
    if (fault === "reset") return "connection";
    if (status === 429) return "rate_limit";
    if (status === 400) return "content_filter";
    return status === 200 ? undefined : "service";
  }

  const single = async (): Promise<AzureOpenAIInput & { emulators: Emulator[] }> => {
    const azure = await startTroubled(60_000, 1);
    const { endpoint: azureEndpoint, apiKey } = azure;
    return { emulators: [azure], azureEndpoint, apiKey, ...OPERATIONS.completions };
  };

  const three = async (): Promise<AzureOpenAIInput & { emulators: Emulator[] }> => {
    const emulators = [
      await startTroubled(6000, 2),
      await startTroubled(24_000, 3),
      await startTroubled(24_000, 4),
    ] as const;
    const [provisioned, large, small] = emulators;
    const deployments = [
      at(provisioned, { ...OPERATIONS.completions, priority: 0, requestsPerMinute: 6000 }),
      at(large, { ...OPERATIONS.completions, priority: 1, weight: 2 }),
      at(small, { ...OPERATIONS.chat, priority: 1, requestsPerMinute: 24_000 }),
    ];
    return { emulators: [...emulators], deployments };
  };

  test.each([
    ["one deployment", single],
    ["three deployments of different kinds, quotas and priorities", three],
  ])(
    "over %s: each is answered once and in place, or fails of what it met",
    async (_, open) => {
      const { emulators, ...fields } = await open();
      const llm = new AzureOpenAI({
        ...fields,
        maxTokens: 16,
        maxConcurrency: 24,
        maxRetries: 2,
        timeout: 12_000,
      });
      const prompts = Array.from({ length: 5000 }, (__, index) =>
        index % (5000 / FILTERED) === 7 ? `bad ${index}.` : `good ${index}.`,
      );
      const results = await llm.batch(prompts, {}, { returnExceptions: true });

      const answered = new Map<string, number>();
      const met = new Map<string, Set<string>>();
      for (const request of emulators.flatMap(({ requests }) => requests)) {
        const reason = reasonOf(request);
        for (const prompt of request.prompts) {
          if (reason === undefined) answered.set(prompt, (answered.get(prompt) ?? 0) + 1);
          else met.set(prompt, (met.get(prompt) ?? new Set()).add(reason));
        }
      }
      const wrong = prompts.flatMap((prompt, index) => {
        const result = results[index];
        const right =
          typeof result === "string"
            ? !prompt.startsWith("bad") && result === `re ${prompt}` && answered.get(prompt) === 1
            : met.get(prompt)?.has(codeOf(result)) === true && !answered.has(prompt);
        return right ? [] : [`${prompt} got ${String(result)}, answered ${answered.get(prompt) ?? 0} times`];
      });
      expect(wrong).toEqual([]);
      const codes = new Set(
        results.map((result) => (typeof result === "string" ? "answered" : codeOf(result))),
      );
      expect([...codes]).toEqual(expect.arrayContaining(["answered", "content_filter"]));
      expect(results.filter((result) => typeof result === "string").length).toBeGreaterThan(4500);
      for (const { requests } of emulators) {
        const faults = new Set(requests.map(({ fault }) => fault));
        expect([...faults]).toEqual(expect.arrayContaining(["status 429", "status 500", "reset", "stall"]));
      }
    },
    120_000,
  );
});

describe("maxConcurrency", () => {
  test.each(Object.entries(OPERATIONS))(
    "bounds the requests and sockets of invoke, stream and batch together, by %s",
    async (_, place) => {
      const azure = await start();
      const llm = connect(azure, { ...place, maxConcurrency: 3, batchSize: 2 });
      // What the deployment understands is found out by one request, ahead of the others.
      for (const [, ask] of WAYS) await ask(llm, "Hello");
      const asked = azure.requests.length;
      const stall = azure.fail({ kind: "stall", times: Infinity });
      const prompts = Array.from({ length: 12 }, (__, index) => `prompt ${index}`);
      const all = Promise.all([
        llm.batch(prompts),
        ...prompts.map((prompt) => llm.invoke(prompt)),
        ...prompts.map(async (prompt) => collect(await llm.stream(prompt))),
      ]);
      await azure.received(asked + 3);
      stall.release();
      await all;
      expect(azure.inFlight.most).toBe(3);
      expect(azure.connections.most).toBe(3);
    },
  );

  test("bounds the sockets of each endpoint, those kept for later as well", async () => {
    const all = await Promise.all([start(), start(), start()]);
    const llm = spread(
      all.map((azure) => at(azure)),
      { maxConcurrency: 2 },
    );
    await llm.batch(Array.from({ length: 60 }, (_, index) => `prompt ${index}`));
    for (const { connections } of all) {
      expect(connections.most).toBeGreaterThan(0);
      expect(connections.most).toBeLessThanOrEqual(2);
    }
  });

  test("of a batch bounds that batch", async () => {
    const azure = await start();
    const llm = connect(azure, { batchSize: 2 });
    const prompts = Array.from({ length: 40 }, (_, index) => `prompt ${index}`);
    await llm.batch(prompts, { maxConcurrency: 5 });
    expect(azure.requests).toHaveLength(20);
    expect(azure.inFlight.most).toBeLessThanOrEqual(5);
  });
});

describe.each(WAYS)("an abort of %s", (_, ask) => {
  /** Aborts a call and tells what it ended with and what the emulator was sent afterwards. */
  async function abort(azure: Emulator, controller: AbortController, call: Promise<unknown>) {
    const before = azure.requests.length;
    controller.abort();
    const error = await failureOf(call);
    return { error, sent: azure.requests.length - before };
  }
  const ended = { error: expect.objectContaining({ name: "AbortError" }) as unknown, sent: 0 };

  test("ends what waits in the queue, while the request before it still stalls", async () => {
    const azure = await start();
    const stall = azure.fail({ kind: "stall" });
    const llm = connect(azure, { ...OPERATIONS.chat, maxConcurrency: 1 });
    const first = llm.invoke("first");
    await azure.received(1);
    const controller = new AbortController();
    const call = ask(llm, "second", { signal: controller.signal });
    expect(await abort(azure, controller, call)).toEqual(ended);
    stall.release();
    await first;
    await llm.invoke("third");
    expect(azure.requests.flatMap(({ prompts }) => prompts)).toEqual(["first", "third"]);
  });

  test("ends the wait that a 429 asked for", async () => {
    const azure = await start();
    azure.fail({ status: 429, retryAfterMs: 60_000 });
    const told = signalled();
    const llm = connect(azure, { ...OPERATIONS.chat, onRetry: told.tell });
    const controller = new AbortController();
    const call = ask(llm, "Hello", { signal: controller.signal });
    await told.done;
    expect(await abort(azure, controller, call)).toEqual(ended);
  });

  test("ends the wait for a token", async () => {
    const azure = await start();
    const asked = signalled();
    const llm = new AzureOpenAI({
      azureEndpoint: azure.endpoint,
      deploymentName: "chat",
      azureADTokenProvider: () => {
        asked.tell();
        return new Promise<string>(() => undefined);
      },
    });
    const controller = new AbortController();
    const call = ask(llm, "Hello", { signal: controller.signal });
    await asked.done;
    expect(await abort(azure, controller, call)).toEqual(ended);
    expect(azure.requests).toHaveLength(0);
  });

  test("ends a request that stalls, and its connection with it", async () => {
    const azure = await start();
    azure.fail({ kind: "stall" });
    const controller = new AbortController();
    const call = ask(connect(azure, OPERATIONS.chat), "Hello", { signal: controller.signal });
    await azure.received(1);
    expect(await abort(azure, controller, call)).toEqual(ended);
    await azure.settled();
    expect(azure.requests[0]?.aborted).toBe(true);
  });
});

test("an abort ends a stream that has gone silent after its first words", async () => {
  const azure = await start();
  azure.respond("story", { chunks: ["Once ", "upon ", "a ", "time"] });
  azure.fail({ kind: "stall-stream", afterChunks: 4 });
  const controller = new AbortController();
  const stream = await connect(azure, OPERATIONS.chat).stream("story", { signal: controller.signal });
  expect((await stream.next()).value).not.toBe("");
  controller.abort();
  expect(await failureOf(collect(stream))).toMatchObject({ name: "AbortError" });
  await azure.settled();
  expect(azure.requests.map(({ aborted }) => aborted)).toEqual([true]);
});

describe("several deployments", () => {
  test("each is signed in to with its own key, whatever fails over to it", async () => {
    const [one, two] = [await start({ apiKey: "key-of-one" }), await start({ apiKey: "key-of-two" })];
    one.fail({ status: 429, retryAfterMs: 1, probability: 0.5 });
    two.fail({ status: 503, retryAfterMs: 1, probability: 0.5 });
    const llm = spread([at(one), at(two)], { maxRetries: 20 });
    await llm.batch(Array.from({ length: 50 }, (_, index) => `prompt ${index}`));
    for (const azure of [one, two]) {
      expect(azure.requests.length).toBeGreaterThan(0);
      expect(azure.requests.every(({ authentication }) => authentication.valid)).toBe(true);
    }
  });

  test("one with an endpoint of its own does not get the key from beside them", async () => {
    const [one, two] = [await start(), await start()];
    const fields: AzureOpenAIInput = {
      azureEndpoint: one.endpoint,
      apiKey: one.apiKey,
      deployments: [{ deploymentName: "chat" }, { azureEndpoint: two.endpoint, deploymentName: "chat" }],
    };
    expect(() => new AzureOpenAI(fields)).toThrow(ConfigurationError);
  });

  test.each([
    ["429", { status: 429, retryAfterMs: 60_000 }],
    ["429 without a hint", { status: 429 }],
    ["500", { status: 500 }],
    ["a reset", { kind: "reset" }],
    ["401", { status: 401 }],
    ["404", { status: 404 }],
    ["a gateway's page", { kind: "html" }],
  ] as const)("at %s the next one answers, without a wait", async (_, fault) => {
    const [one, two] = [await start(), await start()];
    one.fail({ ...fault, times: Infinity });
    two.respond("Hello", "two here");
    for (const [, ask] of WAYS) {
      const llm = spread([at(one, { priority: 0 }), at(two, { priority: 1 })]);
      expect(await ask(llm, "Hello")).toBe("two here");
    }
    expect(two.requests).toHaveLength(WAYS.length);
  });

  test.each([
    ["reports an error", { kind: "error-frame", afterChunks: 1 }],
    ["is cut off", { kind: "cut-stream", afterChunks: 1 }],
    ["breaks after its headers", { kind: "reset-after-headers" }],
  ] as const)("a stream that %s before its first token goes on elsewhere", async (_, fault) => {
    const [one, two] = [await start(), await start()];
    one.fail(fault);
    two.respond("Hello", { chunks: ["two ", "here"] });
    const llm = spread([at(one, { priority: 0 }), at(two, { priority: 1 })]);
    expect((await collect(await llm.stream("Hello"))).join("")).toBe("two here");
    expect([one, two].map(({ requests }) => requests.length)).toEqual([1, 1]);
  });

  test("a stream that is cut off after its first token goes on nowhere", async () => {
    const [one, two] = [await start(), await start()];
    one.respond("Hello", { chunks: ["one ", "two ", "three ", "four"] });
    one.fail({ kind: "cut-stream", afterChunks: 4 });
    const llm = spread([at(one, { priority: 0 }), at(two, { priority: 1 })]);
    const stream = await llm.stream("Hello");
    expect(await failureOf(collect(stream))).toMatchObject({ code: "interrupted_stream" });
    expect(two.requests).toHaveLength(0);
  });

  test("provisioned throughput goes first, and what it refuses spills over until it is ready again", async () => {
    const [provisioned, standard] = [await start(), await start()];
    provisioned.fail({ status: 429, retryAfterMs: 60_000, after: 3 });
    const llm = spread([at(standard, { priority: 2 }), at(provisioned, { priority: 1 })]);
    for (let index = 0; index < 6; index++) await llm.invoke(`prompt ${index}`);
    expect(provisioned.requests.flatMap(({ prompts }) => prompts)).toEqual(
      [0, 1, 2, 3].map((index) => `prompt ${index}`),
    );
    expect(standard.requests.flatMap(({ prompts }) => prompts)).toEqual(
      [3, 4, 5].map((index) => `prompt ${index}`),
    );
  });

  test("what is above the quota of the first goes to the second before it is refused", async () => {
    const limits = { requestsPerMinute: 60 };
    const [first, second] = [await start({ deployments: { chat: limits } }), await start()];
    const llm = spread([at(first, { priority: 0, ...limits }), at(second, { priority: 1 })]);
    await llm.batch(Array.from({ length: 20 }, (_, index) => `prompt ${index}`));
    expect(first.requests.every(({ status }) => status === 200)).toBe(true);
    expect(second.requests.length).toBeGreaterThan(0);
  });

  test("the one that served is in the result, and the one that failed in the error", async () => {
    const azure = await start({ deployments: { blue: {}, green: {} } });
    const fields = { ...connectionOf(azure), operation: "chat" } as const;
    const llm = new AzureOpenAI({
      ...fields,
      deployments: [
        { deploymentName: "blue", priority: 0 },
        { deploymentName: "green", priority: 1 },
      ],
      maxRetries: 0,
    });
    azure.fail({ status: 500, deployment: "blue", times: 2 });
    const { generations } = await llm.generate(["Hello"]);
    expect(generations[0]?.[0]?.generationInfo).toMatchObject({ deploymentName: "green" });
    azure.fail({ status: 500, deployment: "green" });
    expect(await failureOf(llm.invoke("Hello"))).toMatchObject({ code: "service", deploymentName: "green" });
  });

  test("of two resources whose deployments have one name, the host tells which served, failed or was retried", async () => {
    const [first, second] = [await start(), await start()];
    const [failing, serving] = [first, second].map(({ endpoint }) => new URL(endpoint).host);
    const retries: unknown[] = [];
    const llm = new AzureOpenAI({
      deployments: [at(first, { priority: 0 }), at(second, { priority: 1 })],
      operation: "chat",
      onRetry: ({ host }) => retries.push(host),
    });
    first.fail({ status: 500 });
    const { generations } = await llm.generate(["Hello"]);
    expect(generations[0]?.[0]?.generationInfo).toMatchObject({ host: serving });
    expect(retries).toEqual([failing]);
    first.fail({ status: 400 });
    expect(await failureOf(llm.invoke("Hello"))).toMatchObject({ code: "invalid_request", host: failing });
  });
});

function connectionOf(azure: Emulator): Pick<AzureOpenAIInput, "azureEndpoint" | "apiKey"> {
  return { azureEndpoint: azure.endpoint, apiKey: azure.apiKey };
}

test("onRetry and onFailedAttempt are told of each attempt that failed", async () => {
  const azure = await start();
  azure.fail({ status: 429, retryAfterMs: 1 });
  azure.fail({ status: 429, retryAfterMs: 2 });
  const retries: unknown[] = [];
  const failures: unknown[] = [];
  const llm = connect(azure, {
    ...OPERATIONS.chat,
    onRetry: (event) => retries.push(event),
    onFailedAttempt: (error) => failures.push(error),
  });
  await llm.invoke("Hello");
  expect(retries).toEqual(
    [1, 2].map((attempt) =>
      expect.objectContaining({
        attempt,
        deploymentName: "chat",
        delayMs: expect.any(Number) as unknown,
        error: expect.objectContaining({ code: "rate_limit" }) as unknown,
      }),
    ),
  );
  expect(failures).toEqual(retries.map((event) => (event as { error: unknown }).error));
});

test("what onFailedAttempt throws ends the retries", async () => {
  const azure = await start();
  azure.fail({ status: 500, times: Infinity });
  const enough = new Error("enough");
  const llm = connect(azure, {
    ...OPERATIONS.chat,
    onFailedAttempt: () => {
      throw enough;
    },
  });
  expect(await failureOf(llm.invoke("Hello"))).toBe(enough);
  expect(azure.requests).toHaveLength(1);
});

test.each(WAYS)(
  "%s: a 429 that asks for more than maxRetryDelay fails at once and says how long",
  async (_, ask) => {
    const azure = await start();
    azure.fail({ status: 429, retryAfter: 86_400, times: Infinity });
    const error = await failureOf(ask(connect(azure, OPERATIONS.chat), "Hello"));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfterMs: 86_400_000, deploymentName: "chat" });
    expect(String(error)).toContain("86400 s");
    expect(String(error)).toContain("`maxRetryDelay`");
    expect(azure.requests).toHaveLength(1);
  },
);

test("streamed completions that come one a request are asked for side by side", async () => {
  const azure = await start();
  const llm = connect(azure, { ...OPERATIONS.responses, n: 3, streaming: true });
  // What the deployment understands is found out by one request, ahead of the others.
  await llm.generate(["Hello"]);
  const stall = azure.fail({ kind: "stall", times: Infinity });
  const call = llm.generate(["Hello"]);
  await azure.received(6);
  stall.release();
  expect((await call).generations[0]).toHaveLength(3);
  expect(azure.inFlight.most).toBe(3);
});

test("a batch that waits for what others' failures brought says how long", async () => {
  const azure = await start();
  azure.fail({ status: 429, retryAfterMs: 200 });
  const llm = connect(azure, { ...OPERATIONS.chat, maxRetries: 0 });
  expect(await failureOf(llm.invoke("Hello"))).toBeInstanceOf(RateLimitError);
  const waits: number[] = [];
  await llm.batch(["one", "two"], { onProgress: ({ waitingMs }) => waits.push(waitingMs) });
  expect(waits[0]).toBeGreaterThan(0);
  expect(waits.at(-1)).toBe(0);
  expect(azure.requests).toHaveLength(3);
});

test("a lower priority goes first, then who came first", async () => {
  const azure = await start();
  const stall = azure.fail({ kind: "stall" });
  const llm = connect(azure, { ...OPERATIONS.chat, maxConcurrency: 1 });
  const first = llm.invoke("ahead of all");
  await azure.received(1);
  const waiting = [
    llm.invoke("later", { priority: 1 }),
    llm.invoke("usual"),
    llm.batch(["urgent", "urgent too"], { priority: -1 }),
    llm.invoke("usual too"),
  ];
  // Each of them has joined the queue once as many turns have passed as LangChain takes.
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  stall.release();
  await Promise.all([first, ...waiting]);
  expect(azure.requests.flatMap(({ prompts }) => prompts)).toEqual([
    "ahead of all",
    "urgent",
    "urgent too",
    "usual",
    "usual too",
    "later",
  ]);
});
