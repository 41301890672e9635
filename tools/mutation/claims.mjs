import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { jestExpect } from "@jest/expect";
import { TestStatus } from "@stryker-mutator/api/test-runner";
import * as circus from "jest-circus";
import { fn, spyOn } from "jest-mock";
import { forgetSources, requireSource } from "./sources.mjs";

/** What is random, slow, or needs something beside Node has no part: a folder's own claims must notice. */
const LEFT_OUT_FILES = /\.property\.test\.ts$|contract\.test\.ts$|large\.test\.ts$/;

/** These take seconds each. `MUTATION_SLOW=1` takes them as well. */
const LEFT_OUT_CLAIMS = /ten thousand lone prompts|a hundred thousand prompts/;

/** A claim that waits for longer waits for what will not come; so does one that waits for nothing at all. */
const LONGEST_MS = 10_000;
const LOOK_MS = 25;

/**
 * What is run, and who is told.
 *
 * @typedef {object} Run
 * @property {ReadonlySet<string>} [only] the claims that are run; all unless said
 * @property {boolean} [bails] whether one failure is enough
 * @property {boolean} [afresh] whether the sources are loaded anew, and not only the claims
 * @property {() => void} [loaded] called before the first claim
 * @property {(id: string | undefined) => void} [started] called with each claim, and with none after it
 */

/** @type {Run} */
let running = {};

/** What was thrown while no claim ran. @type {unknown[]} */
let stray = [];

Object.assign(globalThis, {
  expect: jestExpect,
  jest: { fn, spyOn },
  test: circus.test,
  it: circus.it,
  describe: circus.describe,
  beforeAll: circus.beforeAll,
  beforeEach: circus.beforeEach,
  afterAll: circus.afterAll,
  afterEach: circus.afterEach,
});

circus.addEventHandler((event) => {
  if (event.name === "test_start") {
    if (running.bails === true && (hasFailed || stray.length > 0)) event.test.mode = "skip";
    if (running.bails === true) hurry(event.test);
    running.started?.(nameTest(event.test));
  }
  if (event.name === "test_done" || event.name === "test_skip") running.started?.(undefined);
  if (event.name === "test_done") hasFailed ||= event.test.errors.length > 0;
});
let hasFailed = false;

for (const name of ["uncaughtException", "unhandledRejection"]) {
  process.on(name, (error) => {
    const test = circus.getState().currentlyRunningTest;
    if (test === null) stray.push(error);
    else test.errors.push([error, error]);
  });
}

/**
 * Ends a claim as soon as nothing can end it any more: the clocks of most are virtual, so that they never wait.
 *
 * @param {Test} test
 */
function hurry(test) {
  const { fn } = test;
  test.timeout = LONGEST_MS;
  test.fn = async () => {
    /** @type {NodeJS.Timeout | undefined} */
    let look;
    const never = new Promise((_, reject) => {
      look = setInterval(() => {
        // This look and the claim's own timeout are always there.
        if (countResources() <= atRest + 2) reject(new Error("Nothing is left to happen."));
      }, LOOK_MS);
    });
    await Promise.race([fn.call({}, () => undefined), never]).finally(() => clearInterval(look));
  };
}

/** How much the process waits for: timers, turns of the event loop, sockets, files. */
function countResources() {
  return process.getActiveResourcesInfo().length;
}

/** What it waits for when nothing runs: the least that was seen. */
let atRest = Infinity;

/**
 * Runs the claims of the folder whose sources are changed.
 *
 * @param {Run} run
 * @returns {Promise<import("@stryker-mutator/api/test-runner").TestResult[]>}
 */
export async function runClaims(run) {
  running = run;
  atRest = Math.min(atRest, countResources());
  stray = [];
  hasFailed = false;
  circus.resetState();
  circus.getState().testTimeout = 30_000;
  forgetSources(run.afresh === true);
  const root = circus.getState().rootDescribeBlock;
  /** @type {unknown} */
  let broken;
  try {
    loadClaims();
  } catch (error) {
    broken = error;
  }
  const tests = listTests(root);
  if (broken !== undefined) return [describeFailure("loading", broken)];
  for (const test of tests) if (isLeftOut(nameTest(test))) test.mode = "skip";
  run.loaded?.();
  await circus.run();
  const results = tests.filter(({ mode }) => mode !== "skip").map(describeTest);
  return stray.length === 0 ? results : [...results, describeFailure("no claim", stray[0])];
}

function claimsFolder() {
  return resolve("__tests__", process.env["MUTATED_FOLDER"] ?? "");
}

function loadClaims() {
  const folder = claimsFolder();
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".test.ts") || LEFT_OUT_FILES.test(file)) continue;
    circus.describe(file, () => {
      requireSource(join(folder, file));
    });
  }
}

/** @param {string} name */
function isLeftOut(name) {
  if (running.only !== undefined) return !running.only.has(name);
  return process.env["MUTATION_SLOW"] === undefined && LEFT_OUT_CLAIMS.test(name);
}

/** @typedef {import("@jest/types").Circus.DescribeBlock} Block */
/** @typedef {import("@jest/types").Circus.TestEntry} Test */

/**
 * @param {Block} block
 * @returns {Test[]}
 */
function listTests(block) {
  return block.children.flatMap((child) => (child.type === "test" ? [child] : listTests(child)));
}

/** @param {Test} test */
function nameTest(test) {
  const names = [test.name];
  for (let block = test.parent; block.parent !== undefined; block = block.parent) names.unshift(block.name);
  return names.join(" ");
}

/**
 * The file of a claim, for Stryker to see that it has changed.
 *
 * @param {Test} test
 */
function findFile(test) {
  let block = test.parent;
  while (block.parent?.parent !== undefined) block = block.parent;
  return join(claimsFolder(), block.name);
}

/**
 * @param {Test} test
 * @returns {import("@stryker-mutator/api/test-runner").TestResult}
 */
function describeTest(test) {
  const id = nameTest(test);
  const common = { id, name: id, fileName: findFile(test), timeSpentMs: test.duration ?? 0 };
  const [error] = test.errors;
  if (error === undefined) return { ...common, status: TestStatus.Success };
  return { ...common, status: TestStatus.Failed, failureMessage: String([error].flat()[0]) };
}

/**
 * @param {string} id
 * @param {unknown} error
 * @returns {import("@stryker-mutator/api/test-runner").FailedTestResult}
 */
function describeFailure(id, error) {
  return { id, name: id, timeSpentMs: 0, status: TestStatus.Failed, failureMessage: String(error) };
}
