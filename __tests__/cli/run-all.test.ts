import { runAll, type Work } from "../../src/cli/run-all.js";

async function* count(to: number): AsyncGenerator<number, void, undefined> {
  for (let entry = 1; entry <= to; entry++) yield entry;
}

/** Work that notes what comes of it. */
function note(changes: Partial<Work<number, string>>) {
  const told: string[] = [];
  const work: Work<number, string> = {
    window: 2,
    signal: new AbortController().signal,
    ask: async (entry) => `answer ${entry}`,
    answered: async (_entry, answer) => void told.push(answer),
    failed: async (entry) => void told.push(`failure ${entry}`),
    ...changes,
  };
  return { told, work };
}

test("each entry's answer is told", async () => {
  const { told, work } = note({});
  expect(await runAll(count(3), work)).toBeUndefined();
  expect(told.sort()).toEqual(["answer 1", "answer 2", "answer 3"]);
});

test("a run that was ended before it began asks nothing", async () => {
  const ask = jest.fn(async () => "never");
  const { work } = note({ signal: AbortSignal.abort(), ask });
  expect(await runAll(count(3), work)).toBeUndefined();
  expect(ask).not.toHaveBeenCalled();
});

test("an answer or a failure that comes after the end is told to nobody", async () => {
  const controller = new AbortController();
  const { promise, resolve } = hold();
  let asked = 0;
  const { told, work } = note({
    signal: controller.signal,
    ask: async (entry) => {
      if (++asked === 2) controller.abort();
      await promise;
      if (entry === 2) throw new Error("too late");
      return "too late";
    },
  });
  expect(await runAll(count(9), work)).toBeUndefined();
  resolve();
  await new Promise(setImmediate);
  expect({ told, asked }).toEqual({ told: [], asked: 2 });
});

test("a slip of the program ends the run, and is no line's failure", async () => {
  const slip = new TypeError("x is not a function");
  const { told, work } = note({ window: 1, ask: () => Promise.reject(slip) });
  expect(await runAll(count(9), work)).toBe(slip);
  expect(told).toEqual([]);
});

function hold(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
