import { inspect } from "node:util";

import * as errors from "../../src/errors.js";
import { useCleanEnvironment } from "../support/environment.js";
import { findNodeWithProxies, NO_NODE_WITH_PROXIES } from "../support/node-with-proxies.js";
import { KEY, observe } from "./cell.js";
import type { Cell, End, Observed } from "./cell.js";
import { restoreClock } from "./clock.js";
import { SECTIONS } from "./faults.js";
import type { Fault } from "./faults.js";
import { checkPage, note } from "./page.js";
import { PROXIES, observeThroughProxy } from "./proxy.js";
import { WAYS } from "./outcomes.js";
import type { Expected, Outcome, Way } from "./outcomes.js";
import { OPERATIONS, answerTo, piecesOf } from "./right-answers.js";

useCleanEnvironment();
afterEach(restoreClock);

/** The sockets, servers and look-ups that the event loop waits for. */
const listSockets = (): readonly string[] =>
  process.getActiveResourcesInfo().filter((resource) => /^(?:TCP|TLS|GetAddrInfo)/.test(resource));

// The first request loads what the others use, which takes longer than some of them wait.
beforeAll(async () => {
  for (const way of WAYS)
    await observe({ fault: { name: "none", expects: {} }, operation: "chat", way, lasts: true });
});

const FAULTS = SECTIONS.flatMap(([, faults]) => faults);

describe.each(FAULTS.map((fault) => [fault.name, fault] as const))("%s", (_name, fault) => {
  test.each(listCells(fault))("$title", async (cell) => {
    check(cell, await observe(cell));
    await untilClosed();
    expect(listSockets()).toEqual([]);
  });
});

const node = findNodeWithProxies();
const why = node === undefined ? ` (${NO_NODE_WITH_PROXIES})` : "";

(node === undefined ? describe.skip : describe).each(PROXIES.map((fault) => [fault.name, fault] as const))(
  `%s${why}`,
  (_name, fault) => {
    const cells = listCells(fault);
    let observed: readonly Observed[] = [];
    beforeAll(async () => {
      observed = await observeThroughProxy(node ?? "", fault, cells);
    });
    test.each(cells.map((cell, index) => ({ ...cell, index })))("$title", ({ index, ...cell }) => {
      const seen = observed[index];
      if (seen === undefined) throw new Error("Not observed.");
      check(cell, seen);
    });
  },
);

test("docs/faults.md says what was seen", async () => {
  expect(await checkPage()).toMatch(/says what was seen|written/);
});

