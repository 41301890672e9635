import type { CompletionFilterOptions, FilterCategory, FilterOptions } from "./content-filter.js";
import type {
  ContentFilterMode,
  DeploymentOptions,
  Latency,
  OperationName,
  RetryHint,
} from "./deployments.js";
import type { Fault, FaultSelection, StatusFault } from "./faults.js";
import { isObject, type JsonObject } from "./parameters.js";
import type { AnswerText } from "./text.js";
import {
  aboveZero,
  aBoolean,
  aMatch,
  aNumber,
  anObject,
  anyOf,
  aProbability,
  aString,
  aWhole,
  type Checks,
  listNames,
  listOf,
  notNegative,
  oneOf,
  type ValueCheck,
} from "./values.js";

/** Refuses what is no object, keys that are not known, and values that an option does not take. */
export function assertOptions(
  what: string,
  value: unknown,
  checks: Readonly<Record<string, ValueCheck>>,
): asserts value is JsonObject {
  assertKeys(what, value, Object.keys(checks));
  for (const [key, check] of Object.entries(checks)) {
    if (value[key] !== undefined) assertValue(what, key, value[key], check);
  }
}

/** Refuses what selects no prompts. */
export function checkMatch(what: string, match: unknown): void {
  assertValue(what, "match", match, aMatch);
}

function assertValue(what: string, key: string, value: unknown, { expected, is, words }: ValueCheck): void {
  if (is(value)) return;
  if (words !== undefined && typeof value === "string") {
    throw unknownName(`${what}: ${key}: "${value}" is not known`, value, words);
  }
  throw new TypeError(`${what}: expected \`${key}\` to be ${expected}, got ${showValue(value)}.`);
}

/** A value as it was given, within reason. */
function showValue(value: unknown): string {
  const plain = typeof value === "number" || typeof value === "boolean";
  if (plain) return String(value);
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : describeValue(value);
}

/** Refuses what is no object, and keys that are not known. */
function assertKeys(what: string, value: unknown, known: readonly string[]): asserts value is JsonObject {
  assertObject(what, value);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw unknownName(`${what}: there is no option "${key}"`, key, known);
  }
}

/** Refuses what is no object. */
export function assertObject(what: string, value: unknown): asserts value is JsonObject {
  if (!isObject(value)) throw new TypeError(`${what}: expected an object, got ${describeValue(value)}.`);
}

/** Checks the options of a deployment. */
export function checkDeployment(what: string, options: unknown): void {
  assertOptions(what, options, DEPLOYMENT);
  const { latencyMs } = options;
  if (isObject(latencyMs)) assertOptions(`${what}: latencyMs`, latencyMs, LATENCY);
}

/** Checks a fault: its kind, and that it has what that takes and no option of another kind. */
export function checkFault(fault: unknown): void {
  assertObject("fail", fault);
  const { kind, status } = fault;
  if (kind === undefined && status === undefined) {
    assertKeys("fail", fault, ANY_FAULT_KEYS);
    throw new TypeError(
      `fail: nothing says what goes wrong. Give a \`status\`, such as 429, or a \`kind\`: ${listNames(Object.keys(FAULTS))}.`,
    );
  }
  const name = kind === undefined ? "status" : kind;
  assertOneOf("fail: kind", name, Object.keys(FAULTS));
  const own = Object.entries(FAULTS).find(([key]) => key === name)?.[1] ?? {};
  const what = `fail, kind "${name}"`;
  assertOptions(what, fault, { kind: aString, ...SELECTION, ...own });
  for (const key of NEEDED[name] ?? []) {
    const check = own[key];
    if (check !== undefined) assertValue(what, key, fault[key], check);
  }
}

/** Checks the answer of a rule: a string, a function or an object. */
export function checkAnswer(answer: unknown): void {
  if (typeof answer === "string" || typeof answer === "function") return;
  if (answer === undefined) {
    throw new TypeError(
      "respond: the answer is missing. Give a string, a function or an object with `text`.",
    );
  }
  assertOptions("respond: the answer", answer, ANSWER);
}

/** Checks the options of a filter rule. */
export function checkFilter(what: "filterPrompt" | "filterCompletion", options: unknown): void {
  assertOptions(what, options, what === "filterPrompt" ? FILTER : COMPLETION_FILTER);
}

function assertOneOf(what: string, value: unknown, known: readonly string[]): asserts value is string {
  if (typeof value !== "string") {
    throw new TypeError(`${what}: expected one of ${listNames(known)}, got ${describeValue(value)}.`);
  }
  if (!known.includes(value)) throw unknownName(`${what}: "${value}" is not known`, value, known);
}

