import { Dispatcher } from "../../src/dispatch/dispatcher.js";
import {
  ConnectionError,
  InvalidRequestError,
  RateLimitError,
  ServiceError,
  TimeoutError,
} from "../../src/errors.js";
import type { Chunk } from "../../src/operations/operation.js";
import { operations } from "../../src/operations/operations.js";
import { defaults, deployment, results, stage } from "./script.js";

const parameters = Object.freeze({ maxTokens: 16 });

test("streams go in the order they came", async () => {
  const { clock, dispatcher, asked } = stage({ settings: { maxConcurrency: 1 } });
  const read = async (prompt: string): Promise<void> => {
    for await (const piece of dispatcher.stream({ prompt, parameters })) expect(piece.chunk).toBeDefined();
  };
  await results(clock, ["a", "b", "c", "d"].map(read));
  expect(asked.flatMap(({ prompts }) => prompts)).toEqual(["a", "b", "c", "d"]);
});

test("one choice that is refused fails a prompt of several, and the others are given up", async () => {
  const refusal = new InvalidRequestError("No.", { status: 400 });
  let requests = 0;
  const { clock, dispatcher, asked } = stage({
    deployments: [deployment("one", { operation: "responses" })],
    settings: { maxConcurrency: 1 },
    script: () => {
      if (++requests === 2) throw refusal;
    },
  });
  const [settled] = await results(clock, [
    dispatcher.submit({ prompt: "a", parameters: Object.freeze({ maxTokens: 16, n: 4 }) }),
    dispatcher.submit({ prompt: "b", parameters }),
  ]);
  expect((settled as PromiseRejectedResult).reason).toBe(refusal);
  expect(asked.flatMap(({ prompts }) => prompts)).toEqual(["a", "a", "b"]);
});

describe("who is told to wait", () => {
  /** A stage on which some deployments rest until 5000. */
  async function rest(...resting: readonly string[]) {
    const scene = stage({
      deployments: [deployment("one"), deployment("two")],
      settings: { maxRetries: 0 },
      script: ({ at, deployment }) => {
        if (at === 0 && resting.includes(deployment)) {
          throw new RateLimitError("Busy.", { status: 429, retryAfterMs: 5000 });
        }
      },
    });
    const { clock, dispatcher } = scene;
    const waits: number[] = [];
    const submit = (prompt: string, signal?: AbortSignal) => {
      const more = signal === undefined ? {} : { signal };
      return dispatcher.submit({ prompt, parameters, onWait: (ms) => waits.push(ms), ...more });
    };
    for (const prompt of ["a", "b"]) void submit(prompt).catch(() => undefined);
    await clock.run(1000);
    return { ...scene, waits, submit };
  }

  test("is told how long, where all rest", async () => {
    const { clock, waits, submit } = await rest("one", "two");
    await results(clock, [submit("later")]);
    expect(waits).toEqual([4000]);
  });

  test("is nobody while one is ready", async () => {
    const { clock, waits, submit } = await rest("one");
    await results(clock, [submit("later")]);
    expect(waits).toEqual([]);
  });

  test("is nobody at the moment when the rest is over", async () => {
    const { clock, waits, submit } = await rest("one", "two");
    await clock.run(5000);
    await results(clock, [submit("later")]);
    expect(waits).toEqual([]);
  });

  test("is nobody who has given up before", async () => {
    const { clock, waits, submit } = await rest("one", "two");
    await results(clock, [submit("later", AbortSignal.abort())]);
    expect(waits).toEqual([]);
  });

  test("need not listen", async () => {
    const { clock, dispatcher } = await rest("one", "two");
    const [settled] = await results(clock, [dispatcher.submit({ prompt: "later", parameters })]);
    expect(settled?.status).toBe("fulfilled");
  });
});

test("the preferred deployment goes first, in whatever order they are listed", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: [deployment("two", { priority: 2 }), deployment("one", { priority: 1 })],
  });
  await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
  expect(asked.map(({ deployment }) => deployment)).toEqual(["one"]);
});

test("each deployment needs a connection", () => {
  const options = { deployments: [deployment("one")], connections: [], operations, settings: defaults };
  expect(() => new Dispatcher(options)).toThrow(RangeError);
});

describe("what ends a stream after its first text", () => {
  /** Reads streams one after the other, and says when a prompt after them goes. */
  async function readStreams(...ends: readonly (Error | undefined)[]) {
    let at = 0;
    const { clock, dispatcher, asked } = stage({
      settings: { maxRetries: 0 },
      script: () => undefined,
      words: async function* (): AsyncIterable<Chunk> {
        yield { index: 0, text: "Hello" };
        const end = await Promise.resolve(ends[at++]);
        if (end !== undefined) throw end;
      },
    });
    for (const end of ends) {
      const read = async (): Promise<void> => {
        for await (const { chunk } of dispatcher.stream({ prompt: "a", parameters })) {
          expect(chunk.text).toBe("Hello");
        }
      };
      const [settled] = await results(clock, [read()]);
      expect(settled?.status).toBe(end === undefined ? "fulfilled" : "rejected");
    }
    await results(clock, [dispatcher.submit({ prompt: "after", parameters })]);
    return asked.at(-1)?.at;
  }

  const cut = () => new ConnectionError("Reset.");

  test("is trouble where the connection breaks: after three the deployment rests", async () => {
    expect(await readStreams(cut(), cut(), cut())).toBeGreaterThan(0);
  });

  test("is an answer where it is whole, after which trouble counts anew", async () => {
    expect(await readStreams(cut(), cut(), undefined, cut(), cut())).toBe(0);
  });

  test("names the deployment", async () => {
    const error = cut();
    await readStreams(error);
    expect(error).toHaveProperty("deploymentName", "one");
  });

  test("is no reason to rest where it only fell silent", async () => {
    const silent = () => new TimeoutError("Silent.", { scope: "idle" });
    expect(await readStreams(silent(), silent(), silent())).toBe(0);
  });

  test("is no reason to rest where it is none of our errors", async () => {
    const bug = () => new TypeError("a bug");
    expect(await readStreams(bug(), bug(), bug())).toBe(0);
  });
});

describe("the total timeout", () => {
  test("tells once what the call itself failed of", async () => {
    const { clock, dispatcher } = stage({
      settings: { totalTimeoutMs: 1000 },
      script: () => {
        throw new ServiceError("It is on fire.", { status: 503, retryAfterMs: 5000 });
      },
    });
    const [settled] = await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
    const { message } = (settled as PromiseRejectedResult).reason as Error;
    expect(message.split("It is on fire.")).toHaveLength(2);
  });

  test("says so where the call waited for its turn under the limits", async () => {
    const { clock, dispatcher } = stage({
      deployments: [deployment("one", { requestsPerMinute: 1 })],
      settings: { totalTimeoutMs: 1000 },
    });
    const [, settled] = await results(
      clock,
      ["a", "b"].map((prompt) => dispatcher.submit({ prompt, parameters })),
    );
    expect(String((settled as PromiseRejectedResult).reason)).toContain(
      "its turn under the deployment's limits",
    );
  });
});

test("no timer is left once the last call that waited was given up", async () => {
  const { clock, dispatcher } = stage({ deployments: [deployment("one", { requestsPerMinute: 1 })] });
  const controller = new AbortController();
  const { signal } = controller;
  void dispatcher.submit({ prompt: "a", parameters });
  const waiting = dispatcher.submit({ prompt: "b", parameters, signal }).catch(() => undefined);
  await clock.run(1000);
  expect(clock.pending).toBeGreaterThan(0);
  controller.abort();
  await waiting;
  expect(clock.pending).toBe(0);
});
