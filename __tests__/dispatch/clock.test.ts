import { systemClock } from "../../src/dispatch/clock.js";

test("where there is no setImmediate, as in a page, a timer ends the turn", async () => {
  const replaced = jest.replaceProperty(globalThis, "setImmediate", undefined as never); // a page has none
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    systemClock.defer(() => {
      order.push("deferred");
      resolve();
    });
    replaced.restore();
    queueMicrotask(() => order.push("in the turn"));
  });
  expect(order).toEqual(["in the turn", "deferred"]);
});
