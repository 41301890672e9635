import { Job } from "../../src/dispatch/job.js";
import { Parcel } from "../../src/dispatch/parcel.js";

const parameters = Object.freeze({ maxTokens: 16 });

function pack(count: number) {
  const ignore = (): void => undefined;
  const jobs = Array.from({ length: count }, (_, sequence) => {
    const work = { prompt: `p${sequence}`, parameters, priority: 3 };
    return new Job(work, parameters, sequence, { kind: "answer", deliver: ignore }, ignore);
  });
  const settle = (...places: readonly number[]): void => {
    for (const place of places) jobs[place]!.settled = true;
  };
  return { parcel: new Parcel(jobs), jobs, settle };
}

const placesOf = (jobs: readonly Job[] | undefined) => jobs?.map(({ sequence }) => sequence);

test("a parcel holds a prompt at least", () => {
  expect(() => new Parcel([])).toThrow(RangeError);
});

test("what is taken out is a parcel with the same history, what is left keeps its place in the queue", () => {
  const { parcel } = pack(5);
  parcel.note({ failures: 2 });
  parcel.suspect = true;
  const part = parcel.take(2);
  expect(placesOf(part?.jobs)).toEqual([0, 1]);
  expect([part?.history.failures, part?.suspect, part?.priority]).toEqual([2, true, 3]);
  expect([placesOf(parcel.jobs), parcel.sequence, parcel.size, parcel.limit]).toEqual([[2, 3, 4], 2, 3, 3]);
  expect(parcel.take(3)).toBe(parcel);
});

test("who was given up is passed over, and nobody makes no parcel", () => {
  const { parcel, settle } = pack(3);
  settle(0);
  expect(placesOf(parcel.peek(1))).toEqual([1]);
  expect(placesOf(parcel.take(1)?.jobs)).toEqual([1]);
  settle(2);
  expect([parcel.take(1), parcel.peek(1)]).toEqual([undefined, []]);
});

test.each([
  [
    5,
    [],
    [
      [0, 1, 2],
      [3, 4],
    ],
  ],
  [4, [1], [[0, 2], [3]]],
  [2, [0], [[1]]],
  [2, [0, 1], []],
])("%d prompts of which %j were given up are halved into %j", (count, gone, halves) => {
  const { parcel, settle } = pack(count);
  settle(...gone);
  parcel.note({ failures: 1 });
  const cut = parcel.halves();
  expect(cut.map(({ jobs }) => placesOf(jobs))).toEqual(halves);
  expect(cut.every(({ history }) => history.failures === 1)).toBe(true);
});

test("samples go by themselves, and the rest waits until each has ended", () => {
  const { parcel, jobs, settle } = pack(5);
  settle(0);
  const [one, two, rest, ...more] = parcel.sample(2, "Refused.");
  expect([one, two, rest].map((each) => placesOf(each?.jobs))).toEqual([[1], [2], [3, 4]]);
  expect(more).toEqual([]);
  expect(one?.sampling).toEqual({
    message: "Refused.",
    open: new Set([jobs[1], jobs[2]]),
    rest: jobs.slice(3),
  });
  expect(two?.sampling).toBe(one?.sampling);
  expect([one?.suspect, one?.held, rest?.suspect, rest?.sampling, rest?.held]).toEqual([
    false,
    false,
    true,
    undefined,
    true,
  ]);
  settle(1);
  expect(rest?.held).toBe(true);
  settle(2);
  expect(rest?.held).toBe(false);
});

test("where there are no more than the samples, nothing waits", () => {
  expect(pack(2).parcel.sample(2, undefined)).toHaveLength(2);
});

test("a deployment that was to be avoided may have it when the time has come, another at any time", () => {
  const { parcel } = pack(1);
  parcel.note({ avoid: new Map([[1, 500]]) });
  expect([parcel.allowedAt(0), parcel.allowedAt(1)]).toEqual([-Infinity, 500]);
});
