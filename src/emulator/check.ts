import type { CompletionFilterOptions, FilterCategory, FilterOptions } from "./content-filter.js";
import type { DeploymentOptions, Latency } from "./deployments.js";
import type { Fault, FaultSelection, StatusFault } from "./faults.js";
import { isObject, type JsonObject } from "./parameters.js";
import type { AnswerText } from "./text.js";

/** Lists the keys of a type; the compiler sees to it that none is missing or made up. */
export function listKeys<Type>(keys: Readonly<Record<keyof Type, true>>): readonly string[] {
  return Object.keys(keys);
}

/** Refuses what is no object, and keys that are not known. */
export function assertKeys(
  what: string,
  value: unknown,
  known: readonly string[],
): asserts value is JsonObject {
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
  assertKeys(what, options, DEPLOYMENT_KEYS);
  const { latencyMs } = options;
  if (latencyMs === undefined || typeof latencyMs === "number") return;
  assertKeys(`${what}: latencyMs`, latencyMs, LATENCY_KEYS);
}

/** Checks a fault: its kind, and that it has no option of another kind. */
export function checkFault(fault: unknown): void {
  assertObject("fail", fault);
  const { kind, status } = fault;
  if (kind === undefined && status === undefined) {
    assertKeys("fail", fault, ANY_FAULT_KEYS);
    throw new TypeError(
      `fail: nothing says what goes wrong. Give a \`status\`, such as 429, or a \`kind\`: ${list(Object.keys(FAULT_KEYS))}.`,
    );
  }
  const name = kind === undefined ? "status" : kind;
  assertOneOf("fail: kind", name, Object.keys(FAULT_KEYS));
  const own = Object.entries(FAULT_KEYS).find(([key]) => key === name)?.[1] ?? [];
  assertKeys(`fail, kind "${name}"`, fault, ["kind", ...SELECTION_KEYS, ...own]);
  if (name === "status" && typeof status !== "number") {
    throw new TypeError(
      `fail: expected \`status\` to be a number, such as 429, got ${describeValue(status)}.`,
    );
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
  assertKeys("respond: the answer", answer, ANSWER_KEYS);
}

/** Checks the options of a filter rule. */
export function checkFilter(what: "filterPrompt" | "filterCompletion", options: unknown): void {
  assertKeys(what, options, what === "filterPrompt" ? FILTER_KEYS : COMPLETION_FILTER_KEYS);
  if (options["category"] !== undefined) assertOneOf(`${what}: category`, options["category"], CATEGORIES);
  if (options["severity"] !== undefined) assertOneOf(`${what}: severity`, options["severity"], SEVERITIES);
}

function assertOneOf(what: string, value: unknown, known: readonly string[]): asserts value is string {
  if (typeof value !== "string") {
    throw new TypeError(`${what}: expected one of ${list(known)}, got ${describeValue(value)}.`);
  }
  if (!known.includes(value)) throw unknownName(`${what}: "${value}" is not known`, value, known);
}

function unknownName(problem: string, name: string, known: readonly string[]): TypeError {
  const nearest = findNearest(name, known);
  const hint = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
  return new TypeError(`${problem}.${hint} Known: ${list(known)}.`);
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
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

const LATENCY_KEYS = listKeys<Latency>({ first: true, perToken: true });

const DEPLOYMENT_KEYS = listKeys<DeploymentOptions>({
  model: true,
  modelVersion: true,
  operations: true,
  requestsPerMinute: true,
  tokensPerMinute: true,
  rateLimitHints: true,
  latencyMs: true,
  contextWindow: true,
  streamUsage: true,
  reasoningTokens: true,
  contentFilter: true,
});

const SELECTION_KEYS = listKeys<FaultSelection>({
  times: true,
  after: true,
  probability: true,
  match: true,
  deployment: true,
  operation: true,
});

/** What each kind of fault has of its own. */
const FAULT_KEYS: Readonly<Record<NonNullable<Fault["kind"]>, readonly string[]>> = {
  status: listKeys<Omit<StatusFault, keyof FaultSelection | "kind">>({
    status: true,
    retryAfterMs: true,
    retryAfter: true,
    retryAfterInText: true,
    body: true,
    headers: true,
  }),
  reset: [],
  "reset-after-headers": [],
  "half-header": [],
  stall: [],
  "stall-stream": ["afterChunks"],
  "slow-first-token": ["delayMs"],
  "cut-stream": ["afterChunks"],
  "malformed-sse": ["afterChunks"],
  "error-frame": ["afterChunks"],
  "malformed-json": [],
  "bad-choices": ["how"],
  "no-done": [],
  "no-usage": [],
  "no-content": [],
  html: ["status"],
  "wrong-content-type": ["contentType"],
  redirect: ["location", "status"],
  "split-utf8": [],
  gzip: [],
  "1xx": [],
};

const ANY_FAULT_KEYS = [...new Set(["kind", ...Object.values(FAULT_KEYS).flat(), ...SELECTION_KEYS])];

const ANSWER_KEYS = listKeys<AnswerText>({
  text: true,
  chunks: true,
  finishReason: true,
  refusal: true,
  delayMs: true,
  chunkDelayMs: true,
});

const FILTER_KEYS = listKeys<FilterOptions>({ category: true, severity: true, annotateOnly: true });

const COMPLETION_FILTER_KEYS = listKeys<CompletionFilterOptions>({
  category: true,
  severity: true,
  annotateOnly: true,
  keepPartialText: true,
  late: true,
});

const CATEGORIES = listKeys<Record<FilterCategory, true>>({
  hate: true,
  self_harm: true,
  sexual: true,
  violence: true,
  jailbreak: true,
  profanity: true,
  protected_material_text: true,
});

const SEVERITIES = listKeys<Record<NonNullable<FilterOptions["severity"]>, true>>({
  low: true,
  medium: true,
  high: true,
});
