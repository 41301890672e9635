import {
  AuthenticationError,
  OperationNotSupportedError,
  RateLimitError,
  ServiceError,
} from "../../src/errors.js";
import type { DeploymentSettings, OperationName } from "../../src/settings/settings.js";
import { Memory } from "../../src/dispatch/memory.js";
import { deployment, results, stage } from "./script.js";
import type { Asked, Script, Stage, StageOptions } from "./script.js";
import { VirtualClock } from "./simulation/virtual-clock.js";

const parameters = Object.freeze({ maxTokens: 16 });
const others = Object.freeze({ temperature: 1 });

/** Deployments of chat, by name and weight. */
function chats(weights: Readonly<Record<string, number>>, rest: Partial<DeploymentSettings> = {}) {
  return Object.entries(weights).map(([name, weight]) =>
    deployment(name, { operation: "chat", weight, ...rest }),
  );
}

/** How many requests each deployment got. */
function tally(asked: readonly Asked[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of asked) counts[one.deployment] = (counts[one.deployment] ?? 0) + 1;
  return counts;
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  const pieces = stream[Symbol.asyncIterator]();
  for (let done = false; !done;) done = (await pieces.next()).done === true;
}

/** Has so many prompts answered at once. */
async function answer(scene: Stage, count: number): Promise<void> {
  const calls = Array.from({ length: count }, (_, index) =>
    scene.dispatcher.submit({ prompt: `p${index}`, parameters }),
  );
  const settled = await results(scene.clock, calls);
  expect(settled.filter(({ status }) => status === "rejected")).toEqual([]);
}

async function answered(options: StageOptions, count = 40): Promise<Stage> {
  const scene = stage(options);
  await answer(scene, count);
  return scene;
}

/** Answers after so long each. */
function taking(times: Readonly<Record<string, number>>): Script {
  return ({ deployment }, clock) => clock.sleep(times[deployment] ?? 0);
}

describe("on a cold start turns are taken by weight exactly", () => {
  test.each([
    ["equally", { one: 1, two: 1 }, { one: 20, two: 20 }],
    ["one to three", { one: 1, two: 3 }, { one: 10, two: 30 }],
    ["three to one to one", { one: 3, two: 1, three: 1 }, { one: 24, two: 8, three: 8 }],
  ])("%s", async (_, weights, counts) => {
    const { asked } = await answered({ deployments: chats(weights) });
    expect(tally(asked)).toEqual(counts);
  });

  test.each([
    ["the first answers later", { one: 140, two: 50 }],
    ["the second answers later", { one: 50, two: 140 }],
  ])("when %s", async (_, times) => {
    const { asked } = await answered({ deployments: chats({ one: 1, two: 3 }), script: taking(times) });
    expect(tally(asked)).toEqual({ one: 10, two: 30 });
  });

  test("when few may be out at a time", async () => {
    const { asked } = await answered({
      deployments: chats({ one: 1, two: 3 }),
      settings: { maxConcurrency: 3 },
      script: taking({ one: 50, two: 20 }),
    });
    expect(tally(asked)).toEqual({ one: 10, two: 30 });
  });

  test("in requests of twenty prompts", async () => {
    const { clock, dispatcher, asked } = stage({ deployments: [deployment("one"), deployment("two")] });
    const group = dispatcher.openGroup({ expected: 800 });
    const calls = Array.from({ length: 800 }, (_, index) =>
      dispatcher.submit({ prompt: `p${index}`, parameters, group }),
    );
    await results(clock, calls);
    expect(tally(asked)).toEqual({ one: 20, two: 20 });
  });

  test("by streams", async () => {
    const { clock, dispatcher, asked } = stage({ deployments: chats({ one: 1, two: 3 }) });
    const streams = Array.from({ length: 40 }, (_, index) =>
      drain(dispatcher.stream({ prompt: `p${index}`, parameters })),
    );
    await results(clock, streams);
    expect(tally(asked)).toEqual({ one: 10, two: 30 });
  });

  test.each<OperationName>(["chat", "responses", "completions"])(
    "by answers, where it has to be found out that they serve %s",
    async (served) => {
      const refused: Asked[] = [];
      const { asked } = await answered({
        deployments: chats({ one: 1, two: 3 }, { operation: "auto" }),
        script: async (one, clock) => {
          await clock.sleep(one.deployment === "one" ? 30 : 70);
          if (one.operation === served) return;
          refused.push(one);
          throw new OperationNotSupportedError("Another operation, please.", {
            status: 400,
            service: { code: "OperationNotSupported" },
          });
        },
      });
      const counts = tally(asked.filter((one) => !refused.includes(one)));
      expect(counts).toEqual({ one: 10, two: 30 });
    },
  );

  test("by another instance, while the first still finds out", async () => {
    const clock = new VirtualClock();
    const shared = { clock, memory: new Memory(), deployments: chats({ one: 1, two: 1 }) };
    const [first, second] = [stage(shared), stage(shared)];
    const calls = [first, second].flatMap(({ dispatcher }) =>
      Array.from({ length: 20 }, (_, index) => dispatcher.submit({ prompt: `p${index}`, parameters })),
    );
    await results(clock, calls);
    expect(tally(first.asked)).toEqual({ one: 10, two: 10 });
    expect(tally(second.asked)).toEqual({ one: 10, two: 10 });
  });
});

test("turns are taken by weight among those of several kinds of request", async () => {
  const { clock, dispatcher, asked } = stage({ deployments: chats({ one: 1, two: 3 }) });
  const calls = Array.from({ length: 80 }, (_, index) =>
    dispatcher.submit({ prompt: `p${index}`, parameters: index % 2 === 0 ? parameters : others }),
  );
  await results(clock, calls);
  expect(tally(asked)).toEqual({ one: 20, two: 60 });
});

