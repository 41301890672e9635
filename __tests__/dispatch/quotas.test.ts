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

test("a limit of tokens that is little more than a full request is used up all the same", async () => {
  const { dispatcher, clock, asked } = stage({
    deployments: [deployment("one", { tokensPerMinute: 12 * 101 })],
    settings: { batchSize: 10 },
  });
  const group = dispatcher.openGroup({ expected: 36 });
  const works = Array.from({ length: 36 }, () => ({ prompt: "p", parameters, group }));
  await results(
    clock,
    works.map((work) => dispatcher.submit(work)),
  );
  expect(asked.map(({ prompts }) => prompts.length)).toEqual([10, 2, 10, 2, 10, 2]);
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
  quota.refuse(0);
  const fits = Math.floor((limit * windowMs) / 60_000);
  for (let count = 0, now = 0; count <= fits; count++, now = quota.requestAt()) {
    if (count === fits) expect(now).toBeGreaterThan(windowMs);
    quota.take(0, now);
  }
  expect(quota.requestAt()).toBeLessThan(2.1 * windowMs);
});

test("ten minutes after the last refusal the pace is even again", () => {
  const quota = new Quota({ requestsPerMinute: 11 });
  quota.refuse(0);
  const lastStrict = 599_999;
  quota.take(0, lastStrict);
  expect(quota.requestAt() - lastStrict).toBeGreaterThan(10_000);
  const firstEven = 600_000 + 20_000;
  quota.take(0, firstEven);
  expect(quota.requestAt() - firstEven).toBeLessThan(6000);
});

test("until it is refused, the pace is even where a whole number in each window would cost much", () => {
  const quota = new Quota({ requestsPerMinute: 119 });
  quota.take(0, 0);
  expect(quota.requestAt()).toBeLessThan(530);
});

test("what a timer was late is caught up, as far as the slack of a window goes", () => {
  const quota = new Quota({ requestsPerMinute: 600 });
  quota.take(0, 0);
  const second = quota.requestAt();
  quota.take(0, second + 10);
  const third = quota.requestAt();
  expect(third).toBeCloseTo(second + 104);
  quota.take(0, third + 1000);
  expect(quota.requestAt()).toBeCloseTo(third + 1000 - 20 + 104);
});

test("tokens are counted for a minute and a second after they were used, and not much longer", () => {
  const quota = new Quota({ tokensPerMinute: 1000 });
  quota.take(1000, 0);
  expect(quota.tokensAt(1, 0)).toBeGreaterThanOrEqual(61_000);
  expect(quota.tokensAt(1, 0)).toBeLessThan(62_000);
  expect(quota.tokensAt(1000, 62_000)).toBe(62_000);
});

test("of the tokens that were used at several times, only so many are waited for as are in the way", () => {
  const quota = new Quota({ tokensPerMinute: 1000 });
  quota.take(500, 0);
  quota.take(500, 30_000);
  expect(quota.tokensAt(500, 30_000)).toBeLessThan(62_000);
  expect(quota.tokensAt(501, 30_000)).toBeGreaterThanOrEqual(90_000);
});

test("without a limit tokens always fit, and requests always go", () => {
  const quota = new Quota({});
  quota.take(1_000_000, 0);
  quota.correct({ remainingRequests: 0, resetRequestsMs: 3000 }, 0);
  expect(quota.tokensAt(1_000_000, 5)).toBe(5);
  expect(quota.requestAt()).toBe(-Infinity);
});

test.each([
  [1000, 500],
  [500, 1000],
])("of a limit of %d and one of %d in the headers the lower counts", (tokensPerMinute, limitTokens) => {
  const quota = new Quota({ tokensPerMinute });
  quota.correct({ limitTokens }, 0);
  expect(quota.tokenLimit).toBe(500);
});

test("limits from the headers stay when a later answer tells none", () => {
  const quota = new Quota({});
  quota.correct({ limitRequests: 600, limitTokens: 1000 }, 0);
  quota.correct({}, 0);
  quota.take(0, 0);
  expect(quota.tokenLimit).toBe(1000);
  expect(quota.requestAt()).toBeGreaterThan(0);
});

