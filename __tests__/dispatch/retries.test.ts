import {
  AuthenticationError,
  ConnectionError,
  ContentFilterError,
  DeploymentNotFoundError,
  InvalidRequestError,
  PermissionError,
  RateLimitError,
  ServiceError,
  TimeoutError,
} from "../../src/errors.js";
import type { DispatchSettings } from "../../src/dispatch/dispatcher.js";
import type { RetryEvent } from "../../src/settings/settings.js";
import { deployment, results, stage } from "./script.js";
import type { StageOptions } from "./script.js";

const parameters = Object.freeze({ maxTokens: 16 });
const two = [deployment("one", { priority: 0 }), deployment("two", { priority: 1 })];

/** A service that fails so often, then answers. */
function failing(times: number, error: () => Error, only?: string): NonNullable<StageOptions["script"]> {
  let left = times;
  return async ({ deployment }, clock) => {
    await clock.sleep(10);
    if ((only === undefined || deployment === only) && left-- > 0) throw error();
  };
}

async function ask(options: StageOptions) {
  const scene = stage(options);
  const [settled] = await results(scene.clock, [scene.dispatcher.submit({ prompt: "a", parameters })]);
  return {
    ...scene,
    outcome: settled?.status === "fulfilled" ? settled.value : undefined,
    error: settled?.status === "rejected" ? (settled.reason as Error) : undefined,
  };
}

const overloaded = (retryAfterMs?: number) => (): Error =>
  new RateLimitError("Too many requests.", {
    status: 429,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

test.each([
  ["408", () => new ServiceError("Timeout.", { status: 408 })],
  ["409", () => new ServiceError("Conflict.", { status: 409 })],
  ["429 without a hint", overloaded()],
  ["429 with a hint", overloaded(700)],
  ["500", () => new ServiceError("Failed.", { status: 500 })],
  ["503", () => new ServiceError("Failed.", { status: 503 })],
  ["a reset", () => new ConnectionError("Reset.")],
])("%s is tried again", async (_, error) => {
  const { outcome, asked } = await ask({ script: failing(2, error) });
  expect(outcome?.choices[0]?.text).toBe("re a");
  expect(outcome?.attempts).toBe(3);
  expect(asked).toHaveLength(3);
});

test.each([
  [
    "a filtered prompt",
    () => new ContentFilterError("No.", { source: "prompt", categories: {}, status: 400 }),
  ],
  ["a wrong request", () => new InvalidRequestError("No.", { status: 400 })],
  ["a sign-in that is not accepted", () => new AuthenticationError("No.", { status: 401 })],
  ["a missing role", () => new PermissionError("No.", { status: 403 })],
  ["an unknown deployment", () => new DeploymentNotFoundError("No.", { status: 404 })],
  ["an attempt that timed out", () => new TimeoutError("No.", { scope: "attempt" })],
])("%s is not tried again on the same deployment", async (_, error) => {
  const { asked, error: thrown } = await ask({ script: failing(1, error) });
  expect(thrown?.name).toBe(error().name);
  expect(asked).toHaveLength(1);
});

test("an answer that makes no sense is asked for once more", async () => {
  const { asked, error } = await ask({ script: failing(5, () => new ServiceError("Nonsense.")) });
  expect(error?.name).toBe("ServiceError");
  expect(asked).toHaveLength(2);
});

test("the wait that the service asks for is kept to", async () => {
  const { asked } = await ask({ script: failing(1, overloaded(7000)) });
  expect(asked.map(({ at }) => at)).toEqual([0, 7010]);
});

test("a wait as long as `maxRetryDelay` is waited, and our own are never longer", async () => {
  const settings = { maxRetryDelayMs: 100 };
  const said = await ask({ script: failing(1, overloaded(100)), settings });
  expect(said.asked.map(({ at }) => at)).toEqual([0, 110]);
  const own = await ask({ script: failing(1, () => new ServiceError("Failed.", { status: 500 })), settings });
  expect(own.asked.map(({ at }) => at)).toEqual([0, 110]);
});

test("after the last retry the error says how often it was tried", async () => {
  const { asked, error } = await ask({ script: failing(99, overloaded(10)), settings: { maxRetries: 2 } });
  expect(asked).toHaveLength(3);
  expect(error).toBeInstanceOf(RateLimitError);
  expect(error?.message).toContain("tried 3 times");
  expect(error).toMatchObject({ deploymentName: "one" });
});

test("a wait longer than allowed is an error at once that says how long, for those in the queue too", async () => {
  const { clock, dispatcher } = stage({
    script: failing(1, overloaded(86_400_000)),
    settings: { maxConcurrency: 1 },
  });
  const settled = await results(clock, [
    dispatcher.submit({ prompt: "a", parameters }),
    dispatcher.submit({ prompt: "b", parameters }),
  ]);
  for (const one of settled) {
    expect(one).toMatchObject({ reason: { code: "rate_limit", status: 429, deploymentName: "one" } });
    const { message, retryAfterMs } = (one as PromiseRejectedResult).reason as RateLimitError;
    expect(message).toContain("86400 s");
    expect(message).toContain("`maxRetryDelay`");
    expect(message).not.toContain("Failed."); // whose advice is for shorter waits
    expect(retryAfterMs).toBeGreaterThan(86_000_000);
  }
  expect(clock.now()).toBe(10);
});

test("when one request is refused, the others wait and one goes ahead", async () => {
  let refused = false;
  const { clock, dispatcher, asked } = stage({
    settings: { maxConcurrency: 8 },
    script: async (one, clock) => {
      await clock.sleep(10);
      if (one.prompts[0] === "p3" && !refused) {
        refused = true;
        throw overloaded(5000)();
      }
      await clock.sleep(40);
    },
  });
  await results(
    clock,
    Array.from({ length: 60 }, (_, index) => dispatcher.submit({ prompt: `p${index}`, parameters })),
  );
  const after = asked.filter(({ at }) => at > 60 + 1);
  expect(after.every(({ at }) => at >= 5060)).toBe(true);
  expect(after.filter(({ at }) => at < 5100)).toHaveLength(1);
});

test("the listeners are told of each retry", async () => {
  const events: RetryEvent[] = [];
  const { clock, dispatcher } = stage({
    script: failing(2, overloaded(100)),
    settings: { onRetry: (event) => events.push(event) },
  });
  const own: RetryEvent[] = [];
  await results(clock, [dispatcher.submit({ prompt: "a", parameters, onRetry: (event) => own.push(event) })]);
  expect(events.map(({ attempt, deploymentName }) => [attempt, deploymentName])).toEqual([
    [1, "one"],
    [2, "one"],
  ]);
  expect(events[0]?.delayMs).toBeGreaterThanOrEqual(100);
  expect(own).toEqual(events);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("enough");
    },
  ],
  ["rejects", () => Promise.reject(new Error("enough"))],
])("an `onFailedAttempt` that %s ends the retries with its own error", async (_, onFailedAttempt) => {
  const { error, asked } = await ask({ script: failing(9, overloaded(1)), settings: { onFailedAttempt } });
  expect(error?.message).toBe("enough");
  expect(asked).toHaveLength(1);
});