test("while the preferred deployment answers its first request, nobody turns to the next", async () => {
  const deployments = [...chats({ one: 1 }, { priority: 0 }), ...chats({ two: 1 }, { priority: 1 })];
  const { asked } = await answered({ deployments, script: taking({ one: 2000, two: 10 }) });
  expect(tally(asked)).toEqual({ one: 40 });
});

describe("a turn is held no longer than for the first answer:", () => {
  test.each([
    ["that takes nine seconds", 9000],
    ["that does not come", 3_600_000],
  ])("not for one %s where others took a fiftieth of a second", async (_, late) => {
    const { asked } = await answered({
      deployments: chats({ one: 1, two: 1 }),
      script: taking({ one: 20, two: late }),
    });
    expect(Math.max(...asked.map(({ at }) => at))).toBe(60);
    expect(tally(asked)).toEqual({ one: 39, two: 1 });
  });

  test("three times as long as the slowest of the others took", async () => {
    const scene = stage({
      deployments: chats({ one: 1, two: 1, three: 1 }),
      script: taking({ one: 20, two: 1000, three: 3_600_000 }),
    });
    await answer(scene, 2); // of one and of two
    const began = scene.clock.now();
    await answer(scene, 10);
    expect(Math.max(...scene.asked.map(({ at }) => at))).toBe(began + 3000);
    expect(tally(scene.asked)["three"]).toBe(1);
  });

  test("ten seconds at most", async () => {
    const { asked } = await answered({
      deployments: chats({ one: 1, two: 1 }),
      script: taking({ one: 9000, two: 60_000 }),
    });
    expect(Math.max(...asked.map(({ at }) => at))).toBe(10_000);
    expect(tally(asked)).toEqual({ one: 20, two: 20 });
  });

  test("not by one that rests", async () => {
    const { asked, clock } = await answered({
      deployments: chats({ one: 1, two: 1 }),
      script: async (one, clock) => {
        await clock.sleep(100);
        if (one.deployment === "two" && one.at < 60_000) {
          throw new RateLimitError("Busy.", { status: 429, retryAfterMs: 60_000 });
        }
      },
    });
    expect(tally(asked)).toEqual({ one: 40, two: 1 });
    expect(clock.now()).toBe(200);
  });

  test("not by one that nobody can sign in to", async () => {
    const { asked } = await answered({
      deployments: chats({ one: 1, two: 1 }),
      script: async (one, clock) => {
        await clock.sleep(100);
        if (one.deployment === "two") throw new AuthenticationError("No.", { status: 401 });
      },
    });
    expect(tally(asked)).toEqual({ one: 40, two: 1 });
  });

  test("not by one that answers no operation", async () => {
    const { asked, clock } = await answered({
      deployments: chats({ one: 1, two: 1 }, { operation: "auto" }),
      script: async (one, clock) => {
        await clock.sleep(100);
        if (one.deployment === "one") return;
        throw new OperationNotSupportedError("Another operation, please.", {
          status: 400,
          service: { code: "OperationNotSupported" },
        });
      },
    });
    expect(tally(asked)).toEqual({ one: 40, two: 3 });
    expect(clock.now()).toBe(400);
  });

  test("not by one whose requests a minute are used up", async () => {
    const deployments = [...chats({ one: 1 }), ...chats({ two: 1 }, { requestsPerMinute: 6 })];
    const { asked, clock } = await answered({ deployments, script: taking({ one: 100, two: 9000 }) });
    expect(tally(asked)).toEqual({ one: 39, two: 1 });
    expect(clock.now()).toBe(9000);
  });

  test("not by one whose tokens a minute are used up", async () => {
    const deployments = [...chats({ one: 1 }), ...chats({ two: 1 }, { tokensPerMinute: 20 })];
    const { asked } = await answered({ deployments, script: taking({ one: 100, two: 9000 }) });
    expect(tally(asked)).toEqual({ one: 39, two: 1 });
    expect(Math.max(...asked.map(({ at }) => at))).toBe(100);
  });
});

test("requests of a kind that is understood go on while another kind is found out about", async () => {
  const scene = stage({
    deployments: chats({ one: 1, two: 1 }),
    script: ({ deployment, request }, clock) =>
      clock.sleep(request.parameters === others && deployment === "two" ? 5000 : 10),
  });
  const { clock, dispatcher, asked } = scene;
  await answer(scene, 2);
  const began = asked.length;
  const submit = (own: typeof parameters | typeof others) =>
    dispatcher.submit({ prompt: "p", parameters: own });
  const settled = results(clock, [
    ...Array.from({ length: 20 }, () => submit(others)),
    ...Array.from({ length: 20 }, () => submit(parameters)),
  ]);
  await settled;
  const known = asked.slice(began).filter(({ request }) => request.parameters === parameters);
  expect(known.every(({ at }) => at < 100)).toBe(true);
  expect(tally(known)).toEqual({ one: 10, two: 10 });
});

test("what has failed on a deployment passes nobody who waits for its turn there", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: chats({ one: 1, two: 1 }),
    script: async ({ deployment, prompts }, clock) => {
      await clock.sleep(deployment === "one" ? 10 : 1000);
      if (deployment === "two" && prompts[0] === "late") throw new ServiceError("Failed.", { status: 500 });
    },
  });
  const submit = (prompt: string, priority: number) => dispatcher.submit({ prompt, parameters, priority });
  const calls = [submit("a", 0), submit("late", 5), ...["b", "c", "d", "e"].map((one) => submit(one, 0))];
  await results(clock, calls);
  const order = asked.map(({ prompts }) => prompts[0]);
  expect(order).toEqual(["a", "late", "b", "c", "d", "e", "late"]);
});
