import { Quota } from "../../src/dispatch/quota.js";
import { apportion } from "../../src/dispatch/usage.js";
import { deployment, results, stage } from "./script.js";

const parameters = Object.freeze({ maxTokens: 100 });

function submitAll(scene: ReturnType<typeof stage>, count: number) {
  return results(
    scene.clock,
    Array.from({ length: count }, (_, index) => scene.dispatcher.submit({ prompt: `p${index}`, parameters })),
  );
}

test("300 prompts at 1,200 requests a minute take at most 16.5 s, and at least what the limit asks", async () => {
  const scene = stage({ deployments: [deployment("one", { operation: "chat", requestsPerMinute: 1200 })] });
  await submitAll(scene, 300);
  expect(scene.clock.now()).toBeLessThanOrEqual(16_500);
  expect(scene.asked.at(-1)?.at).toBeGreaterThanOrEqual(14_900);
  for (const windowMs of [1000, 10_000]) {
    for (const { at } of scene.asked) {
      const within = scene.asked.filter((one) => one.at > at - windowMs && one.at <= at);
      expect(within.length).toBeLessThanOrEqual((1200 * windowMs) / 60_000);
    }
  }
});

test("tokens are counted as Azure does: the prompt and all that may be made of it", async () => {
  const tokensPerMinute = 10 * 101;
  const scene = stage({ deployments: [deployment("one", { operation: "chat", tokensPerMinute })] });
  await submitAll(scene, 25);
  const minutes = scene.asked.map(({ at }) => Math.floor(at / 60_000));
  expect(minutes.filter((minute) => minute === 0)).toHaveLength(10);
  expect(minutes.filter((minute) => minute === 1)).toHaveLength(10);
  expect(minutes.filter((minute) => minute === 2)).toHaveLength(5);
});

test("limits are learnt from the headers, and values up to 0 mean nothing", async () => {
  const limited = stage({ report: () => ({ rateLimit: { limitRequests: 600 } }) });
  await submitAll(limited, 1);
  await submitAll(limited, 50);
  expect(limited.clock.now()).toBeGreaterThan(4900);
  const unlimited = stage({ report: () => ({ rateLimit: { limitRequests: -1, limitTokens: 0 } }) });
  await submitAll(unlimited, 1);
  await submitAll(unlimited, 50);
  expect(unlimited.clock.now()).toBe(200);
});

test("a lower priority number does not wait for tokens behind a higher", async () => {
  const scene = stage({ deployments: [deployment("one", { operation: "chat", tokensPerMinute: 1000 })] });
  const big = Object.freeze({ maxTokens: 800 });
  await submitAll(scene, 8);
  const { dispatcher, clock, asked } = scene;
  await results(clock, [
    dispatcher.submit({ prompt: "low", parameters: Object.freeze({ maxTokens: 50 }), priority: 5 }),
    dispatcher.submit({ prompt: "big", parameters: big, priority: 0 }),
    dispatcher.submit({ prompt: "small", parameters: Object.freeze({ maxTokens: 50 }), priority: 5 }),
  ]);
  expect(asked.slice(8).map((one) => one.prompts[0])).toEqual(["low", "big", "small"]);
});

test.each([
  [50, 10_000],
  [500, 10_000],
  [545, 10_000],
])(
  "%d requests a minute are kept where a window of %d ms holds a broken number of them",
  async (requestsPerMinute, windowMs) => {
    const limit = Math.floor((requestsPerMinute * windowMs) / 60_000);
    const scene = stage({ deployments: [deployment("one", { operation: "chat", requestsPerMinute })] });
    await submitAll(scene, 30);
    for (const { at } of scene.asked) {
      const within = scene.asked.filter((one) => one.at > at - windowMs && one.at <= at);
      expect(within.length).toBeLessThanOrEqual(limit);
    }
  },
);

test("tokens that others use are left to them, and come back over the minute", () => {
  const quota = new Quota({ tokensPerMinute: 1000 });
  quota.correct({ limitTokens: 1000, remainingTokens: 100 }, 0);
  expect(quota.tokensAt(100, 0)).toBe(0);
  const at = quota.tokensAt(550, 0);
  expect(at).toBeGreaterThan(20_000);
  expect(at).toBeLessThan(40_000);
});

test("when nothing remains though we asked for little, the window's end is waited for", () => {
  const quota = new Quota({ requestsPerMinute: 600 });
  quota.take(0, 0);
  quota.correct({ limitRequests: 600, remainingRequests: 0, resetRequestsMs: 3000 }, 10);
  expect(quota.requestAt()).toBe(3010);
});

test.each([
  [53, 10_000],
  [11, 10_000],
  [119, 1000],
  [500, 1000],
])("once refused, %d requests a minute keep below the whole number that fits %d ms", (limit, windowMs) => {
  const quota = new Quota({ requestsPerMinute: limit });
  quota.refuse();
  const fits = Math.floor((limit * windowMs) / 60_000);
  for (let count = 0, now = 0; count <= fits; count++, now = quota.requestAt()) {
    if (count === fits) expect(now).toBeGreaterThan(windowMs);
    quota.take(0, now);
  }
});

test.each([
  [10, [1, 1, 1], [4, 3, 3]],
  [7, [0, 0], [4, 3]],
  [0, [5, 1], [0, 0]],
  [100, [1, 2, 4], [14, 29, 57]],
])("%d cut by %j is %j", (total, weights, shares) => {
  expect(apportion(total, weights)).toEqual(shares);
});
