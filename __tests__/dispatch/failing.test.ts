import { Deployment } from "../../src/dispatch/deployment.js";
import { Failing } from "../../src/dispatch/failing.js";
import { Job } from "../../src/dispatch/job.js";
import { Memory } from "../../src/dispatch/memory.js";
import { Parcel } from "../../src/dispatch/parcel.js";
import { Turn } from "../../src/dispatch/turn.js";
import { OperationNotSupportedError, ServiceError } from "../../src/errors.js";
import { plainDialect } from "../../src/operations/detect.js";
import type { RetryEvent } from "../../src/settings/settings.js";
import { defaults, deployment, results, stage } from "./script.js";
import { VirtualClock } from "./simulation/virtual-clock.js";

const parameters = Object.freeze({ maxTokens: 16 });

const broken = () => new ServiceError("Failed.", { status: 503, retryAfterMs: 100 });

/** What is written to the console as an error meanwhile. */
async function listenToConsole(run: () => Promise<unknown>): Promise<unknown[][]> {
  const written: unknown[][] = [];
  const { error } = console;
  console.error = (...args: unknown[]) => void written.push(args);
  try {
    await run();
  } finally {
    console.error = error;
  }
  return written;
}

test("what is none of our errors ends its call as it is: it is neither tried again nor told", async () => {
  const bug = new TypeError("a bug");
  const told: unknown[] = [];
  const { clock, dispatcher, asked } = stage({
    settings: { onFailedAttempt: (error) => void told.push(error) },
    script: () => {
      throw bug;
    },
  });
  const [settled] = await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
  expect((settled as PromiseRejectedResult).reason).toBe(bug);
  expect(bug).not.toHaveProperty("deploymentName");
  expect([asked.length, told]).toEqual([1, []]);
});

test("who was given up is not told of a retry, and the others of its request are", async () => {
  const told: string[] = [];
  const controller = new AbortController();
  let left = 1;
  const { clock, dispatcher } = stage({
    script: async (_, clock) => {
      await clock.sleep(100);
      if (left-- > 0) throw broken();
    },
  });
  const group = dispatcher.openGroup({ expected: 2 });
  const submit = (prompt: string, signal?: AbortSignal) => {
    const more = signal === undefined ? {} : { signal };
    const onRetry = (): void => void told.push(prompt);
    return dispatcher.submit({ prompt, parameters, group, onRetry, ...more });
  };
  clock.schedule(50, () => {
    controller.abort();
  });
  await results(clock, [submit("stays"), submit("goes", controller.signal)]);
  expect(told).toEqual(["stays"]);
});

describe("a listener", () => {
  const shout = (): never => {
    throw new Error("in the listener");
  };
  const fails = (settings: { onRetry?: (event: RetryEvent) => void }, onRetry?: () => void) => {
    let left = 1;
    const { clock, dispatcher } = stage({
      settings,
      script: () => {
        if (left-- > 0) throw broken();
      },
    });
    const own = onRetry === undefined ? {} : { onRetry };
    return results(clock, [dispatcher.submit({ prompt: "a", parameters, ...own })]);
  };

  test.each<[string, () => unknown]>([
    ["throws", shout],
    ["returns a promise that fails", () => Promise.resolve().then(shout)],
  ])("that %s is named on the console, and costs nobody an answer", async (_how, listen) => {
    const written = await listenToConsole(async () => {
      expect(await fails({ onRetry: listen }, listen)).toMatchObject([{ status: "fulfilled" }]);
    });
    expect(written.map(([first]) => first as string)).toEqual([
      expect.stringContaining("`onRetry`"),
      expect.stringContaining("`onRetry`"),
    ]);
  });

  test("that is not there is not missed", async () => {
    expect(await listenToConsole(() => fails({}))).toEqual([]);
  });
});

test("what a request was taught is counted, so that lessons come to an end", () => {
  const clock = new VirtualClock();
  const settings = deployment("one", { operation: "auto" });
  const never = (): never => {
    throw new Error("Nothing is sent in this test.");
  };
  const one = new Deployment(
    0,
    settings,
    { send: never, stream: never },
    new Memory().of(settings),
    defaults.maxRetryDelayMs,
  );
  const put: Parcel[] = [];
  const failing = new Failing({
    deployments: [one],
    settings: defaults,
    clock,
    random: () => 0.5,
    nextSequence: () => 1,
    arrive: () => undefined,
    put: (parcels) => put.push(...parcels) > 0,
    fail: never,
    hold: (run) => run(),
  });
  const delivery = { kind: "answer", deliver: never } as const;
  const parcel = new Parcel([new Job({ prompt: "a", parameters }, parameters, 0, delivery, never)]);
  const { operation } = one;
  const flight = {
    parcel,
    deployment: one,
    operation,
    dialect: plainDialect,
    era: one.depart(0, 0),
    kind: "",
    turn: new Turn([one]),
    controller: new AbortController(),
    size: 1,
    wanted: 1,
    over: false,
  };
  const elsewhere = new OperationNotSupportedError("Not here.", { status: 404, service: {} });
  failing.meet(flight, elsewhere);
  expect(put).toEqual([parcel]);
  expect([parcel.history.lessons, one.operation === operation]).toEqual([1, false]);
});
