import { Heap } from "../../src/dispatch/heap.js";
import { Job } from "../../src/dispatch/job.js";
import { Parcel } from "../../src/dispatch/parcel.js";
import { Queue } from "../../src/dispatch/queue.js";

const parameters = Object.freeze({ maxTokens: 16 });

function make(sequence: number, priority = 0): Parcel {
  const ignore = (): void => undefined;
  const work = { prompt: "a", parameters, priority };
  return new Parcel([new Job(work, parameters, sequence, { kind: "answer", deliver: ignore }, ignore)]);
}

const placesOf = (queue: Queue) => queue.drain().map(({ priority, sequence }) => [priority, sequence]);

function fill(...parcels: readonly Parcel[]): Queue {
  const queue = new Queue();
  for (const parcel of parcels) queue.push(parcel);
  return queue;
}

test("a lower priority number goes first, then who came first", () => {
  expect(placesOf(fill(make(3), make(1, 5), make(2), make(9, -1), make(0, 5)))).toEqual([
    [-1, 9],
    [0, 2],
    [0, 3],
    [5, 0],
    [5, 1],
  ]);
});

test("who has to wait is let through at the time, and not before", () => {
  const queue = new Queue();
  queue.delay(make(0), 200);
  queue.delay(make(1), 100);
  queue.delay(make(2), 300);
  expect([queue.size, queue.nextRelease, queue.pop()]).toEqual([3, 100, undefined]);
  queue.release(99);
  expect(queue.pop()).toBeUndefined();
  queue.release(100);
  expect([queue.pop()?.sequence, queue.pop(), queue.nextRelease]).toEqual([1, undefined, 200]);
  queue.release(1000);
  expect([queue.pop()?.sequence, queue.pop()?.sequence]).toEqual([0, 2]);
  expect([queue.nextRelease, queue.size]).toEqual([Infinity, 0]);
});

test("who was set aside counts, and comes up again when all are looked at anew", () => {
  const queue = fill(make(0), make(1));
  const first = queue.pop();
  queue.setAside(first!);
  expect([queue.size, queue.pop()?.sequence, queue.pop()]).toEqual([2, 1, undefined]);
  queue.restore();
  queue.restore();
  expect([queue.size, queue.pop(), queue.size]).toEqual([1, first, 0]);
});

test("draining takes out everybody, whatever they wait for", () => {
  const queue = fill(make(2));
  queue.delay(make(1), 1e9);
  queue.setAside(make(0));
  expect(placesOf(queue)).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
  ]);
  expect(queue.size).toBe(0);
});

test("a heap gives the least first, whatever the order they came in", () => {
  for (let length = 0; length <= 6; length++) {
    for (const values of permute(Array.from({ length }, (_, value) => value))) {
      const heap = new Heap<{ value: number }>((a, b) => a.value < b.value);
      for (const value of values) heap.push({ value });
      expect(heap.size).toBe(length);
      expect(heap.peek()?.value).toBe(length === 0 ? undefined : 0);
      const order = values.map(() => heap.pop()?.value);
      expect(order).toEqual(values.map((_, place) => place));
      expect([heap.pop(), heap.size]).toEqual([undefined, 0]);
    }
  }
});

function permute(values: readonly number[]): number[][] {
  return values.length === 0
    ? [[]]
    : values.flatMap((value) =>
        permute(values.filter((other) => other !== value)).map((rest) => [value, ...rest]),
      );
}
