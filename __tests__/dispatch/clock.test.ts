import { systemClock } from "../../src/dispatch/clock.js";

const { setImmediate } = globalThis;
afterEach(() => {
  globalThis.setImmediate = setImmediate;
});

test("where there is no setImmediate, as in a page, a timer ends the turn", async () => {
  Reflect.deleteProperty(globalThis, "setImmediate");
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    systemClock.defer(() => {
      order.push("deferred");
      resolve();
    });
    queueMicrotask(() => order.push("in the turn"));
  });
  expect(order).toEqual(["in the turn", "deferred"]);
});

describe("the platform's timers", () => {
  /** What is scheduled runs in its order; the last of it ends the wait. */
  function schedule(last: string, ...timers: readonly (readonly [string, number])[]) {
    const order: string[] = [];
    const cancels: (() => void)[] = [];
    const begin = systemClock.now();
    const ended = new Promise<void>((resolve) => {
      for (const [name, ms] of timers) {
        const run = (): void => {
          order.push(name);
          if (name === last) resolve();
        };
        cancels.push(systemClock.schedule(begin + ms, run));
      }
    });
    return { order, cancels, ended };
  }

  test("ring in the order of their times, what has passed first", async () => {
    const { order, ended } = schedule("late", ["late", 60], ["soon", 30], ["passed", -100_000]);
    const later = setTimeout(() => order.push("a second later"), 1000);
    await ended;
    clearTimeout(later);
    expect(order).toEqual(["passed", "soon", "late"]);
  });

  test("ring no more once they were called off", async () => {
    const { order, cancels, ended } = schedule("other", ["called off", 1], ["other", 30]);
    cancels[0]?.();
    await ended;
    expect(order).toEqual(["other"]);
  });

  test("of a time that is further away than the platform can count do not ring at once", async () => {
    const { order, cancels, ended } = schedule("soon", ["in a year", 365 * 86_400_000], ["soon", 30]);
    await ended;
    cancels[0]?.();
    expect(order).toEqual(["soon"]);
  });
});
