import { Deployment } from "../../src/dispatch/deployment.js";
import { Job } from "../../src/dispatch/job.js";
import { Memory } from "../../src/dispatch/memory.js";
import type { Source } from "../../src/dispatch/parcel.js";
import { Placement } from "../../src/dispatch/placement.js";
import { Pulling } from "../../src/dispatch/pulling.js";
import { operations } from "../../src/operations/operations.js";
import { RateLimitError } from "../../src/errors.js";
import { Parcel } from "../../src/dispatch/parcel.js";
import { defaults, deployment, results, stage } from "./script.js";
import { VirtualClock } from "./simulation/virtual-clock.js";

const parameters = Object.freeze({ maxTokens: 16 });

test("however many wait that cannot go, each change looks at so many of them at most", () => {
  const settings = deployment("one");
  const never = (): never => {
    throw new Error("Nothing is sent in this test.");
  };
  const deployments = [
    new Deployment(0, settings, { send: never, stream: never }, new Memory().of(settings), 1000),
  ];
  const pulling = new Pulling({
    deployments,
    placement: new Placement(operations, defaults, deployments),
    clock: new VirtualClock(),
    hasSlot: () => true,
    send: never,
    refuse: never,
    giveUp: never,
  });
  const job = new Job({ prompt: "a", parameters }, parameters, 0, { kind: "answer", deliver: never }, never);
  let looks = 0;
  const waiting = (sequence: number): Source => ({
    priority: 0,
    sequence,
    group: undefined,
    parameters,
    streams: false,
    limit: 1,
    size: 1,
    ripe: true,
    get held() {
      looks++;
      return true;
    },
    allowedAt: () => -Infinity,
    peek: () => [job],
    take: never,
  });
  const count = 10_000;
  for (let sequence = 0; sequence < count; sequence++) pulling.offer(waiting(sequence));
  expect(looks).toBe(count);
  looks = 0;
  for (let change = 0; change < 10; change++) pulling.changed();
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBeLessThanOrEqual(count + count / 10);
});

test("what is offered while something is sent goes after it, and not amid", () => {
  const settings = deployment("one");
  const never = (): never => {
    throw new Error("Nothing is sent in this test.");
  };
  const deployments = [
    new Deployment(0, settings, { send: never, stream: never }, new Memory().of(settings), 1000),
  ];
  const make = (prompt: string) =>
    new Parcel([new Job({ prompt, parameters }, parameters, 0, { kind: "answer", deliver: never }, never)]);
  const order: string[] = [];
  const pulling = new Pulling({
    deployments,
    placement: new Placement(operations, defaults, deployments),
    clock: new VirtualClock(),
    hasSlot: () => true,
    send: ({ jobs: [job] }) => {
      const name = job?.work.prompt ?? "";
      order.push(`${name} begins`);
      if (name === "a") pulling.offer(make("b"));
      order.push(`${name} is sent`);
    },
    refuse: never,
    giveUp: never,
  });
  pulling.offer(make("a"));
  expect(order).toEqual(["a begins", "a is sent", "b begins", "b is sent"]);
});

test.each([
  ["one", 60_000, 90_000],
  ["two", 90_000, 60_000],
])("who waits in vain for all is told of the first that would be ready, %s", async (first, one, two) => {
  const waits: Readonly<Record<string, number>> = { one, two };
  const { clock, dispatcher } = stage({
    deployments: [deployment("one", { operation: "chat" }), deployment("two", { operation: "chat" })],
    settings: { maxRetryDelayMs: 10_000 },
    script: async ({ deployment }, clock) => {
      await clock.sleep(deployment === "one" ? 10 : 20);
      throw new RateLimitError("Busy.", { status: 429, retryAfterMs: waits[deployment] ?? 0 });
    },
  });
  const settled = await results(
    clock,
    ["a", "b", "c", "d", "e"].map((prompt) => dispatcher.submit({ prompt, parameters })),
  );
  for (const failed of settled.slice(2)) {
    expect(failed).toMatchObject({ reason: { code: "rate_limit", deploymentName: first } });
    expect(String((failed as PromiseRejectedResult).reason)).toContain("asks to wait 60 s");
  }
  expect(clock.now()).toBe(20);
});

test("who was given up takes nobody's turn", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: [deployment("one", { operation: "chat" }), deployment("two", { operation: "chat" })],
    settings: { maxConcurrency: 1 },
  });
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [
    dispatcher.submit({ prompt: "a", parameters }),
    dispatcher.submit({ prompt: "b", parameters, signal }),
    dispatcher.submit({ prompt: "c", parameters }),
  ];
  const all = results(clock, calls);
  controller.abort();
  await all;
  expect(asked.map(({ deployment, prompts }) => [deployment, ...prompts])).toEqual([
    ["one", "a"],
    ["two", "c"],
  ]);
});