function unknownName(problem: string, name: string, known: readonly string[]): TypeError {
  const nearest = findNearest(name, known);
  const hint = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
  return new TypeError(`${problem}.${hint} Known: ${listNames(known)}.`);
}

function describeValue(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : typeof value;
}

function findNearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: countEdits(fold(name), fold(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= name.length / 3 ? best.candidate : undefined;
}

/** Case and underscores aside, so that `retry_after_ms` finds `retryAfterMs`. */
function fold(name: string): string {
  return name.replaceAll("_", "").toLowerCase().slice(0, 60);
}

/** How many letters to add, drop or change. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const letter of from) {
    const next = [(row[0] ?? 0) + 1];
    for (let column = 1; column <= to.length; column++) {
      const changed = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

const anOperation = oneOf<OperationName>({ completions: true, chat: true, responses: true });

const LATENCY: Checks<Latency> = { first: notNegative, perToken: notNegative };

const DEPLOYMENT: Checks<DeploymentOptions> = {
  model: aString,
  modelVersion: aString,
  operations: listOf(anOperation),
  requestsPerMinute: aboveZero,
  tokensPerMinute: aboveZero,
  rateLimitHints: listOf(oneOf<RetryHint>({ "retry-after-ms": true, "retry-after": true, text: true })),
  latencyMs: anyOf(notNegative, anObject),
  contextWindow: aboveZero,
  streamUsage: oneOf<NonNullable<DeploymentOptions["streamUsage"]>>({
    accept: true,
    refuse: true,
    ignore: true,
  }),
  reasoningTokens: notNegative,
  contentFilter: oneOf<ContentFilterMode>({ default: true, asynchronous: true, unavailable: true }),
};

const SELECTION: Checks<FaultSelection> = {
  times: notNegative,
  after: notNegative,
  probability: aProbability,
  match: aMatch,
  deployment: aString,
  operation: anOperation,
};

const AFTER_CHUNKS = { afterChunks: notNegative };
const aStatus = aWhole(200, 599);

const STATUS: Checks<Omit<StatusFault, keyof FaultSelection | "kind">> = {
  status: aStatus,
  retryAfterMs: aNumber,
  retryAfter: anyOf(aNumber, aString),
  retryAfterInText: aNumber,
  body: anyOf(aString, anObject),
  headers: {
    expected: "an object of strings",
    is: (value) => isObject(value) && Object.values(value).every(aString.is),
  },
};

/** What each kind of fault has of its own. */
const FAULTS: Readonly<Record<NonNullable<Fault["kind"]>, Readonly<Record<string, ValueCheck>>>> = {
  status: STATUS,
  reset: {},
  "reset-after-headers": {},
  "half-header": {},
  stall: {},
  "stall-stream": AFTER_CHUNKS,
  "slow-first-token": { delayMs: notNegative },
  "cut-stream": AFTER_CHUNKS,
  "malformed-sse": AFTER_CHUNKS,
  "error-frame": AFTER_CHUNKS,
  "malformed-json": {},
  "bad-choices": {
    how: oneOf<Extract<Fault, { readonly kind: "bad-choices" }>["how"]>({
      missing: true,
      doubled: true,
      "out-of-order": true,
      "out-of-range": true,
    }),
  },
  "no-done": {},
  "no-usage": {},
  "no-content": {},
  html: { status: aStatus },
  "wrong-content-type": { contentType: aString },
  redirect: { location: aString, status: aWhole(300, 399) },
  "split-utf8": {},
  gzip: {},
  "1xx": {},
};

/** What a fault cannot do without. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  status: ["status"],
  "slow-first-token": ["delayMs"],
  "bad-choices": ["how"],
  redirect: ["location"],
};

const ANY_FAULT_KEYS = [
  ...new Set(["kind", ...Object.values(FAULTS).flatMap(Object.keys), ...Object.keys(SELECTION)]),
];

const ANSWER: Checks<AnswerText> = {
  text: aString,
  chunks: listOf(aString),
  finishReason: oneOf<NonNullable<AnswerText["finishReason"]>>({
    stop: true,
    length: true,
    content_filter: true,
  }),
  refusal: aString,
  delayMs: notNegative,
  chunkDelayMs: notNegative,
};

const FILTER: Checks<FilterOptions> = {
  category: oneOf<FilterCategory>({
    hate: true,
    self_harm: true,
    sexual: true,
    violence: true,
    jailbreak: true,
    profanity: true,
    protected_material_text: true,
  }),
  severity: oneOf<NonNullable<FilterOptions["severity"]>>({ low: true, medium: true, high: true }),
  annotateOnly: aBoolean,
};

const COMPLETION_FILTER: Checks<CompletionFilterOptions> = {
  ...FILTER,
  keepPartialText: aBoolean,
  late: aBoolean,
};
