import { StreamCall } from "../../src/dispatch/stream-call.js";
import type { OpenStream } from "../../src/dispatch/work.js";
import type { Chunk } from "../../src/operations/operation.js";

const chunk = (text: string): Chunk => ({ index: 0, text });

/** A stream of some texts, the first of which came early, and what became of it. */
function opened(early: readonly string[], rest?: AsyncIterator<Chunk>) {
  const closed: unknown[] = [];
  const stream: OpenStream = {
    report: {},
    host: "host",
    operation: "completions",
    early: early.map(chunk),
    close: (error) => void closed.push(error),
    ...(rest === undefined ? {} : { rest }),
  };
  return { stream, closed };
}

test("a call that is left before anything was asked sends nothing", async () => {
  let started = false;
  const call = new StreamCall(() => {
    started = true;
    return () => undefined;
  });
  expect(await call.return()).toEqual({ done: true, value: undefined });
  expect(await call.next()).toEqual({ done: true, value: undefined });
  expect(await call.return()).toEqual({ done: true, value: undefined });
  expect(started).toBe(false);
});

test("a call that fails while it starts says so, once", async () => {
  const failing: StreamCall = new StreamCall((call) => {
    call.fail(new Error("At once."));
    call.fail(new Error("Again."));
    return () => undefined;
  });
  await expect(failing.next()).rejects.toThrow("At once.");
  expect(await failing.next()).toEqual({ done: true, value: undefined });
});

test("an answer that was whole before it was asked for is handed out, and its end", async () => {
  const { stream, closed } = opened(["a", "b"]);
  const call = new StreamCall((call) => {
    call.open(stream);
    return () => undefined;
  });
  const pieces = await Promise.all([call.next(), call.next(), call.next()]);
  expect(pieces.map(({ value }) => value?.chunk.text)).toEqual(["a", "b", undefined]);
  expect(closed).toEqual([undefined]);
});

test("pieces that are asked for together come in their order", async () => {
  const { stream } = opened([]);
  const call = new StreamCall(() => () => undefined);
  const asked = [call.next(), call.next(), call.next()];
  call.open({ ...stream, early: ["a", "b", "c"].map(chunk) });
  expect((await Promise.all(asked)).map(({ value }) => value?.chunk.text)).toEqual(["a", "b", "c"]);
});

test("a piece that is asked for once the first has come waits for those that were asked for before", async () => {
  const { stream } = opened([]);
  const call = new StreamCall(() => () => undefined);
  const [first, second] = [call.next(), call.next()];
  call.open({ ...stream, early: ["a", "b", "c"].map(chunk) });
  const pieces = [await first, ...(await Promise.all([call.next(), second]))];
  expect(pieces.map(({ value }) => value?.chunk.text)).toEqual(["a", "c", "b"]);
});

test("a stream that comes when its call was left is not read", async () => {
  const read = jest.fn(() => new Promise<never>(() => undefined));
  const { stream } = opened([], { next: read });
  const call = new StreamCall(() => () => undefined);
  const piece = call.next();
  await call.return();
  call.open(stream);
  expect(await piece).toEqual({ done: true, value: undefined });
  expect(read).not.toHaveBeenCalled();
});

test.each([
  ["ends", (end: (result: IteratorResult<Chunk>) => void) => end({ done: true, value: undefined })],
  ["fails", (_end: unknown, fail: (error: Error) => void) => fail(new Error("Too late."))],
] as const)("what was left does not end again when its stream %s later", async (_how, finish) => {
  let end: (result: IteratorResult<Chunk>) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const { stream, closed } = opened([], {
    next: () =>
      new Promise((resolve, reject) => {
        end = resolve;
        fail = reject;
      }),
  });
  const call = new StreamCall((call) => {
    call.open(stream);
    return () => undefined;
  });
  const piece = call.next();
  await call.return();
  finish(end, fail);
  expect(await piece).toEqual({ done: true, value: undefined });
  await Promise.resolve();
  expect(closed).toEqual([]);
});
