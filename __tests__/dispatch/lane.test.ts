import { Group } from "../../src/dispatch/group.js";
import { Job } from "../../src/dispatch/job.js";
import { Lane, Lanes } from "../../src/dispatch/lane.js";
import type { Work } from "../../src/dispatch/work.js";

const parameters = Object.freeze({ maxTokens: 16 });

function openGroup() {
  const turns: (() => void)[] = [];
  const group = new Group(
    {},
    (run) => void turns.push(run),
    () => undefined,
  );
  return { group, pass: () => turns.shift()?.() };
}

function make(sequence: number, more: Partial<Work> = {}): Job {
  const work = { prompt: `p${sequence}`, parameters, ...more };
  const ignore = (): void => undefined;
  return new Job(work, work.parameters, sequence, { kind: "answer", deliver: ignore }, ignore);
}

function fill(count: number) {
  const { group, pass } = openGroup();
  const jobs = Array.from({ length: count }, (_, sequence) => make(sequence));
  const lane = new Lane(group, make(0));
  for (const job of jobs) lane.push(job);
  const settle = (...places: number[]): void => {
    for (const place of places) jobs[place]!.settled = true;
  };
  return { group, pass, lane, jobs, settle };
}

const placesOf = (jobs: readonly Job[] | undefined) => jobs?.map(({ sequence }) => sequence);

test("a lane gives its prompts in the order they came, as many as are asked for", () => {
  const { lane } = fill(5);
  expect(placesOf(lane.peek(2))).toEqual([0, 1]);
  expect(placesOf(lane.take(2)?.jobs)).toEqual([0, 1]);
  expect([lane.size, lane.sequence]).toEqual([3, 2]);
  expect(placesOf(lane.take(10)?.jobs)).toEqual([2, 3, 4]);
  expect([lane.size, lane.sequence, lane.take(1)]).toEqual([0, Infinity, undefined]);
});

test("who was given up is passed over, and a look forgets those at the head", () => {
  const { lane, settle } = fill(5);
  settle(0, 1, 3);
  expect(placesOf(lane.peek(2))).toEqual([2, 4]);
  expect([lane.size, lane.sequence]).toEqual([3, 2]);
  expect(placesOf(lane.take(2)?.jobs)).toEqual([2, 4]);
});

test("thousands come out in order, while others come", () => {
  const { lane } = fill(5000);
  const order: number[] = [];
  for (let next = 5000; next < 6000; next++) {
    lane.push(make(next));
    order.push(...(placesOf(lane.take(7)?.jobs) ?? []));
    expect(lane.size).toBe(next + 1 - order.length);
  }
  expect(order).toEqual(Array.from({ length: 6000 }, (_, place) => place));
});

test("a lane of prompts of their own gives one at a time, others as many as fit", () => {
  const { group } = openGroup();
  expect(new Lane(group, make(0, { alone: true })).limit).toBe(1);
  expect(new Lane(group, make(0)).limit).toBe(Infinity);
});

test("any deployment may have it at any time", () => {
  expect(fill(1).lane.allowedAt()).toBe(-Infinity);
});

test("who has waited a turn waits for nobody, who joins later waits a turn again", () => {
  const { group, pass } = openGroup();
  const lane = new Lane(group, make(0));
  const join = (sequence: number): void => {
    lane.push(make(sequence));
    group.join();
  };
  join(0);
  expect(lane.ripe).toBe(false);
  pass();
  expect(lane.ripe).toBe(true);
  join(1);
  expect(lane.ripe).toBe(true);
  lane.take(1);
  expect(lane.ripe).toBe(false);
});

describe("the lanes of a group", () => {
  test("are one for those who can share a request, and one each for the others", () => {
    const { group } = openGroup();
    const lanes = new Lanes();
    const usual = lanes.for(group, make(0));
    expect(lanes.for(group, make(1))).toBe(usual);
    expect(lanes.for(openGroup().group, make(0))).not.toBe(usual);
    const others: readonly Partial<Work>[] = [
      { parameters: { maxTokens: 16 } },
      { headers: {} },
      { maxRetries: 0 },
      { priority: 1 },
      { alone: true },
    ];
    const found = new Set(others.map((more) => lanes.for(group, make(2, more))));
    expect(found.size).toBe(others.length);
    expect(found.has(usual)).toBe(false);
  });

  test("of prompts of their own are nobody else's", () => {
    const { group } = openGroup();
    const lanes = new Lanes();
    const alone = lanes.for(group, make(0, { alone: true }));
    expect(lanes.for(group, make(1, { alone: true }))).toBe(alone);
    expect(lanes.for(group, make(2))).not.toBe(alone);
  });

  test("take over what their prompts bring", () => {
    const { group } = openGroup();
    const headers = { "x-a": "1" };
    const lane = new Lanes().for(group, make(0, { headers, maxRetries: 3, priority: 2 }));
    expect(lane).toMatchObject({ group, headers, maxRetries: 3, priority: 2, parameters });
  });

  test("that are not queued are forgotten when there are too many, the others are kept", () => {
    const { group } = openGroup();
    const lanes = new Lanes();
    const of = (priority: number) => lanes.for(group, make(0, { priority }));
    const all = Array.from({ length: 16 }, (_, priority) => of(priority));
    all[3]!.queued = true;
    expect(of(7)).toBe(all[7]);
    const added = of(16);
    expect([of(3) === all[3], of(16) === added, of(7) === all[7]]).toEqual([true, true, false]);
  });
});
