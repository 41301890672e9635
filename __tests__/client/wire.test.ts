import { release, type WireResponse } from "../../src/client/wire.js";

const { setImmediate } = globalThis;
afterEach(() => {
  globalThis.setImmediate = setImmediate;
});

test.each([
  ["with setImmediate, as in Node,", () => undefined],
  ["without it, as in a page,", () => Reflect.deleteProperty(globalThis, "setImmediate")],
])("%s an answer that does not end keeps nobody waiting", async (_where, prepare) => {
  prepare();
  let end = (): void => undefined;
  const response: WireResponse = {
    status: 200,
    header: () => undefined,
    read: () => new Promise((resolve) => (end = () => resolve(undefined))),
    discard: () => undefined,
  };
  await release(response);
  end();
});
