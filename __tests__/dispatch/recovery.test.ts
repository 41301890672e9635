import { Deployment } from "../../src/dispatch/deployment.js";
import { Job } from "../../src/dispatch/job.js";
import { Memory } from "../../src/dispatch/memory.js";
import { Parcel } from "../../src/dispatch/parcel.js";
import type { Cause } from "../../src/dispatch/policy.js";
import { errorFor, recover } from "../../src/dispatch/recovery.js";
import {
  AuthenticationError,
  type AzureOpenAIError,
  InvalidRequestError,
  RateLimitError,
  ServiceError,
} from "../../src/errors.js";
import { deployment } from "./script.js";

const parameters = Object.freeze({ maxTokens: 16 });
const failed = (): ServiceError => new ServiceError("Failed.", { status: 500 });

function prepare(count = 1, prompts = 1) {
  const never = (): never => {
    throw new Error("Nothing is sent in this test.");
  };
  const deployments = Array.from({ length: count }, (_, index) => {
    const settings = deployment(`d${index}`);
    return new Deployment(index, settings, { send: never, stream: never }, new Memory().of(settings), 60_000);
  });
  const jobs = Array.from({ length: prompts }, (_, sequence) => {
    const delivery = { kind: "answer", deliver: never } as const;
    return new Job({ prompt: `p${sequence}`, parameters }, parameters, sequence, delivery, never);
  });
  const parcel = new Parcel(jobs);
  const rules = { deployments, maxRetries: 2, maxRetryDelayMs: 60_000, random: () => 1, now: 1000 };
  const plan = (
    error: AzureOpenAIError,
    cause: Cause,
    at = 0,
    more: Partial<typeof rules> = {},
    whose = parcel,
  ) => recover(whose, deployments[at]!, error, cause, { ...rules, ...more });
  return { deployments, jobs, parcel, plan };
}

describe("a failure for now", () => {
  test("is waited out longer each time, and noted", () => {
    const { parcel, plan } = prepare();
    expect(plan(failed(), "trouble")).toMatchObject({ kind: "again", delayMs: 500 });
    expect(plan(failed(), "trouble")).toMatchObject({ kind: "again", delayMs: 1000 });
    expect([parcel.history.failures, [...parcel.history.tried], parcel.allowedAt(0)]).toEqual([2, [0], 2000]);
  });

  test("is waited out as long as the service says, and no longer than allowed by our own choice", () => {
    const told = new RateLimitError("Busy.", { status: 429, retryAfterMs: 7000 });
    expect(prepare().plan(told, "limit")).toMatchObject({ kind: "again", error: told, delayMs: 7000 });
    expect(prepare().plan(failed(), "trouble", 0, { maxRetryDelayMs: 300 })).toMatchObject({ delayMs: 300 });
  });

  test("waits for the deployment's rest as well", () => {
    const { deployments, plan } = prepare();
    deployments[0]!.restUntil = 9000;
    expect(plan(failed(), "trouble")).toMatchObject({ kind: "again", delayMs: 8000 });
  });

  test("costs no wait where another deployment is ready, however long ago that was", () => {
    const { deployments, plan } = prepare(2);
    deployments[1]!.restUntil = 10;
    expect(plan(failed(), "trouble")).toMatchObject({ kind: "again", delayMs: 0 });
  });

  test("is the answer when the retries are used up, and says how often it was tried", () => {
    const { parcel, plan } = prepare(2);
    const error = failed();
    for (const at of [0, 1]) expect(plan(failed(), "trouble", at).kind).toBe("again");
    expect(plan(error, "trouble", 0)).toMatchObject({ kind: "fail", error });
    expect(error.message).toContain("It was tried 3 times, on 2 deployments.");
    expect([error.deploymentName, parcel.history.failures]).toEqual(["d0", 3]);
  });

  test("that makes no sense is asked for once more of each deployment at most", () => {
    const nonsense = new ServiceError("What?", { status: 200 });
    const { plan } = prepare(2);
    expect(plan(nonsense, "nonsense", 0)).toMatchObject({ kind: "again", delayMs: 0 });
    expect(plan(nonsense, "nonsense", 1)).toMatchObject({ kind: "fail", error: nonsense });
  });

  test("that asks to wait longer than allowed is the answer at once, to the millisecond", () => {
    const told = (retryAfterMs: number) => new RateLimitError("Busy.", { status: 429, retryAfterMs });
    expect(prepare().plan(told(60_000), "limit")).toMatchObject({ kind: "again" });
    const { jobs, plan } = prepare(1, 2);
    const given = plan(told(60_001), "limit");
    expect(given).toMatchObject({ kind: "fail", jobs });
    expect(given.kind === "fail" && given.error.message).toContain("`maxRetryDelay`");
  });

  test("waits too long where another failure made the deployment rest, and that is who is quoted", () => {
    const quoted = (message: string, retryAfterMs: number) =>
      new RateLimitError("Busy.", { status: 429, retryAfterMs, service: { message } });
    const { deployments, plan } = prepare();
    deployments[0]!.restUntil = 91_000;
    deployments[0]!.restCause = quoted("Come at noon.", 90_000);
    const given = plan(quoted("Come soon.", 10), "limit");
    expect(given.kind === "fail" && given.error.message).toContain(
      'asks to wait 90 s, and `maxRetryDelay` allows 60 s. The service says: "Come at noon."',
    );
  });
});

