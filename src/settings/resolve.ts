import type { BaseLLMParams } from "@langchain/core/language_models/llms";
import { ConfigurationError } from "../errors.js";
import { present } from "../present.js";
import { aFinite, aPositive, type Check, describeValue, isObject } from "./check.js";
import { type Configuration, NO_CONFIGURATION, readConfiguration } from "./configuration.js";
import { resolveDeployment, type ResolvedDeployment } from "./deployment.js";
import { type Environment, readVariable } from "./environment.js";
import { resolveParameters } from "./parameters.js";
import {
  addSaid,
  readSaid,
  type Recorder,
  type SaidOptions,
  valueIfSaid,
  valueOf,
  valueOrDefault,
} from "./said.js";
import type { Access, Settings } from "./settings.js";
import { BASE_NAMES, optionEntry, type OptionName, PLACE_NAMES, SIGN_IN_NAMES } from "./table.js";

export { assertStreamable, resolveCall, type ResolvedCall } from "./parameters.js";

/** LangChain's options, for `super()`. */
type BaseOptions = Pick<
  BaseLLMParams,
  "callbacks" | "callbackManager" | "verbose" | "tags" | "metadata" | "cache"
> & { readonly name?: string };

/** What the constructor's input comes to. */
export interface Resolved {
  /** LangChain's options, for `super()`. */
  readonly base: BaseOptions;
  /** Frozen all the way down, without anything secret. */
  readonly settings: Settings;
  /** What is secret, one for each of `settings.deployments`. */
  readonly accesses: readonly Access[];
}

/** Timers count in 32 bits: a longer time would end at once. */
const LONGEST_MS = 2 ** 31 - 1;

interface Read {
  readonly said: SaidOptions;
  readonly configuration: Configuration;
}

/** Reads options and, among them, what `configuration` says. */
function readInput(
  input: Readonly<Record<string, unknown>>,
  prefix: string,
  accepts: (name: OptionName) => boolean,
  others: readonly string[],
): Read {
  const said = readSaid(input, { prefix, accepts, strict: true, others });
  const given = valueOf(said, "configuration");
  if (given === undefined) return { said, configuration: NO_CONFIGURATION };
  const configuration = readConfiguration(given, `${prefix}configuration.`);
  const { baseURL, apiVersion } = configuration;
  if (baseURL !== undefined) addSaid(said, "baseURL", `${prefix}configuration.baseURL`, baseURL);
  if (apiVersion !== undefined) {
    addSaid(said, "apiVersion", `${prefix}configuration.defaultQuery["api-version"]`, apiVersion);
  }
  return { said, configuration };
}

function readBase(input: Readonly<Record<string, unknown>>): BaseOptions {
  const base = Object.fromEntries(
    BASE_NAMES.flatMap((name) => (Object.hasOwn(input, name) ? [[name, input[name]]] : [])),
  );
  return present(base); // LangChain checks its own
}

/** What an entry of `deployments` takes over from beside it: all but the way to another endpoint, and its sign-in. */
function inherit(top: Read, entry: Read): Read {
  const ownPlace = PLACE_NAMES.some((name) => entry.said.has(name));
  const ownSignIn = SIGN_IN_NAMES.some((name) => entry.said.has(name));
  const left = new Set<OptionName>([
    ...(ownPlace ? PLACE_NAMES : []),
    ...(ownPlace || ownSignIn ? SIGN_IN_NAMES : []),
  ]);
  const inherited = [...top.said].filter(([name]) => !left.has(name));
  const { headers, query, ...client } = top.configuration;
  return {
    said: new Map([...inherited, ...entry.said]),
    configuration: Object.freeze({
      ...client,
      ...entry.configuration,
      headers: Object.freeze({ ...(ownPlace ? {} : headers), ...entry.configuration.headers }),
      query: Object.freeze({ ...(ownPlace ? {} : query), ...entry.configuration.query }),
    }),
  };
}

function readNumber(
  entry: Readonly<Record<string, unknown>>,
  key: string,
  prefix: string,
  fallback: number,
  check: Check<number>,
): number {
  const value = Object.hasOwn(entry, key) ? (entry[key] ?? fallback) : fallback;
  if (check.is(value)) return value;
  throw new ConfigurationError(`\`${prefix}${key}\` must be ${check.expected}, not ${describeValue(value)}.`);
}

