import { Calls } from "../../src/dispatch/calls.js";
import { Job } from "../../src/dispatch/job.js";
import { VirtualClock } from "./simulation/virtual-clock.js";

const parameters = Object.freeze({ maxTokens: 16 });

function keep(totalTimeoutMs?: number) {
  const clock = new VirtualClock();
  const settled: string[] = [];
  const failed: [prompt: string, name: string, at: number][] = [];
  const messages: string[] = [];
  const calls = new Calls({
    clock,
    totalTimeoutMs,
    describeWait: () => "its turn",
    hold: (run) => run(),
    onSettled: ({ work }) => void settled.push(work.prompt),
  });
  const make = (prompt: string, signal?: AbortSignal) => {
    const work = { prompt, parameters, ...(signal === undefined ? {} : { signal }) };
    const delivery = { kind: "answer", deliver: () => undefined } as const;
    return new Job(work, parameters, 0, delivery, (error) => {
      failed.push([prompt, (error as Error).name, clock.now()]);
      messages.push((error as Error).message);
    });
  };
  return { clock, calls, settled, failed, messages, make };
}

test("a call counts until it is settled, and is settled once", () => {
  const { calls, make, settled, failed } = keep();
  const job = make("a");
  expect(calls.begin(job)).toBe(true);
  expect(calls.size).toBe(1);
  calls.settle(job);
  calls.settle(job);
  calls.fail(job, new Error("late"));
  expect([calls.size, settled, failed]).toEqual([0, ["a"], []]);
});

test("a call whose signal was aborted before is not taken on", () => {
  const { calls, make, failed } = keep();
  expect(calls.begin(make("a", AbortSignal.abort()))).toBe(false);
  expect([calls.size, failed]).toEqual([0, [["a", "AbortError", 0]]]);
});

test("a call that a deadline ends says what it waited for", () => {
  const { calls, make, messages } = keep();
  const controller = new AbortController();
  calls.begin(make("a", controller.signal));
  controller.abort(new DOMException("Late.", "TimeoutError"));
  expect(messages).toEqual([expect.stringContaining("was ended while it waited for its turn.")]);
});

test("each call ends at its own total timeout, whoever else began or was answered", async () => {
  const { clock, calls, make, failed } = keep(1000);
  const [first, answered, last] = [make("first"), make("answered"), make("last")];
  calls.begin(first);
  calls.begin(answered);
  await clock.run(400);
  calls.begin(last);
  calls.settle(answered);
  await clock.run();
  expect(failed).toEqual([
    ["first", "TimeoutError", 1000],
    ["last", "TimeoutError", 1400],
  ]);
});

test("a timer is set while there is a call to end, and no longer", () => {
  const { clock, calls, make } = keep(1000);
  const [one, two] = [make("one"), make("two")];
  calls.begin(one);
  calls.begin(two);
  calls.settle(one);
  expect(clock.pending).toBe(1);
  calls.settle(two);
  expect(clock.pending).toBe(0);
});
