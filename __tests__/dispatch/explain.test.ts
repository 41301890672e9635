import {
  completeError,
  describeWait,
  locate,
  mostTelling,
  tooLongError,
  totalTimeoutError,
} from "../../src/dispatch/explain.js";
import { Deployment } from "../../src/dispatch/deployment.js";
import { Knowledge } from "../../src/dispatch/memory.js";
import {
  DeploymentNotFoundError,
  InvalidRequestError,
  OperationNotSupportedError,
  RateLimitError,
} from "../../src/errors.js";
import type { Connection } from "../../src/operations/operation.js";
import type { DeploymentSettings } from "../../src/settings/settings.js";
import { deployment } from "./script.js";

const { deploymentName: _name, ...nameless } = deployment("one");

const unused: Connection = {
  send: () => Promise.reject(new Error("Nothing is sent.")),
  stream: () => Promise.reject(new Error("Nothing is sent.")),
};

const waiting = { asked: undefined, resting: undefined, failed: false, full: undefined };

describe("a wait", () => {
  test("for an answer names the deployment, or its host where it has no name", () => {
    const asked = (settings: DeploymentSettings) => new Deployment(0, settings, unused, new Knowledge(), 0);
    expect(describeWait({ ...waiting, asked: asked(deployment("one")) })).toBe(
      'the answer of deployment "one"',
    );
    expect(describeWait({ ...waiting, asked: asked(nameless) })).toBe(
      "the answer of the deployment at one.openai.azure.com",
    );
  });

  test("for a deployment that rests tells of what, where that is known and no news", () => {
    const resting = new Deployment(0, deployment("one"), unused, new Knowledge(), 0);
    expect(describeWait({ ...waiting, resting })).toBe('deployment "one" to be ready again');
    resting.restCause = new RateLimitError("Full.");
    expect(describeWait({ ...waiting, resting })).toBe(
      'deployment "one" to be ready again (it had failed: Full.)',
    );
    expect(describeWait({ ...waiting, resting, failed: true })).toBe('deployment "one" to be ready again');
  });

  test.each([
    ["another attempt after a failure", { failed: true, full: 2 }, "another attempt"],
    [
      "a request to end where as many are out as may be",
      { full: 2 },
      "one of 2 requests (`maxConcurrency`) to end",
    ],
    ["its turn otherwise", {}, "its turn under the deployment's limits"],
  ])("is for %s", (_what, wait, words) => {
    expect(describeWait({ ...waiting, ...wait })).toBe(words);
  });
});

describe("a wait longer than is allowed", () => {
  test("quotes the service, and keeps what is known of its answer", () => {
    const cause = new RateLimitError("Full.", { status: 429, service: { message: "Come tomorrow." } });
    const error = tooLongError(cause, 86_400_000, 60_000);
    expect(error).toMatchObject({ status: 429, retryAfterMs: 86_400_000, cause });
    expect(error.message).toContain(
      'asks to wait 86400 s, and `maxRetryDelay` allows 60 s. The service says: "Come tomorrow."',
    );
  });

  test("quotes nobody where nobody said anything", () => {
    expect(tooLongError(undefined, 2000, 1000).message).toContain(
      "asks to wait 2 s, and `maxRetryDelay` allows 1 s. Come back later",
    );
  });
});

describe("a call that took too long", () => {
  test("tells what failed last, which is the cause", () => {
    const failure = new RateLimitError("Full.");
    const error = totalTimeoutError(1500, "its turn", failure);
    expect(error).toMatchObject({ scope: "total", cause: failure });
    expect(error.message).toContain(
      "`totalTimeout` (1.5 s) and was ended while it waited for its turn. Raise `totalTimeout`. The last attempt failed: Full.",
    );
  });

  test("has no cause where nothing failed", () => {
    const error = totalTimeoutError(1500, "its turn", undefined);
    expect(error).not.toHaveProperty("cause");
    expect(error.message).toContain("Raise `totalTimeout`. See ");
  });
});

test("an error shows which deployment it was, by its host alone where it has no name", () => {
  const [named, unnamed] = [new RateLimitError("Full."), new RateLimitError("Full.")];
  locate(named, deployment("one"));
  locate(unnamed, nameless);
  expect(Object.entries(named)).toEqual(
    expect.arrayContaining([
      ["host", "one.openai.azure.com"],
      ["deploymentName", "one"],
    ]),
  );
  expect(unnamed.host).toBe("one.openai.azure.com");
  expect(unnamed).not.toHaveProperty("deploymentName");
});

test("deployments that failed alike are told once, those without a name by their host", () => {
  const missing = (status: number) => new DeploymentNotFoundError("Nothing there.", { status });
  const last = missing(404);
  const history = {
    attempts: 4,
    failures: 2,
    lessons: 0,
    avoid: new Map(),
    tried: new Set([0, 1]),
    misplaced: [
      { settings: deployment("two"), error: missing(404) },
      { settings: nameless, error: missing(404) },
      { settings: deployment("three"), error: missing(410) },
    ],
  };
  const { message, deploymentName } = completeError(last, deployment("four"), history);
  expect(deploymentName).toBe("four");
  expect(message).toContain(
    '(It was tried 2 times, on 2 deployments. "two" at two.openai.azure.com and Another deployment at one.openai.azure.com had failed before in the same way. "three" at three.openai.azure.com had failed before: Nothing there.',
  );
});

test("where one deployment alone was tried, only how often is told", () => {
  const history = { attempts: 2, failures: 2, lessons: 0, avoid: new Map(), misplaced: [] };
  const error = completeError(new RateLimitError("Full."), deployment("one"), {
    ...history,
    tried: new Set([0]),
  });
  expect(error.message).toContain("Full. (It was tried 2 times.) See ");
});

test("of several refusals the one that speaks of the model tells most, then of the route, then the first", () => {
  const model = new OperationNotSupportedError("x");
  const route = new DeploymentNotFoundError("x");
  const other = new InvalidRequestError("x");
  expect(mostTelling([other, route, model])).toBe(model);
  expect(mostTelling([other, route])).toBe(route);
  expect(mostTelling([other])).toBe(other);
  expect(mostTelling([])).toBeUndefined();
});