test.each([
  ["429", overloaded(60_000)],
  ["500", () => new ServiceError("Failed.", { status: 500 })],
  ["a reset", () => new ConnectionError("Reset.")],
  ["an attempt that timed out", () => new TimeoutError("Slow.", { scope: "attempt" })],
  ["401", () => new AuthenticationError("No.", { status: 401 })],
  ["404", () => new DeploymentNotFoundError("No.", { status: 404 })],
])("%s goes to the next deployment at once", async (_, error) => {
  const { outcome, asked } = await ask({ deployments: two, script: failing(99, error, "one") });
  expect(outcome?.deploymentName).toBe("two");
  expect(asked.map((one) => [one.deployment, one.at])).toEqual([
    ["one", 0],
    ["two", 10],
  ]);
});

test("each deployment is tried once, however few retries there are", async () => {
  const { asked, error } = await ask({
    deployments: [...two, deployment("three", { priority: 2 })],
    script: failing(99, () => new ServiceError("Failed.", { status: 500 })),
    settings: { maxRetries: 0 },
  });
  expect(asked.map((one) => one.deployment)).toEqual(["one", "two", "three"]);
  expect(error).toMatchObject({ name: "ServiceError", deploymentName: "three" });
});

test("a misconfigured deployment is told of when the others fail as well", async () => {
  const { error } = await ask({
    deployments: two,
    settings: { maxRetries: 0 },
    script: ({ deployment }) => {
      throw deployment === "one"
        ? new AuthenticationError("The key is wrong.", { status: 401, deploymentName: "one" })
        : new ServiceError("Failed.", { status: 500 });
    },
  });
  expect(error?.message).toMatch(/"one" at \S+ had failed before: The key is wrong\.\)/);
});