describe("a deployment that is no use for what was asked", () => {
  test("is not asked for it again, and the next one is at once", () => {
    const { parcel, plan } = prepare(2);
    expect(plan(failed(), "silence")).toMatchObject({ kind: "again", delayMs: 0 });
    expect([parcel.allowedAt(0), parcel.allowedAt(1)]).toEqual([Infinity, -Infinity]);
    expect(parcel.history.misplaced).toEqual([]);
  });

  test("is told of at the end where it cannot be used as it is set up", () => {
    const { deployments, parcel, plan } = prepare(2);
    const error = new AuthenticationError("No key.", { status: 401 });
    plan(error, "access");
    expect(parcel.history.misplaced).toEqual([{ settings: deployments[0]!.settings, error }]);
    const last = new AuthenticationError("No key either.", { status: 401 });
    expect(plan(last, "unsupported", 1)).toMatchObject({ kind: "fail", error: last });
    expect(last.message).toContain('"d0" at');
    expect(parcel.history.misplaced).toHaveLength(2);
  });

  test("leaves the others their last retry", () => {
    const { plan } = prepare(2);
    plan(failed(), "trouble", 0);
    expect(plan(failed(), "silence", 1)).toMatchObject({ kind: "again" });
  });

  test("leaves others to be tried once more while there are retries, and afterwards only those not tried", () => {
    const { parcel, plan } = prepare(3);
    plan(failed(), "trouble", 0, { maxRetries: 1 });
    expect(plan(failed(), "silence", 1, { maxRetries: 1 })).toMatchObject({ kind: "again", delayMs: 0 });
    expect([0, 1, 2].map((index) => parcel.allowedAt(index))).toEqual([Infinity, Infinity, -Infinity]);
    expect(plan(failed(), "silence", 2, { maxRetries: 1 })).toMatchObject({ kind: "fail" });
  });
});

describe("a refusal of several prompts", () => {
  const invalid = (message: string) =>
    new InvalidRequestError(message, { status: 400, service: { message } });

  test("for one of them is looked for in halves", () => {
    const { plan } = prepare(1, 4);
    const given = plan(invalid("Bad."), "prompt");
    expect(given.kind === "split" && given.parcels.map(({ size }) => size)).toEqual([2, 2]);
  });

  test("that does not say for what is tried with two of them", () => {
    const { plan } = prepare(1, 4);
    const given = plan(invalid("Bad."), "request");
    expect(given.kind === "split" && given.parcels.map(({ size }) => size)).toEqual([1, 1, 2]);
  });

  test("that says nothing at all is tried with two of them, too", () => {
    const { plan } = prepare(1, 4);
    const given = plan(new InvalidRequestError("Bad.", { status: 400 }), "request");
    expect(given.kind === "split" && given.parcels.map(({ size }) => size)).toEqual([1, 1, 2]);
  });

  test("is everybody's once both samples were refused in the same words", () => {
    const { jobs, parcel, plan } = prepare(1, 4);
    const [one, two] = parcel.sample(2, "Bad.");
    expect(plan(invalid("Bad."), "request", 0, {}, one)).toMatchObject({ kind: "fail", jobs: [jobs[0]] });
    expect(plan(invalid("Bad."), "request", 0, {}, two)).toMatchObject({
      kind: "fail",
      jobs: [jobs[1], jobs[2], jobs[3]],
    });
  });

  test.each([
    ["in other words", "Worse.", "request"],
    ["for the prompt", "Bad.", "prompt"],
  ] as const)("is the sample's own where it was refused %s", (_how, message, cause) => {
    const { jobs, parcel, plan } = prepare(1, 4);
    const [one, two] = parcel.sample(2, "Bad.");
    plan(invalid("Bad."), "request", 0, {}, one);
    expect(plan(invalid(message), cause, 0, {}, two)).toMatchObject({ kind: "fail", jobs: [jobs[1]] });
  });
});

test("the first prompt gets the error itself, each other one a copy of its own", () => {
  const error = failed();
  const copy = errorFor(error, 1);
  expect(errorFor(error, 0)).toBe(error);
  expect(copy).not.toBe(error);
  expect([copy.message, copy.code, copy instanceof ServiceError]).toEqual([error.message, error.code, true]);
});
