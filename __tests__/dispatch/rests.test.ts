import { Deployment } from "../../src/dispatch/deployment.js";
import { Memory } from "../../src/dispatch/memory.js";
import { AuthenticationError, RateLimitError, ServiceError } from "../../src/errors.js";
import type { Connection } from "../../src/operations/operation.js";
import { deployment } from "./script.js";

const failed = new ServiceError("Failed.", { status: 500 });
const refused = new RateLimitError("Busy.", { status: 429 });
const longest = (): number => 1;

const nothing: Connection = {
  send: () => Promise.reject(failed),
  stream: () => Promise.reject(failed),
};

function create(longestWaitMs = 60_000): Deployment {
  const settings = deployment("one");
  return new Deployment(0, settings, nothing, new Memory().of(settings), longestWaitMs);
}

function told(retryAfterMs: number): RateLimitError {
  return new RateLimitError("Busy.", { status: 429, retryAfterMs });
}

describe.each(["trouble", "silence", "nonsense"] as const)("%s", (cause) => {
  function fail(one: Deployment, times: number, era = 0, now = 0): void {
    for (let time = 0; time < times; time++) one.suffer(cause, failed, era, now, longest);
  }

  test("is endured twice, and gives a rest the third time", () => {
    const one = create();
    fail(one, 2);
    expect(one.roomAt(0)).toBe(0);
    fail(one, 1);
    expect(one.roomAt(0)).toBe(500);
    expect(one.restCause).toBe(failed);
  });

  test("gives twice the rest when it goes on after one", () => {
    const one = create();
    fail(one, 3);
    fail(one, 1, one.depart(0, 500), 500);
    expect(one.roomAt(500)).toBe(1500);
  });

  test("is forgotten when an answer comes", () => {
    const one = create();
    fail(one, 2);
    one.succeed(0);
    fail(one, 2);
    expect(one.roomAt(0)).toBe(0);
  });

  test("of requests from before the rest says nothing new", () => {
    const one = create();
    fail(one, 3);
    fail(one, 3, 0, 100);
    expect(one.roomAt(100)).toBe(500);
  });

  test("gives no longer rest than allowed", () => {
    const one = create(300);
    fail(one, 3);
    expect(one.roomAt(0)).toBe(300);
  });
});

test("a failure that names its wait gives that rest at once", () => {
  const one = create();
  const error = new ServiceError("Failed.", { status: 503, retryAfterMs: 700 });
  one.suffer("trouble", error, 0, 0, longest);
  expect(one.roomAt(0)).toBe(700);
});

test("a shorter wait does not cut a longer one", () => {
  const one = create();
  const first = told(5000);
  one.suffer("limit", first, 0, 0, longest);
  one.suffer("limit", told(100), 0, 0, longest);
  expect(one.roomAt(0)).toBe(5000);
  expect(one.restCause).toBe(first);
});

test("refusals of one burst count once, and the next one doubles the rest", () => {
  const one = create();
  one.suffer("limit", refused, 0, 0, longest);
  expect(one.roomAt(0)).toBe(1000);
  one.suffer("limit", refused, 0, 100, longest);
  expect(one.roomAt(100)).toBe(1100);
  one.suffer("limit", refused, one.depart(0, 1100), 1100, longest);
  expect(one.roomAt(1100)).toBe(3100);
});

test("a refusal that does not say gives no longer rest than allowed", () => {
  const one = create(300);
  one.suffer("limit", refused, 0, 0, longest);
  expect(one.roomAt(0)).toBe(300);
});

test("after a rest one request goes ahead; when it gets through, half of what was out follows, then more", () => {
  const one = create();
  const patience = 2000;
  for (let request = 0; request < 8; request++) one.depart(0, 0);
  one.suffer("limit", told(1000), 0, 0, longest);
  const era = one.depart(0, 1000);
  expect(one.roomAt(1000)).toBe(1000 + patience);

  one.admit(0);
  expect(one.roomAt(1000)).toBe(1000 + patience);
  one.arrive(0);
  expect(one.roomAt(1000)).toBe(1000 + patience);

  one.arrive(era);
  one.admit(era);
  for (let request = 0; request < 4; request++) {
    expect(one.roomAt(1000)).toBe(1000);
    one.depart(0, 1000);
  }
  expect(one.roomAt(1000)).toBe(1000 + patience);
  one.admit(era);
  expect(one.roomAt(1000)).toBe(1000);
  one.depart(0, 1000);
  expect(one.roomAt(1000)).toBe(1000 + patience);

  // A late refusal of what went before the rest does not begin another.
  one.suffer("limit", told(0), 0, 1000, longest);
  one.arrive(era);
  one.arrive(era);
  one.depart(0, 1000);
  expect(one.roomAt(1000)).toBe(1000);
});

test.each(["unsupported", "prompt", "request", "caller"] as const)("%s is no reason to rest", (cause) => {
  const one = create();
  for (let time = 0; time < 3; time++) one.suffer(cause, failed, 0, 0, longest);
  expect(one.roomAt(0)).toBe(0);
  expect(one.isMisplaced(0)).toBe(false);
});

test("a request that is not refused for two seconds after a rest lets half of what was out follow", () => {
  const one = create();
  for (let request = 0; request < 8; request++) one.depart(0, 0);
  one.suffer("limit", told(1000), 0, 0, longest);
  one.depart(0, 1000);
  expect(one.roomAt(2999)).toBe(3000);
  for (let request = 1; request < 4; request++) {
    expect(one.roomAt(3000)).toBe(3000);
    one.depart(0, 3000);
  }
  expect(one.roomAt(3000)).toBe(5000);
});

test.each(["unsupported", "prompt", "request", "caller"] as const)(
  "a request that fails of %s got through all the same, and lets others follow after a rest",
  (cause) => {
    const one = create();
    for (let request = 0; request < 8; request++) one.depart(0, 0);
    one.suffer("limit", told(1000), 0, 0, longest);
    const era = one.depart(0, 1000);
    one.suffer(cause, failed, era, 1010, longest);
    expect(one.roomAt(1010)).toBe(1010);
  },
);

test("who may not be used is passed over for a minute, or until an answer comes", () => {
  const one = create();
  const error = new AuthenticationError("No.", { status: 401 });
  one.suffer("access", error, 0, 0, longest);
  expect(one.isMisplaced(59_999)).toBe(true);
  expect(one.isMisplaced(60_000)).toBe(false);
  one.succeed(0);
  expect(one.isMisplaced(0)).toBe(false);
});