test("what several deployments failed with is said once, with the name and the host of each", async () => {
  const { error } = await ask({
    deployments: ["one", "two", "three"].map((name) => deployment(name)),
    script: ({ deployment }) => {
      throw new AuthenticationError(`Not this key for ${deployment}.`, {
        status: 401,
        service: { message: "Access denied." },
      });
    },
  });
  expect(error?.message).toMatch(
    /^Not this key for three\. \(.*"one" at \S+ and "two" at \S+ had failed before in the same way\.\) See \S+#authentication\.$/,
  );
});

test("a misconfigured deployment is passed over for a while", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: two,
    script: async ({ deployment }, clock) => {
      await clock.sleep(10);
      if (deployment === "one") throw new AuthenticationError("No.", { status: 401 });
    },
  });
  for (let call = 0; call < 5; call++) {
    await results(clock, [dispatcher.submit({ prompt: `p${call}`, parameters })]);
  }
  expect(asked.filter((one) => one.deployment === "one")).toHaveLength(1);
});

test("deployments of one priority share the traffic by weight", async () => {
  const deployments = [deployment("one", { weight: 3 }), deployment("two", { weight: 1 })];
  const { clock, dispatcher, asked } = stage({ deployments });
  for (let call = 0; call < 4; call++) {
    await results(clock, [dispatcher.submit({ prompt: `warm ${call}`, parameters })]);
  }
  asked.length = 0;
  await results(
    clock,
    Array.from({ length: 40 }, (_, index) => dispatcher.submit({ prompt: `p${index}`, parameters })),
  );
  expect(asked.filter((one) => one.deployment === "one").length).toBeGreaterThanOrEqual(28);
  expect(asked.filter((one) => one.deployment === "one").length).toBeLessThanOrEqual(32);
});

test("a lower priority number goes first, then who came first", async () => {
  const { clock, dispatcher, asked } = stage({ settings: { maxConcurrency: 1 } });
  await results(
    clock,
    [
      ["a", 0],
      ["b", 5],
      ["c", 0],
      ["d", -1],
      ["e", 5],
    ].map(([prompt, priority]) =>
      dispatcher.submit({ prompt: String(prompt), priority: Number(priority), parameters }),
    ),
  );
  expect(asked.flatMap((one) => one.prompts)).toEqual(["a", "d", "c", "b", "e"]);
});

test.each([
  ["429", overloaded(50)],
  ["503", () => new ServiceError("Failed.", { status: 503, retryAfterMs: 50 })],
])("a %s that names its wait is tried again after just that", async (_, error) => {
  const delays: number[] = [];
  const scene = stage({ script: failing(2, error) });
  const onRetry = ({ delayMs }: RetryEvent): void => {
    delays.push(delayMs);
  };

  await results(scene.clock, [scene.dispatcher.submit({ prompt: "a", parameters, onRetry })]);

  expect(delays).toEqual([50, 50]);
});

describe("a call of one attempt while the deployment rests after others' failures", () => {
  /** A call that comes a while after one that was told to wait five seconds. */
  async function askLater(settings: Partial<DispatchSettings> = {}) {
    const scene = stage({
      deployments: [deployment("one")],
      settings: { maxRetries: 0, ...settings },
      script: ({ at }) => {
        if (at === 0) throw new RateLimitError("Busy.", { status: 429, retryAfterMs: 5000 });
      },
    });
    const { clock, dispatcher, asked } = scene;
    const first = dispatcher.submit({ prompt: "first", parameters });
    await expect(first).rejects.toMatchObject({ code: "rate_limit" });
    await clock.run(1000);
    const waits: number[] = [];
    const later = dispatcher.submit({ prompt: "later", parameters, onWait: (ms) => waits.push(ms) });
    const [settled] = await results(clock, [later]);
    return { settled, asked, waits };
  }

  test("waits for the rest and then makes its attempt, and is told so", async () => {
    const { settled, asked, waits } = await askLater();
    expect(settled?.status).toBe("fulfilled");
    expect(asked.map(({ at }) => at)).toEqual([0, 5000]);
    expect(waits).toEqual([4000]);
  });

  test("waits no longer than `maxRetryDelay`", async () => {
    const { settled, asked } = await askLater({ maxRetryDelayMs: 3000 });
    expect(settled).toMatchObject({ reason: { code: "rate_limit", retryAfterMs: 4000 } });
    expect(asked).toHaveLength(1);
  });

  test("waits no longer than `totalTimeout`, which says for what and why", async () => {
    const { settled, asked } = await askLater({ totalTimeoutMs: 2000 });
    expect(settled).toMatchObject({ reason: { code: "timeout", scope: "total" } });
    expect(String((settled as PromiseRejectedResult).reason)).toContain(
      'deployment "one" to be ready again (it had failed: Busy.)',
    );
    expect(asked).toHaveLength(1);
  });
});

