import { ConfigurationError } from "../errors.js";
import { present } from "../present.js";
import { readHeaders } from "./configuration.js";
import { freezeCopy } from "./freeze.js";
import { assertJson, checkModelKwargs } from "./model-kwargs.js";
import { findNearest } from "./nearest.js";
import {
  isAbsent,
  quoteName,
  readSaid,
  type Recorder,
  type SaidOptions,
  valueIfSaid,
  valueOf,
} from "./said.js";
import { describeValue, isObject } from "./check.js";
import type { Parameters, Settings } from "./settings.js";
import { acceptedNames, canonicalName, optionEntry, PARAMETER_NAMES } from "./table.js";

function readParameters(said: SaidOptions, record: Recorder): Parameters {
  const parameters: Record<string, unknown> = {};
  for (const name of PARAMETER_NAMES) {
    const value = valueIfSaid(said, name, record);
    if (value !== undefined) parameters[name] = freezeCopy<unknown>(value, name);
  }
  const stop = valueOf(said, "stop");
  if (typeof stop === "string") parameters["stop"] = Object.freeze([stop]);
  checkModelKwargs(valueOf(said, "modelKwargs"));
  assertJson(valueOf(said, "modelKwargs"));
  return parameters; // each came through its option's check
}

/** What the parameters must be together. `streaming`: `invoke` and `generate` ask for streams. */
function checkTogether({ n = 1, bestOf }: Parameters, streaming: boolean): void {
  if (bestOf === undefined) return;
  if (bestOf < n) {
    throw new ConfigurationError(
      `\`bestOf\` (${bestOf}) must be at least \`n\` (${n}): the best \`n\` of them are returned. Raise \`bestOf\` or lower \`n\`.`,
    );
  }
  if (streaming && bestOf > n) {
    throw new ConfigurationError(
      `\`bestOf\` (${bestOf}) above \`n\` (${n}) cannot be streamed: the service picks the best when all are whole. Set \`streaming: false\` or leave \`bestOf\` out.`,
    );
  }
}

/** `stop: []` and `modelKwargs: {}` mean none at all; the service wants at least one stop. */
function withoutEmpty(parameters: Parameters): Parameters {
  const { stop, modelKwargs, ...others } = parameters;
  return {
    ...others,
    ...(stop !== undefined && stop.length > 0 && { stop }),
    ...(modelKwargs !== undefined && Object.keys(modelKwargs).length > 0 && { modelKwargs }),
  };
}

/** Reads the constructor's parameters: absent means unset. */
export function resolveParameters(said: SaidOptions, streaming: boolean, record: Recorder): Parameters {
  const parameters = withoutEmpty(readParameters(said, record));
  checkTogether(parameters, streaming);
  return Object.freeze(parameters);
}

/**
 * Refuses what one stream of text cannot carry: `n` above 1, and `bestOf` above `n`.
 *
 * For `.stream()`; `generate` with `streaming: true` can report several completions, by their index.
 */
export function assertStreamable(parameters: Parameters): void {
  const { n = 1 } = parameters;
  if (n > 1) {
    throw new ConfigurationError(
      `\`.stream()\` gives one text, and \`n\` is ${n}. Set \`n: 1\` for the call, or use \`generate\` with \`streaming: true\`, which tells the completions apart.`,
    );
  }
  checkTogether(parameters, true);
}

/** What one call said, merged with the settings. */
export interface ResolvedCall {
  /** The call's over the constructor's. */
  readonly parameters: Parameters;
  /** The call's own headers by lower-case name; an `authorization` or `api-key` among them is this call's sign-in. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A lower number goes first. */
  readonly priority: number;
  readonly maxRetries?: number;
  readonly signal?: AbortSignal;
}

function readSignal(value: unknown): AbortSignal | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === "object" && "aborted" in value && "addEventListener" in value) {
    return value as AbortSignal; // by shape: signals of other realms count, too
  }
  throw new ConfigurationError(`\`signal\` must be an AbortSignal, not ${describeValue(value)}.`);
}

