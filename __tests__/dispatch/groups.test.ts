import { ContentFilterError, InvalidRequestError } from "../../src/errors.js";
import type { ErrorDetails } from "../../src/errors.js";
import { deployment, results, stage } from "./script.js";
import type { Asked } from "./script.js";
import { settle } from "./simulation/virtual-clock.js";

const parameters = Object.freeze({ maxTokens: 16 });

type Settled = readonly PromiseSettledResult<{ choices: readonly { text: string }[] }>[];

function texts(settled: Settled): string[] {
  return settled.map((one) =>
    one.status === "fulfilled" ? (one.value.choices[0]?.text ?? "") : (one.reason as Error).name,
  );
}

function prompts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `p${index}`);
}

function refusing(bad: readonly string[], error: () => Error) {
  return ({ prompts }: Asked): void => {
    if (prompts.some((prompt) => bad.includes(prompt))) throw error();
  };
}

const filtered = (): Error =>
  new ContentFilterError("Filtered.", { status: 400, source: "prompt", categories: {} });

const invalid = (service: ErrorDetails["service"] & object) => (): Error =>
  new InvalidRequestError("Invalid.", { status: 400, service });

test("a thousand prompts of a group go in fifty requests, each answer in its place", async () => {
  const { clock, dispatcher, asked } = stage();
  const group = dispatcher.openGroup({ expected: 1000 });
  const settled = await results(
    clock,
    prompts(1000).map((prompt) => dispatcher.submit({ prompt, parameters, group })),
  );
  expect(texts(settled)).toEqual(prompts(1000).map((prompt) => `re ${prompt}`));
  expect(asked).toHaveLength(50);
  // One goes ahead to learn how the deployment is spoken to; the others follow side by side.
  expect(clock.now()).toBe(200);
});

test("a prompt without a group goes at once and alone", () => {
  const { dispatcher, asked } = stage();
  void dispatcher.submit({ prompt: "a", parameters });
  expect(asked.map((one) => one.prompts)).toEqual([["a"]]);
});

test("what fills a request goes at once, the rest when nobody is left to come", async () => {
  const { dispatcher, asked, clock } = stage({ settings: { batchSize: 2 } });
  const group = dispatcher.openGroup({ expected: 4 });
  const submit = (prompt: string) => dispatcher.submit({ prompt, parameters, group });
  const calls = [submit("a"), submit("b")];
  expect(asked.map((one) => one.prompts)).toEqual([["a", "b"]]);
  calls.push(submit("c"));
  expect(asked).toHaveLength(1);
  group.leave();
  await results(clock, calls);
  expect(asked.map((one) => one.prompts)).toEqual([["a", "b"], ["c"]]);
});

test("a group that is not complete goes after a turn in which nobody joined", async () => {
  const { dispatcher, asked, clock } = stage();
  const group = dispatcher.openGroup({ expected: 100 });
  const calls = ["a", "b"].map((prompt) => dispatcher.submit({ prompt, parameters, group }));
  expect(asked).toHaveLength(0);
  await results(clock, calls);
  expect(asked.map((one) => one.prompts)).toEqual([["a", "b"]]);
  expect(clock.now()).toBe(100);
});

test("a group's requests are bounded by its own concurrency", async () => {
  const { dispatcher, clock, asked, most } = stage({ settings: { batchSize: 2 } });
  const group = dispatcher.openGroup({ expected: 40, maxConcurrency: 5 });
  await results(
    clock,
    prompts(40).map((prompt) => dispatcher.submit({ prompt, parameters, group })),
  );
  expect(asked).toHaveLength(20);
  expect(most()).toBe(5);
});

test("prompts with other parameters, other headers or of their own go apart", async () => {
  const { dispatcher, clock, asked } = stage();
  const group = dispatcher.openGroup({ expected: 8 });
  const headers = { "x-tenant": "1" };
  const works = [
    { prompt: "a", parameters },
    { prompt: "b", parameters },
    { prompt: "c", parameters: { maxTokens: 16 } },
    { prompt: "d", parameters, headers },
    { prompt: "e", parameters, headers },
    { prompt: "f", parameters, alone: true },
    { prompt: "g", parameters, alone: true },
    { prompt: "h", parameters },
  ];
  await results(
    clock,
    works.map((work) => dispatcher.submit({ ...work, group })),
  );
  expect(asked.map((one) => one.prompts)).toEqual(
    expect.arrayContaining([["a", "b", "h"], ["c"], ["d", "e"], ["f"], ["g"]]),
  );
  expect(asked).toHaveLength(5);
});

test("a chat deployment gets each prompt by itself", async () => {
  const { dispatcher, clock, asked } = stage({ deployments: [deployment("one", { operation: "chat" })] });
  const group = dispatcher.openGroup({ expected: 30 });
  await results(
    clock,
    prompts(30).map((prompt) => dispatcher.submit({ prompt, parameters, group })),
  );
  expect(asked).toHaveLength(30);
});

