import { ConfigurationError } from "../errors.js";
import { describeRefused } from "./check.js";
import type { Environment } from "./environment.js";
import { findNearest } from "./nearest.js";
import {
  acceptedNames,
  BASE_NAMES,
  canonicalName,
  type DefaultedName,
  IGNORED_NAMES,
  optionEntry,
  type OptionName,
  type OptionValue,
  TABLE,
} from "./table.js";

/** One option as the caller said it, checked. */
interface Said {
  readonly value: unknown;
  /** The name the caller used, with its place before it (`deployments[0].apiKey`). */
  readonly name: string;
}

/** What the caller said, by canonical name. */
export type SaidOptions = ReadonlyMap<OptionName, Said>;

/** Hears where each setting came from. */
export type Recorder = (option: string, value: unknown, source: string) => void;

/** A value and where it came from. */
export interface Chosen<T> {
  readonly value: T;
  /** The option or variable, for messages. */
  readonly name: string;
  /** `option X`, `variable Y` or `default`. */
  readonly source: string;
}

const COMPLETIONS_DEPLOYMENT = "azureOpenAIApiCompletionsDeploymentName";
const GENERAL_DEPLOYMENT = "azureOpenAIApiDeploymentName";
const SILENT: ReadonlySet<string> = new Set([...BASE_NAMES, ...IGNORED_NAMES]);

/** Tells an option that was not given: `undefined`, or JSON's way to say so. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Quotes a name that the caller chose, within reason. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

/** What is wrong with a name that is not known, and what may have been meant. */
export function unknownName(name: string, known: readonly string[], where: string): ConfigurationError {
  const nearest = findNearest(name, known);
  return new ConfigurationError(
    nearest === undefined
      ? `${quoteName(name)} is not ${where}. Take it out; a field of the request body goes into \`modelKwargs\`.`
      : `${quoteName(name)} is not ${where}. Did you mean \`${nearest}\`?`,
  );
}

/** Refuses a value that the option does not take, without printing it. */
function checkValue(canonical: OptionName, name: string, value: unknown): void {
  const { check } = optionEntry(canonical);
  if (check.is(value)) return;
  const hint =
    canonical === "apiKey" && typeof value === "function"
      ? " A function that gives a token is `azureADTokenProvider`."
      : "";
  throw new ConfigurationError(
    `\`${name}\` must be ${check.expected}, not ${describeRefused(check, value)}.${hint}`,
  );
}

function areSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, at) => Object.is(each, other[at]));
  }
  return Object.is(one, other);
}

/** Adds what was said, unless it was said otherwise before. */
export function addSaid(
  said: Map<OptionName, Said>,
  canonical: OptionName,
  name: string,
  value: unknown,
): void {
  checkValue(canonical, name, value);
  const before = said.get(canonical);
  if (before === undefined) said.set(canonical, { value, name });
  else if (!areSame(before.value, value)) {
    throw new ConfigurationError(
      `\`${before.name}\` and \`${name}\` are two names for one option and differ. Keep one of them.`,
    );
  }
}

/**
 * Reads the options of a plain object by whatever names they are given.
 *
 * `accepts` says which canonical names belong there; others are an error when `strict`, else passed over. Only own
 * enumerable keys count.
 */
export function readSaid(
  input: Readonly<Record<string, unknown>>,
  rules: {
    /** Written before each name in messages. */
    readonly prefix?: string;
    readonly accepts: (name: OptionName) => boolean;
    readonly strict: boolean;
    /** Names that someone else reads. */
    readonly others?: readonly string[];
  },
): Map<OptionName, Said> {
  const said = new Map<OptionName, Said>();
  const { prefix = "", accepts, strict, others = [] } = rules;
  for (const key of Object.keys(input)) {
    const value = input[key];
    if (strict && key === "__proto__")
      throw new ConfigurationError(`"__proto__" is not an option. Take it out.`);
    if (isAbsent(value) || others.includes(key)) continue;
    const canonical = key.includes(".") ? undefined : canonicalName(key);
    if (canonical !== undefined && accepts(canonical)) {
      // The completions deployment's name beats the general one, which sibling classes share.
      if (key === GENERAL_DEPLOYMENT && !isAbsent(ownValue(input, COMPLETIONS_DEPLOYMENT))) continue;
      addSaid(said, canonical, `${prefix}${key}`, value);
    } else if (strict && canonical !== undefined) {
      throw new ConfigurationError(
        `\`${prefix}${key}\` is not an option of a single deployment. Put \`${canonical}\` beside \`deployments\`: it is for all of them.`,
      );
    } else if (strict && !SILENT.has(key)) {
      const known = acceptedNames().filter(isAccepted(accepts)).concat(others);
      throw unknownName(
        key,
        known,
        prefix === "" ? "an option of AzureOpenAI" : `an option of \`${prefix.slice(0, -1)}\``,
      );
    }
  }
  return said;
}

function isAccepted(accepts: (name: OptionName) => boolean): (name: string) => boolean {
  return (name) => {
    const canonical = canonicalName(name);
    return canonical !== undefined && accepts(canonical);
  };
}

function ownValue(input: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(input, key) ? input[key] : undefined;
}

/** The value of an option that was said, with its type. */
export function valueOf<Name extends OptionName>(
  said: SaidOptions,
  name: Name,
): OptionValue<Name> | undefined {
  return said.get(name)?.value as OptionValue<Name> | undefined; // only checked values come into the map
}

/** What was said, else the default. */
export function valueOrDefault<Name extends DefaultedName>(
  said: SaidOptions,
  name: Name,
  record: Recorder,
): OptionValue<Name> {
  const chosen = said.get(name);
  const value = chosen?.value ?? TABLE[name].default;
  record(name, value, chosen === undefined ? "default" : `option ${chosen.name}`);
  return value as OptionValue<Name>; // the default passes its option's own check, a test says
}

/** What was said, noting where. */
export function valueIfSaid<Name extends OptionName>(
  said: SaidOptions,
  name: Name,
  record: Recorder,
): OptionValue<Name> | undefined {
  const chosen = said.get(name);
  if (chosen !== undefined) record(name, chosen.value, `option ${chosen.name}`);
  return valueOf(said, name);
}

/** A text that an option says. */
export function chooseOption(said: SaidOptions, name: OptionName): Chosen<string> | undefined {
  const chosen = said.get(name);
  return typeof chosen?.value === "string"
    ? { value: chosen.value.trim(), name: chosen.name, source: `option ${chosen.name}` }
    : undefined;
}

/** A text that one of the option's variables says. */
export function chooseVariable(environment: Environment, name: OptionName): Chosen<string> | undefined {
  for (const variable of optionEntry(name).environment ?? []) {
    const value = environment(variable);
    if (value !== undefined && value.trim() !== "") {
      return { value: value.trim(), name: variable, source: `variable ${variable}` };
    }
  }
  return undefined;
}

/** The names to set for an option, for messages: `` `apiKey` (or the variable AZURE_OPENAI_API_KEY) ``. */
export function waysToSet(name: OptionName, prefix: string): string {
  const variables = optionEntry(name).environment ?? [];
  const noun = variables.length > 1 ? "variables" : "variable";
  return variables.length === 0
    ? `\`${prefix}${name}\``
    : `\`${prefix}${name}\` (or the ${noun} ${variables.join(", ")})`;
}
