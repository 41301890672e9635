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