test.each([
  ["filtered", filtered],
  ["refused by its field", invalid({ param: "prompt" })],
  ["refused without a field", invalid({ message: "no" })],
])("one prompt that is %s spoils only itself, for about 2 log2(20) more requests", async (_, error) => {
  const { dispatcher, clock, asked } = stage({ script: refusing(["p7"], error) });
  const group = dispatcher.openGroup({ expected: 20 });
  const settled = await results(
    clock,
    prompts(20).map((prompt) => dispatcher.submit({ prompt, parameters, group })),
  );
  const expected = prompts(20).map((prompt) => (prompt === "p7" ? error().name : `re ${prompt}`));
  expect(texts(settled)).toEqual(expected);
  expect(asked.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(20)) + 2);
});

test.each([
  ["names its field", { param: "logprobs" }, 1],
  ["names no field", { message: "logprobs is not available" }, 3],
])("a refusal of the whole request that %s is not paid for by each prompt", async (_, service, requests) => {
  const { dispatcher, clock, asked } = stage({ script: refusing(prompts(20), invalid(service)) });
  const group = dispatcher.openGroup({ expected: 20 });
  const settled = await results(
    clock,
    prompts(20).map((prompt) => dispatcher.submit({ prompt, parameters, group })),
  );
  expect(texts(settled)).toEqual(Array.from({ length: 20 }, () => "InvalidRequestError"));
  expect(asked).toHaveLength(requests);
  // Each has its own error to note its place on.
  expect(new Set(settled.map((one) => (one.status === "rejected" ? one.reason : one))).size).toBe(20);
});

test("prompts that are refused in other words than the whole get their own", async () => {
  const { dispatcher, clock } = stage({
    script: ({ prompts: [first = ""] }) => {
      throw new InvalidRequestError(`No ${first}.`, { status: 400, service: { message: `No ${first}.` } });
    },
  });
  const group = dispatcher.openGroup({ expected: 6 });
  const settled = await results(
    clock,
    prompts(6).map((prompt) => dispatcher.submit({ prompt, parameters, group })),
  );
  settled.forEach((one, place) => {
    expect(String((one as PromiseRejectedResult).reason)).toContain(`No p${place}.`);
  });
});

test("each prompt's share of the usage is a whole number, and they sum to the total", async () => {
  const { dispatcher, clock } = stage();
  const group = dispatcher.openGroup({ expected: 3 });
  const settled = await results(
    clock,
    ["a", "bb", "cccc"].map((prompt) => dispatcher.submit({ prompt, parameters, group })),
  );
  const usages = settled.map((one) => (one.status === "fulfilled" ? one.value.usage : undefined));
  expect(usages.every((usage) => usage?.estimated)).toBe(true);
  expect(usages.reduce((sum, usage) => sum + (usage?.promptTokens ?? 0), 0)).toBe(30);
  expect(usages.reduce((sum, usage) => sum + (usage?.totalTokens ?? 0), 0)).toBe(51);
});

test("a lone prompt gets the usage as it came", async () => {
  const { dispatcher, clock } = stage();
  const call = dispatcher.submit({ prompt: "a", parameters });
  await clock.run();
  expect((await call).usage).toEqual({ promptTokens: 10, completionTokens: 7, totalTokens: 17 });
});

test("several choices are several requests where a request gives one, joined in order", async () => {
  const { dispatcher, clock, asked } = stage({
    deployments: [deployment("one", { operation: "responses" })],
  });
  const call = dispatcher.submit({ prompt: "a", parameters: { n: 3 } });
  await clock.run();
  const outcome = await call;
  expect(outcome.choices).toHaveLength(3);
  expect(outcome.usage).toEqual({ promptTokens: 30, completionTokens: 21, totalTokens: 51 });
  expect(asked.map((one) => one.request.parameters.n)).toEqual([1, 1, 1]);
});

test("a hundred thousand prompts in one tick do not overflow the stack", async () => {
  const { dispatcher, clock } = stage();
  const group = dispatcher.openGroup({ expected: 100_000 });
  let done = 0;
  for (const prompt of prompts(100_000)) {
    void dispatcher.submit({ prompt, parameters, group }).then(() => done++);
  }
  await clock.run();
  expect(done).toBe(100_000);
});

test("ten thousand lone prompts in one tick do not overflow the stack", async () => {
  const { dispatcher, clock, most } = stage({ deployments: [deployment("one", { operation: "chat" })] });
  let done = 0;
  for (const prompt of prompts(10_000)) void dispatcher.submit({ prompt, parameters }).then(() => done++);
  await clock.run();
  expect(done).toBe(10_000);
  expect(most()).toBe(256);
});

test("nothing is left running when all is done", async () => {
  const { dispatcher, clock } = stage();
  void dispatcher.submit({ prompt: "a", parameters });
  await clock.run();
  await settle();
  expect(clock.pending).toBe(0);
});

test("who has waited a turn for the group is not kept by who joins it later", async () => {
  const { dispatcher, clock, asked } = stage({ settings: { maxConcurrency: 1 } });
  const group = dispatcher.openGroup();
  const submit = (prompt: string, priority: number, more = {}) =>
    dispatcher.submit({ prompt, parameters, priority, ...more });
  const calls = [submit("ahead", 0), submit("urgent", -1, { group })];
  await clock.run(50);
  calls.push(submit("usual", 0));
  clock.schedule(100, () => void calls.push(submit("late", 1, { group })));
  await results(clock, calls);
  expect(asked.map((one) => one.prompts[0])).toEqual(["ahead", "urgent", "usual", "late"]);
});
