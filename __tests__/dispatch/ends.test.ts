import { ServiceError } from "../../src/errors.js";
import { deployment, results, stage } from "./script.js";

const parameters = Object.freeze({ maxTokens: 16 });

test("a call whose signal was aborted before sends nothing", async () => {
  const { dispatcher, asked } = stage();
  const call = dispatcher.submit({ prompt: "a", parameters, signal: AbortSignal.abort() });
  await expect(call).rejects.toMatchObject({ name: "AbortError" });
  expect(asked).toHaveLength(0);
});

test("an abort ends what is sent, what waits in the queue and what waits to be tried again", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const { clock, dispatcher, asked } = stage({
    settings: { maxConcurrency: 2 },
    script: async ({ prompts, options }, clock) => {
      await clock.sleep(10);
      if (prompts[0] === "retried") throw new ServiceError("Failed.", { status: 500, retryAfterMs: 60_000 });
      await clock.sleep(1e6, options.signal);
    },
    deployments: [deployment("one")],
  });
  const calls = ["sent", "retried", "queued"].map((prompt) =>
    dispatcher.submit({ prompt, parameters, signal }),
  );
  const settled = Promise.allSettled(calls);
  await clock.run(20);
  controller.abort();
  for (const one of await settled) expect(one).toMatchObject({ reason: { name: "AbortError" } });
  const before = asked.length;
  await clock.run();
  expect(asked).toHaveLength(before);
  expect(clock.now()).toBeLessThan(50);
  expect(clock.pending).toBe(0);
});

test("an aborted prompt of a group costs the others nothing", async () => {
  const controller = new AbortController();
  const { clock, dispatcher, asked } = stage();
  const group = dispatcher.openGroup({ expected: 3 });
  const calls = ["a", "b", "c"].map((prompt) =>
    dispatcher.submit({
      prompt,
      parameters,
      group,
      ...(prompt === "b" ? { signal: controller.signal } : {}),
    }),
  );
  const settled = Promise.allSettled(calls);
  await clock.run(50);
  controller.abort();
  await clock.run();
  expect((await settled).map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.options.signal.aborted).toBe(false);
});

test("a request that nobody wants any more is aborted", async () => {
  const controller = new AbortController();
  const { clock, dispatcher, asked } = stage();
  const group = dispatcher.openGroup({ expected: 2 });
  const calls = ["a", "b"].map((prompt) =>
    dispatcher.submit({ prompt, parameters, group, signal: controller.signal }),
  );
  const settled = Promise.allSettled(calls);
  await clock.run(50);
  controller.abort();
  await settled;
  expect(asked[0]?.options.signal.aborted).toBe(true);
});

test("listeners are taken off the signal when the call is over", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...rest: Parameters<typeof add>) => {
    listeners++;
    add(...rest);
  };
  signal.removeEventListener = (...rest: Parameters<typeof remove>) => {
    listeners--;
    remove(...rest);
  };
  const { clock, dispatcher } = stage();
  await results(
    clock,
    ["a", "b"].map((prompt) => dispatcher.submit({ prompt, parameters, signal })),
  );
  expect(listeners).toBe(0);
});

test.each([
  ["the answer", 1, "the answer of deployment"],
  ["a slot", 2, "`maxConcurrency`"],
])("the total timeout says when it waited for %s", async (_, calls, said) => {
  const { clock, dispatcher } = stage({
    settings: { totalTimeoutMs: 1000, maxConcurrency: 1 },
    script: ({ options }, clock) => clock.sleep(1e6, options.signal),
  });
  const settled = await results(
    clock,
    Array.from({ length: calls }, (_, index) => dispatcher.submit({ prompt: `p${index}`, parameters })),
  );
  const last = settled.at(-1);
  expect(last).toMatchObject({ reason: { code: "timeout", scope: "total" } });
  expect(String((last as PromiseRejectedResult).reason)).toContain(said);
  expect(clock.now()).toBe(1000);
});

test("the total timeout tells what failed before", async () => {
  const { clock, dispatcher } = stage({
    settings: { totalTimeoutMs: 1000 },
    script: () => {
      throw new ServiceError("It is on fire.", { status: 503, retryAfterMs: 5000 });
    },
  });
  const [settled] = await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
  const { message } = (settled as PromiseRejectedResult).reason as Error;
  expect(message).toContain("It is on fire.");
  expect(message).toContain("ready again");
});
