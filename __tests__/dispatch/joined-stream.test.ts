import { JoinedStream } from "../../src/dispatch/joined-stream.js";
import type { OpenStream } from "../../src/dispatch/work.js";
import type { Chunk } from "../../src/operations/operation.js";
import { settle } from "./simulation/virtual-clock.js";

/** A stream that had come whole before anybody read it. */
function whole(...early: readonly Chunk[]): OpenStream {
  return { report: {}, host: "host", operation: "completions", early, close: () => undefined };
}

async function read(joined: JoinedStream): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of joined.chunks()) chunks.push(chunk);
  return chunks;
}

test("the choices of each stream are counted after those of the streams before it", async () => {
  const joined = new JoinedStream(2);
  joined.add(whole({ index: 0, text: "a" }, { index: 1, text: "b" }), 2);
  joined.add(whole({ index: 1, text: "d" }, { index: 0, text: "c" }), 2);
  const said = (await read(joined)).map(({ index, text }) => `${index}${text}`);
  expect(said.sort()).toEqual(["0a", "1b", "2c", "3d"]);
});

test("the usage of all is told with each stream's own, and with nothing else", async () => {
  const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };
  const joined = new JoinedStream(2);
  joined.add(whole({ index: 0, text: "a" }, { index: 0, text: "b" }, { index: 0, text: "", usage }), 1);
  joined.add(whole({ index: 0, text: "", usage }, { index: 0, text: "c" }), 1);
  const told = (await read(joined)).filter((chunk) => "usage" in chunk);
  expect(told.map(({ usage }) => usage)).toEqual([
    usage,
    { promptTokens: 2, completionTokens: 4, totalTokens: 6 },
  ]);
});

test("what comes before anybody reads is kept", async () => {
  const joined = new JoinedStream(1);
  joined.add(whole({ index: 0, text: "a" }), 1);
  await settle();
  expect((await read(joined)).map(({ text }) => text)).toEqual(["a"]);
});
