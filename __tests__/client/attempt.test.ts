import { startAttempt } from "../../src/client/attempt.js";
import { options } from "./support.js";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test("the service's silence does not count while nobody listens to it", () => {
  const attempt = startAttempt(options({ idleTimeoutMs: 100 }), "host", undefined);
  attempt.listen();
  jest.advanceTimersByTime(90);
  attempt.rest();
  jest.advanceTimersByTime(10_000);
  expect(attempt.signal.aborted).toBe(false);
  attempt.listen();
  jest.advanceTimersByTime(10_000);
  expect(attempt.signal.reason).toMatchObject({ code: "timeout", scope: "idle" });
});

test("an attempt that has ended looks at the clock no more, though nobody has let go of it", () => {
  const controller = new AbortController();
  const limits = options({ signal: controller.signal, timeoutMs: Infinity, idleTimeoutMs: 100 });
  const attempt = startAttempt(limits, "host", undefined);
  attempt.listen();
  attempt.rest();
  controller.abort();
  jest.advanceTimersByTime(10_000);
  expect(jest.getTimerCount()).toBe(0);
  expect(attempt.signal.reason).toMatchObject({ name: "AbortError" });
});

test("a limit longer than any timer is none, and not one that is over at once", () => {
  const attempt = startAttempt(options({ timeoutMs: 2 ** 31 }), "host", "instruct");
  expect(jest.getTimerCount()).toBe(0);
  jest.advanceTimersByTime(10_000);
  expect(attempt.signal.aborted).toBe(false);
});
