import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

import { createNodeTransport } from "../../src/client/node-transport.js";
import {
  ANSWER,
  closeServices,
  connect,
  dated,
  echoOperation,
  failureOf,
  json,
  options,
  request,
  serve,
} from "./support.js";

afterEach(closeServices);

test.each([
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
  [" GZIP ", gzipSync],
  ["identity", Buffer.from],
  ["", Buffer.from],
] as const)("an answer in the content-encoding %j is read", async (encoding, compress) => {
  const service = await serve((response) => {
    response.writeHead(200, { "content-type": "application/json", "content-encoding": encoding });
    response.end(compress(Buffer.from(JSON.stringify(ANSWER))));
  });
  const sent = await connect(dated(service.origin)).send(echoOperation, request(), options());
  expect(sent.answer.choices[0]?.[0]?.text).toBe("Ha.");
});

test("what is given up before it is sent opens no connection", async () => {
  const service = await serve((response) => json(response, ANSWER));
  const transport = createNodeTransport();
  const reason = new Error("Given up.");
  const sent = transport!({
    url: new URL(service.origin),
    headers: {},
    body: "{}",
    signal: AbortSignal.abort(reason),
  });
  expect(await failureOf(sent)).toBe(reason);
  expect(service.connections()).toBe(0);
});

describe("there is none", () => {
  const make = async (): Promise<unknown> => {
    let made: unknown = "nothing was made";
    await jest.isolateModulesAsync(async () => {
      const { createNodeTransport } = await import("../../src/client/node-transport.js");
      made = createNodeTransport();
    });
    return made;
  };

  test.each(["Bun", "Deno", "WebSocketPair"])(
    "where there is a global %s: its own `fetch` is shorter",
    async (name) => {
      Object.defineProperty(globalThis, name, { value: {}, configurable: true });
      expect(await make()).toBeUndefined();
      Reflect.deleteProperty(globalThis, name);
    },
  );

  test.each([
    ["of another runtime", { release: { name: "other" }, getBuiltinModule: () => ({}) }],
    ["that is a page's, and nothing but an environment", { env: {} }],
    ["that cannot be asked for its modules", { release: { name: "node" } }],
    ["that is absent", undefined],
  ])("where there is a `process` %s", async (_which, other) => {
    const replaced = jest.replaceProperty(globalThis, "process", other as NodeJS.Process);
    const made = await make().finally(() => replaced.restore());
    expect(made).toBeUndefined();
  });
});