describe("tokens that others use", () => {
  /** 1,000 tokens a minute, of which we used some at the start. */
  function used(own: number): Quota {
    const quota = new Quota({ tokensPerMinute: 1000 });
    quota.take(own, 0);
    return quota;
  }

  test.each([
    ["nothing is told of", { limitTokens: 1000 }],
    ["what remains is below 0", { limitTokens: 1000, remainingTokens: -1 }],
    ["what remains is of an untold limit", { remainingTokens: 5 }],
  ])("are none where %s", (_, report) => {
    const quota = used(0);
    quota.correct(report, 0);
    expect(quota.tokensAt(1000, 0)).toBe(0);
  });

  test("leave a twentieth of the limit to be tried, however many they are", () => {
    const quota = used(0);
    quota.correct({ limitTokens: 1000, remainingTokens: 0 }, 0);
    expect(quota.tokensAt(40, 0)).toBe(0);
    expect(quota.tokensAt(60, 0)).toBeCloseTo(3600);
  });

  test("leave room at once for what fits beside them, more as they are forgotten", () => {
    const quota = used(0);
    quota.correct({ limitTokens: 1000, remainingTokens: 100 }, 0);
    expect(quota.tokensAt(100, 5000)).toBe(5000);
    expect(quota.tokensAt(500, 30_000)).toBe(30_000);
    expect(quota.tokensAt(1000, 70_000)).toBe(70_000);
  });

  test.each([
    [10_000, 10_000],
    [3_600_000, 60_000],
  ])("are forgotten when the service says (%d ms), and after a minute at the latest", (resetTokensMs, at) => {
    const quota = used(0);
    quota.correct({ limitTokens: 1000, remainingTokens: 0, resetTokensMs }, 0);
    expect(quota.tokensAt(1000, 0)).toBe(at);
  });

  test("are what is used beside our own", () => {
    const quota = used(500);
    quota.correct({ limitTokens: 1000, remainingTokens: 300 }, 0);
    expect(quota.tokensAt(400, 0)).toBe(30_000);
  });

  test("are waited for where our own leave exactly enough", () => {
    const quota = used(800);
    quota.correct({ limitTokens: 1000, remainingTokens: 100 }, 0);
    expect(quota.tokensAt(200, 0)).toBe(60_000);
  });

  test.each([[300], [950]])("do not matter while our own leave too little for %d", (tokens) => {
    const quota = used(800);
    quota.correct({ limitTokens: 1000, remainingTokens: 100 }, 0);
    expect(quota.tokensAt(tokens, 0)).toBeGreaterThanOrEqual(60_000);
    expect(quota.tokensAt(tokens, 0)).toBeLessThan(62_000);
  });

  test("are not waited for where our own are forgotten sooner and that is enough", () => {
    const quota = used(400);
    quota.correct({ limitTokens: 1000, remainingTokens: 200 }, 50_000);
    expect(quota.tokensAt(600, 50_000)).toBeLessThan(62_000);
  });
});

describe("no request remains, says the service", () => {
  test.each([
    ["a request of 600 a minute was all of the last second", 600, [0, 1000, 2000, 3000, 4000, 5000], 5990],
    ["a request of 30 a minute was all of ten seconds", 30, [0], 100],
    ["there was none of 60 a minute in the last second", 60, [0], 1500],
  ])("the window's end is waited for where %s", (_, requestsPerMinute, times, now) => {
    const quota = new Quota({ requestsPerMinute });
    for (const at of times) quota.take(0, at);
    quota.correct({ remainingRequests: 0, resetRequestsMs: 9000 }, now);
    expect(quota.requestAt()).toBe(now + 9000);
  });

  test.each([
    ["half of a second's", 600, [0, 104, 208, 312, 416], 420],
    ["most of ten seconds'", 30, [0, 2000, 4000], 6000],
    ["the second's one", 60, [0], 500],
  ])("and the pace stays where we made %s ourselves", (_, requestsPerMinute, times, now) => {
    const quota = new Quota({ requestsPerMinute });
    for (const at of times) quota.take(0, at);
    const before = quota.requestAt();
    quota.correct({ remainingRequests: 0, resetRequestsMs: 9000 }, now);
    expect(quota.requestAt()).toBe(before);
  });
});

test("while requests remain the pace stays", () => {
  const quota = new Quota({ requestsPerMinute: 600 });
  quota.take(0, 0);
  const before = quota.requestAt();
  quota.correct({ remainingRequests: 5, resetRequestsMs: 3000 }, 10);
  expect(quota.requestAt()).toBe(before);
});

test.each([
  [10, [1, 1, 1], [4, 3, 3]],
  [7, [0, 0], [4, 3]],
  [0, [5, 1], [0, 0]],
  [100, [1, 2, 4], [14, 29, 57]],
])("%d cut by %j is %j", (total, weights, shares) => {
  expect(apportion(total, weights)).toEqual(shares);
});