function resolveEntry(
  top: Read,
  input: unknown,
  at: number,
  environment: Environment,
  record: Recorder,
): ResolvedDeployment {
  if (!isObject(input)) {
    throw new ConfigurationError(
      `\`deployments[${at}]\` must be an object such as { deploymentName: "NAME" }, not ${describeValue(input)}.`,
    );
  }
  const prefix = `deployments[${at}].`;
  const own = readInput(input, prefix, (name) => optionEntry(name).entry === true, ["priority", "weight"]);
  return resolveDeployment({
    ...inherit(top, own),
    environment,
    prefix,
    ambientSignIn: !PLACE_NAMES.some((name) => own.said.has(name)),
    priority: readNumber(input, "priority", prefix, 0, aFinite),
    weight: readNumber(input, "weight", prefix, 1, aPositive),
    record: (option, value, source) => {
      record(`${prefix}${option}`, value, source);
    },
  });
}

function resolveDeployments(
  top: Read,
  environment: Environment,
  record: Recorder,
): readonly ResolvedDeployment[] {
  const entries = valueOf(top.said, "deployments");
  if (entries === undefined) {
    return [
      resolveDeployment({
        ...top,
        environment,
        prefix: "",
        ambientSignIn: true,
        priority: 0,
        weight: 1,
        record,
      }),
    ];
  }
  const single = top.said.get("deploymentName");
  if (single !== undefined) {
    throw new ConfigurationError(
      `\`${single.name}\` names one deployment and \`deployments\` several. Put the name into an entry of \`deployments\`.`,
    );
  }
  return entries.map((entry, at) => resolveEntry(top, entry, at, environment, record));
}

function boundTimer(milliseconds: number): number {
  return Math.min(milliseconds, LONGEST_MS);
}

function readSettings(said: SaidOptions, record: Recorder): Omit<Settings, "deployments"> {
  const streaming = valueOrDefault(said, "streaming", record);
  const idle = valueIfSaid(said, "idleTimeout", record);
  const total = valueIfSaid(said, "totalTimeout", record);
  return {
    parameters: resolveParameters(said, streaming, record),
    operation: valueOrDefault(said, "operation", record),
    streaming,
    streamUsage: valueOrDefault(said, "streamUsage", record),
    onContentFilter: valueOrDefault(said, "onContentFilter", record),
    batchSize: valueOrDefault(said, "batchSize", record),
    coalesce: valueOrDefault(said, "coalesce", record),
    maxConcurrency: valueOrDefault(said, "maxConcurrency", record),
    maxRetries: valueOrDefault(said, "maxRetries", record),
    maxRetryDelayMs: boundTimer(valueOrDefault(said, "maxRetryDelay", record)),
    timeoutMs: boundTimer(valueOrDefault(said, "timeout", record)),
    ...present({
      model: valueIfSaid(said, "model", record),
      contextWindow: valueIfSaid(said, "contextWindow", record),
      onRetry: valueIfSaid(said, "onRetry", record),
      onFailedAttempt: valueIfSaid(said, "onFailedAttempt", record),
      idleTimeoutMs: idle === undefined ? undefined : boundTimer(idle),
      totalTimeoutMs: total === undefined ? undefined : boundTimer(total),
    }),
  };
}

/** Resolves as {@link resolveSettings} does, and tells `record` where each setting came from. */
export function resolveRecorded(
  input: object | undefined,
  environment: Environment,
  record: Recorder,
): Resolved {
  if (input !== undefined && !isObject(input)) {
    throw new ConfigurationError(
      `The options of AzureOpenAI must be an object, not ${describeValue(input)}.`,
    );
  }
  const options = input ?? {};
  const top = readInput(options, "", () => true, BASE_NAMES);
  const shared = readSettings(top.said, record);
  const deployments = resolveDeployments(top, environment, record);
  return {
    base: readBase(options),
    settings: Object.freeze({
      ...shared,
      deployments: Object.freeze(deployments.map((each) => each.deployment)),
    }),
    accesses: Object.freeze(deployments.map((each) => each.access)),
  };
}

/**
 * Turns the constructor's input into what LangChain gets, what anyone may see, and what is secret.
 *
 * An option wins over the environment, the environment over the default. What the environment says never conflicts
 * with an option: it loses. `undefined` and `null` are absent options, a blank variable an absent one. The environment
 * is read now. Throws a `ConfigurationError` that says what is wrong and each way to mend it.
 */
export function resolveSettings(
  input: object | undefined,
  environment: Environment = readVariable,
): Resolved {
  return resolveRecorded(input, environment, () => undefined);
}