/** Closed sockets leave in one of the next turns of the event loop. */
async function untilClosed(): Promise<void> {
  for (let turn = 0; turn < 1000 && listSockets().length > 0; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Checks what was seen in one square, and notes it for the page. */
function check(cell: TestedCell, observed: Observed): void {
  note(cell, observed);
  const { prompts, ends, place, soFar, requests } = observed;
  const end = ends[place];
  expect(describeEnd(end, cell.expected, soFar)).toEqual(describeExpected(cell, prompts[place] ?? ""));
  if (end !== undefined && "error" in end) checkMessage(end.error);
  checkOthers(observed, cell);
  checkRequests(requests, cell);
  checkOnce(observed);
  checkChoices(observed, cell);
  expect(observed.strayed).toBe(0);
  expect(observed.listeners).toBe(0);
  expect(observed.inUse).toEqual([]);
}

interface TestedCell extends Cell {
  readonly title: string;
  readonly expected: Outcome;
}

function listCells(fault: Fault): readonly TestedCell[] {
  return (fault.operations ?? OPERATIONS).flatMap((operation) =>
    WAYS.flatMap((way) => {
      const { lasts, once } = expectedOf(fault, way);
      const title = `${operation}, ${way}`;
      return [
        ...(once === undefined
          ? []
          : [{ fault, operation, way, lasts: false, expected: once, title: `once: ${title}` }]),
        ...(lasts === undefined ? [] : [{ fault, operation, way, lasts: true, expected: lasts, title }]),
      ];
    }),
  );
}

function expectedOf({ expects }: Fault, way: Way): Expected {
  if ("lasts" in expects || "once" in expects) return expects;
  const byWay = expects as Partial<Readonly<Record<Way, Expected>>>; // what is left
  return byWay[way] ?? (way === "batch" ? byWay.invoke : undefined) ?? {};
}

/** What is compared of the marked prompt's end, in a form that reads well where it differs. */
function describeEnd(end: End | undefined, expected: Outcome, soFar: string): unknown {
  if (end === undefined) return "nothing";
  if ("text" in end) return { text: shorten(end.text) };
  const { error } = end;
  const details = expected.kind === "fails" ? (expected.details ?? {}) : {};
  return {
    error: error.name,
    code: Reflect.get(error, "code"),
    message: error.message,
    details: Object.fromEntries(Object.keys(details).map((key) => [key, Reflect.get(error, key)])),
    ...("partialText" in error && { partialText: error.partialText }),
    soFar,
  };
}

function describeExpected({ fault, expected }: TestedCell, prompt: string): unknown {
  const answer = fault.becomes?.(answerTo(prompt)) ?? answerTo(prompt);
  if (expected.kind === "answered") return { text: shorten(answer) };
  const { error, details = {}, says = /./ } = expected;
  const texts = { none: "", "the first piece": piecesOf(prompt)[0] ?? "", "all of it": answer };
  const soFar = texts[expected.soFar ?? "none"];
  return {
    error,
    code: (errors[error] as { readonly code?: string }).code,
    message: expect.stringMatching(says),
    details,
    ...(error === "InterruptedStreamError" && { partialText: soFar }),
    soFar,
  };
}

/** A text of megabytes is compared by its ends and its length. */
function shorten(text: string): string {
  return text.length < 1000 ? text : `${text.slice(0, 50)}…${text.slice(-50)} (${text.length})`;
}

/** Each message names a way out, where to read on, and no secret. */
function checkMessage(error: Error): void {
  expect(error.message).toMatch(/`[A-Za-z.]+`|\b[A-Z]+_[A-Z_]+\b/);
  expect(error.message).toContain("docs/errors.md#");
  expect(inspect(error, { depth: 9 })).not.toContain(KEY);
}

/** The other prompts have the right answer, or share the fate of the request that they were in. */
function checkOthers(
  { prompts, ends, place, requests }: Observed,
  { fault: { hits = "request" } }: Cell,
): void {
  const sharing = new Set(hits === "all" ? prompts : hits === "request" ? requests.at(-1) : []);
  prompts.forEach((prompt, index) => {
    const expected =
      sharing.has(prompt) && "error" in (ends[place] ?? {})
        ? { error: expect.objectContaining({ name: (ends[place] as { error: Error }).error.name }) }
        : { text: answerTo(prompt) };
    if (index !== place) expect(ends[index]).toEqual(expected);
  });
}

/** Each choice of an answer is whole and in its place, of which `invoke` shows the first alone. */
function checkChoices({ prompts, place, choices }: Observed, { fault }: TestedCell): void {
  const { n = 1 } = fault.options?.() ?? {};
  choices?.forEach((texts, prompt) => {
    const become = prompts[place] === prompt ? (fault.becomes ?? same) : same;
    const right = Array.from({ length: n }, (_, choice) => become(answerTo(prompt, choice)));
    expect(texts.map(shorten)).toEqual(right.map(shorten));
  });
}

const same = (answer: string): string => answer;

/** A batch cuts a refused request into smaller ones, and a kept connection that is reset is replaced. */
function checkRequests(requests: Observed["requests"], { way, expected }: TestedCell): void {
  const atMost = way === "batch" ? 2 * expected.requests + 2 : expected.requests;
  expect(requests.length).toBeGreaterThanOrEqual(expected.requests);
  expect(requests.length).toBeLessThanOrEqual(atMost);
}

/** Each prompt's end is told once, and none is answered rightly twice. */
function checkOnce({ prompts, told, answered }: Observed): void {
  expect([...told]).toEqual(expect.arrayContaining(prompts.map((prompt) => [prompt, 1])));
  expect(Math.max(0, ...answered.values())).toBeLessThanOrEqual(1);
}