function readCallHeaders(
  call: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> | undefined {
  const { headers, options } = call;
  const peer = isObject(options) && Object.hasOwn(options, "headers") ? options["headers"] : undefined;
  if (!isAbsent(options) && !isObject(options)) {
    throw new ConfigurationError(`\`options\` must be an object, not ${describeValue(options)}.`);
  }
  if (isAbsent(headers) && isAbsent(peer)) return undefined;
  return Object.freeze({ ...readHeaders(peer, "options.headers"), ...readHeaders(headers, "headers") });
}

function readPriority(value: unknown): number {
  if (isAbsent(value)) return 0;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ConfigurationError(`\`priority\` must be a number, not ${describeValue(value)}.`);
}

function mergeParameters(base: Parameters, call: Parameters): Parameters {
  const { modelKwargs } = call;
  const merged = { ...base, ...call };
  return modelKwargs === undefined
    ? merged
    : { ...merged, modelKwargs: Object.freeze({ ...base.modelKwargs, ...modelKwargs }) };
}

/** Options of a call that are in no constructor. */
const OWN_OTHERS: readonly string[] = ["headers", "onProgress", "options", "priority"];

/** What LangChain or we read of a call beside the table's options; some of it has a namesake in the constructor. */
const CALL_OTHERS: ReadonlySet<string> = new Set([
  ...OWN_OTHERS,
  ...["callbacks", "configurable", "context", "encoding", "maxConcurrency", "metadata", "recursionLimit"],
  ...["runId", "runName", "runType", "signal", "store", "tags", "timeout", "version"],
]);

const isCallOption = (name: string): boolean => {
  const canonical = canonicalName(name);
  return canonical !== undefined && optionEntry(canonical).call === true;
};

const CALL_NAMES = [
  ...acceptedNames().filter(isCallOption),
  ...OWN_OTHERS,
  ...["maxConcurrency", "signal", "timeout"],
];

/** Refuses what a call cannot change, and what is most likely a misspelt option. */
function checkCallNames(call: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(call)) {
    if (isAbsent(call[key]) || CALL_OTHERS.has(key) || isCallOption(key)) continue;
    if (key === "returnExceptions") {
      throw new ConfigurationError(
        "`returnExceptions` belongs in the third argument of `batch`: `llm.batch(prompts, {}, { returnExceptions: true })`.",
      );
    }
    if (canonicalName(key) !== undefined) {
      throw new ConfigurationError(
        `${quoteName(key)} is an option of the constructor, not of a call. Make another AzureOpenAI with it.`,
      );
    }
    const nearest = findNearest(key, CALL_NAMES);
    if (nearest !== undefined) {
      throw new ConfigurationError(
        `${quoteName(key)} is not an option of a call. Did you mean \`${nearest}\`?`,
      );
    }
  }
}

/**
 * Merges a call's options over the settings and checks them as the constructor does.
 *
 * `undefined` is an absent option; `modelKwargs` are merged field by field; `stop: []` takes the constructor's away.
 * Options of the constructor alone, and what is nearly the name of one of a call, are an error; others that are not
 * ours pass unnoticed: LangChain's own are among them. `timeout` is LangChain's, which has made
 * it a signal by then.
 */
export function resolveCall(
  options: object | undefined,
  settings: Pick<Settings, "parameters" | "streaming">,
): ResolvedCall {
  const { parameters } = settings;
  if (options !== undefined && Object.values(options).some(isSaid)) return resolveSaid(options, settings);
  const known = saidNothing.get(parameters) ?? resolveSaid({}, settings);
  saidNothing.set(parameters, known);
  return known;
}

/** LangChain hands on a `signal` that is `undefined`. */
function isSaid(value: unknown): boolean {
  return !isAbsent(value);
}

/** What a call without options comes to: LangChain asks three times a call, and most calls have none. */
const saidNothing = new WeakMap<Parameters, ResolvedCall>();

function resolveSaid(options: object, settings: Pick<Settings, "parameters" | "streaming">): ResolvedCall {
  // Without a prototype, on which anybody may have put something.
  const call: Readonly<Record<string, unknown>> = { __proto__: null, ...options };
  checkCallNames(call);
  const said = readSaid(call, { accepts: (name) => optionEntry(name).call === true, strict: false });
  const own = readParameters(said, () => undefined);
  let { parameters } = settings;
  if (Object.keys(own).length > 0) {
    parameters = Object.freeze(withoutEmpty(mergeParameters(parameters, own)));
    checkTogether(parameters, settings.streaming);
  }
  const headers = readCallHeaders(call);
  const maxRetries = valueOf(said, "maxRetries");
  const nested = isObject(call["options"]) ? call["options"]["signal"] : undefined;
  const signal = readSignal(call["signal"] ?? nested);
  return Object.freeze({
    __proto__: null,
    parameters,
    priority: readPriority(call["priority"]),
    ...present({ headers, maxRetries, signal }),
  });
}