describe("a deployment that asks to wait for a day, beside one that cannot be used,", () => {
  const day = 86_400_000;
  const script =
    (other: () => Error): NonNullable<StageOptions["script"]> =>
    async ({ deployment }, clock) => {
      await clock.sleep(10);
      throw deployment === "one" ? overloaded(day)() : other();
    };

  test.each([
    ["401", () => new AuthenticationError("No.", { status: 401 })],
    ["404", () => new DeploymentNotFoundError("No.", { status: 404 })],
  ])("keeps nobody waiting, those who come later included (%s)", async (_status, other) => {
    const { clock, dispatcher } = stage({ deployments: two, script: script(other) });
    const first = ["a", "b", "c"].map((prompt) => dispatcher.submit({ prompt, parameters }));
    const late = clock.sleep(1500).then(() => dispatcher.submit({ prompt: "late", parameters }));
    for (const settled of await results(clock, [...first, late])) {
      expect(settled).toMatchObject({
        status: "rejected",
        reason: { code: "rate_limit", deploymentName: "one" },
      });
    }
    expect(clock.now()).toBeLessThan(300_000);
  });

  test("fails what waits for it and was given up by the other", async () => {
    let asked = 0;
    const { clock, dispatcher } = stage({
      deployments: two,
      script: async ({ deployment, prompts }, clock) => {
        await clock.sleep(10);
        if (deployment === "two") throw new TimeoutError("Silent.", { scope: "attempt" });
        if (prompts[0] === "a") throw overloaded(asked++ === 0 ? 1000 : day)();
        await clock.sleep(100);
        throw overloaded(day)();
      },
    });
    const settled = await results(
      clock,
      ["a", "b"].map((prompt) => dispatcher.submit({ prompt, parameters })),
    );
    for (const one of settled)
      expect(one).toMatchObject({ status: "rejected", reason: { code: "rate_limit" } });
    expect(clock.now()).toBeLessThan(300_000);
  });
});

test("what a slow listener held back while the only deployment left asked for a day fails as well", async () => {
  const day = 86_400_000;
  const retried: string[] = [];
  const { clock, dispatcher } = stage({
    deployments: two,
    settings: {
      maxRetries: 0,
      onRetry: ({ error }) => void retried.push(error.message.slice(0, 8)),
      onFailedAttempt: (error) =>
        error instanceof ServiceError && error.message.startsWith("a") ? clock.sleep(1000) : undefined,
    },
    script: async ({ deployment, prompts: [prompt] }, clock) => {
      await clock.sleep(10);
      throw deployment === "two" ? overloaded(day)() : new ServiceError(`${prompt} failed.`, { status: 500 });
    },
  });
  const settled = await results(
    clock,
    ["a", "b"].map((prompt) => dispatcher.submit({ prompt, parameters })),
  );
  for (const one of settled)
    expect(one).toMatchObject({ status: "rejected", reason: { code: "rate_limit", deploymentName: "two" } });
  expect(clock.now()).toBeLessThan(day);
  // The other was not tried again, and so nobody was told that it would be.
  expect(retried).toEqual(["b failed"]);
});

test("after a 429, a stream whose reader has walked away keeps nobody waiting", async () => {
  let refusals = 1;
  const { clock, dispatcher } = stage({
    script: async (_, clock) => {
      await clock.sleep(10);
      if (refusals-- > 0) throw overloaded(100)();
    },
  });
  const stream = dispatcher.stream({ prompt: "a", parameters })[Symbol.asyncIterator]();
  const first = await Promise.all([stream.next(), clock.run()]);
  expect(first[0].done).toBe(false);
  const [settled] = await results(clock, [dispatcher.submit({ prompt: "b", parameters })]);
  expect(settled?.status).toBe("fulfilled");
});
