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
    close: (error) => void closed.push(error ?? "at its end"),
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
  const pieces = await Promise.all([call.next(), call.next(), call.next(), call.next()]);
  expect(pieces.map(({ value }) => value?.chunk.text)).toEqual(["a", "b", undefined, undefined]);
  expect(closed).toEqual(["at its end"]);
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

test("what fails under way says so once, and is not read again", async () => {
  const error = new Error("Cut.");
  const read = jest.fn(() => Promise.reject(error));
  const { stream, closed } = opened([], { next: read });
  const call = new StreamCall((call) => {
    call.open(stream);
    return () => undefined;
  });
  await expect(call.next()).rejects.toBe(error);
  expect(await call.next()).toEqual({ done: true, value: undefined });
  expect(closed).toEqual([error]);
  expect(read).toHaveBeenCalledTimes(1);
});

describe("leaving a stream", () => {
  const left = { done: true, value: undefined } as const;

  function enter(rest?: AsyncIterator<Chunk>) {
    const { stream } = opened(["a"], rest);
    let cancelled = 0;
    const call = new StreamCall((call) => {
      call.open(stream);
      return () => {
        cancelled++;
      };
    });
    return { call, cancelled: () => cancelled };
  }

  test("gives it up once, and lets go of what is still to come", async () => {
    const rest = { next: () => Promise.resolve(left), return: jest.fn(() => Promise.resolve(left)) };
    const { call, cancelled } = enter(rest);
    await call.next();
    expect([await call.return(), await call.return()]).toEqual([left, left]);
    expect(cancelled()).toBe(1);
    expect(rest.return).toHaveBeenCalledTimes(1);
  });

  test("does nothing more where it was whole, or has ended", async () => {
    const { call, cancelled } = enter();
    await call.next();
    await call.next();
    expect(await call.return()).toEqual(left);
    expect(cancelled()).toBe(0);
    const whole = enter();
    await whole.call.next();
    expect(await whole.call.return()).toEqual(left);
    expect(whole.cancelled()).toBe(1);
  });
});
