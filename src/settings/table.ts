import {
  aBoolean,
  aCount,
  aFunction,
  aNumber,
  aPositive,
  aString,
  aText,
  anInteger,
  anObject,
  type Check,
  isObject,
  milliseconds,
  millisecondsOrZero,
  oneOf,
} from "./check.js";
import type { OperationChoice, RetryEvent, TokenCredential } from "./settings.js";

/** What the table says about one option. */
interface OptionFacts<T = unknown> {
  /** What it means, in one sentence. */
  readonly description: string;
  /** Other names it is accepted under. */
  readonly aliases?: readonly string[];
  /** The variables it is read from, first come first served, when no option says it. */
  readonly environment?: readonly string[];
  /** What else the environment can say, in words. */
  readonly environmentNote?: string;
  /** What it is when nobody says it. */
  readonly default?: T;
  /** The default in words, where it is not one value. */
  readonly defaultNote?: string;
  /** Never to be shown. */
  readonly secret?: true;
  /** Also a call option. */
  readonly call?: true;
  /** Also an option of an entry of `deployments`. */
  readonly entry?: true;
}

/** One option: the facts and the check. */
export interface OptionEntry<T = unknown> extends OptionFacts<T> {
  readonly check: Check<T>;
}

function option<T>(check: Check<T>, facts: OptionFacts<T>): OptionEntry<T> {
  return { ...facts, check };
}

function defaulted<T>(
  value: T,
  check: Check<T>,
  facts: Omit<OptionFacts<T>, "default">,
): OptionEntry<T> & { readonly default: T } {
  return { ...facts, default: value, check };
}

const logitBias: Check<Record<string, number>> = {
  expected: "an object of token ids with numbers from -100 to 100",
  is: (value): value is Record<string, number> =>
    isObject(value) &&
    Object.values(value).every((bias) => typeof bias === "number" && Math.abs(bias) <= 100),
};

const stop: Check<string | readonly string[]> = {
  expected: "a string or an array of up to 4 strings",
  is: (value): value is string | readonly string[] =>
    typeof value === "string" ||
    (Array.isArray(value) && value.length <= 4 && value.every((each) => typeof each === "string")),
};

const credential: Check<TokenCredential | "default"> = {
  expected: 'a credential of @azure/identity (an object with a getToken method), or "default"',
  is: (value): value is TokenCredential | "default" =>
    value === "default" ||
    (typeof value === "object" &&
      value !== null &&
      "getToken" in value &&
      typeof value.getToken === "function"),
};

/** Each entry is checked where its place is known. */
const deployments: Check<readonly unknown[]> = {
  expected: 'an array of at least one object such as { deploymentName: "NAME" }',
  is: (value): value is readonly unknown[] => Array.isArray(value) && value.length > 0,
};

/**
 * Every option of the constructor: names, variables, default and check.
 *
 * The ranges of the sampling options are those of Microsoft's OpenAPI files, the widest among the API versions.
 */
export const TABLE = {
  azureEndpoint: option(aText, {
    description: "The resource's endpoint, in any shape the portal shows it.",
    aliases: ["azureOpenAIEndpoint", "endpoint"],
    environment: ["AZURE_OPENAI_ENDPOINT"],
    entry: true,
  }),
  baseURL: option(aText, {
    description:
      "For gateways: the operation's path is appended and nothing else, `model` is in the body, and `api-version` is sent only if `apiVersion` is set.",
    aliases: ["configuration.baseURL"],
    entry: true,
  }),
  azureOpenAIBasePath: option(aText, {
    description: "A deployments root, to which `/NAME` is appended.",
    environment: ["AZURE_OPENAI_BASE_PATH"],
    entry: true,
  }),
  instanceName: option(aText, {
    description: "The resource's name, from which `https://NAME.openai.azure.com` is built.",
    aliases: ["azureOpenAIApiInstanceName"],
    environment: ["AZURE_OPENAI_API_INSTANCE_NAME"],
    entry: true,
  }),
  deploymentName: option(aText, {
    description: "The name you gave the deployment.",
    aliases: [
      "azureDeployment",
      "deployment",
      "azureOpenAIApiCompletionsDeploymentName",
      "azureOpenAIApiDeploymentName",
    ],
    environment: ["AZURE_OPENAI_API_COMPLETIONS_DEPLOYMENT_NAME", "AZURE_OPENAI_API_DEPLOYMENT_NAME"],
    entry: true,
  }),
  apiVersion: option(aText, {
    description: 'A dated API version such as `2024-10-21`, or `"v1"` or `"preview"` for the v1 API.',
    aliases: ["azureOpenAIApiVersion", "openAIApiVersion"],
    environment: ["AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION"],
    defaultNote: "the v1 API",
    entry: true,
  }),
  apiKey: option(aText, {
    description: "The resource's key.",
    aliases: ["azureOpenAIApiKey", "openAIApiKey"],
    environment: ["AZURE_OPENAI_API_KEY"],
    secret: true,
    entry: true,
  }),
  azureADToken: option(aText, {
    description: "A Microsoft Entra ID token, sent as it is until it expires.",
    environment: ["AZURE_OPENAI_AD_TOKEN"],
    environmentNote: "`OPENAI_API_KEY` when `OPENAI_API_TYPE=azure_ad`",
    secret: true,
    entry: true,
  }),
  azureADTokenProvider: option(aFunction<() => Promise<string>>(), {
    description: "A function that gives a Microsoft Entra ID token, such as `getBearerTokenProvider` makes.",
    secret: true,
    entry: true,
  }),
  credential: option(credential, {
    description: 'A credential of `@azure/identity`, or `"default"` for its `DefaultAzureCredential`.',
    environmentNote: "`OPENAI_API_TYPE=azure_ad` with no token set",
    secret: true,
    entry: true,
  }),
  azureADScope: option(aText, {
    description: "The scope that a token is asked for.",
    defaultNote: "by API and cloud",
    entry: true,
  }),
  allowHttp: defaulted(false, aBoolean, {
    description: "Allows `http` to other hosts than this machine; keys and prompts then travel in clear.",
    entry: true,
  }),
  model: option(aText, {
    description: "What is deployed, for tokenizer, context window and traces; never decides the URL.",
    aliases: ["modelName"],
    defaultNote: "`gpt-3.5-turbo-instruct`, for the view of completions only",
    entry: true,
  }),
  contextWindow: option(anInteger(1), {
    description: "The tokens that prompt and answer may have together, for `maxTokens: -1`.",
    defaultNote: "by `model`",
    entry: true,
  }),
  operation: defaulted<OperationChoice>("auto", oneOf(["completions", "chat", "responses", "auto"]), {
    description: "The Azure operation that is asked, or whichever the deployment answers.",
    entry: true,
  }),
  systemMessage: option(aString, {
    description: "What chat and responses are told before each prompt.",
    call: true,
  }),
  temperature: defaulted(0.7, aNumber(0, 2), {
    description: "How freely tokens are drawn, from 0 to 2.",
    call: true,
  }),
  maxTokens: defaulted(256, anInteger(-1), {
    description: "The longest answer in tokens; -1 for what the context leaves.",
    aliases: ["maxCompletionTokens"],
    call: true,
  }),
  topP: defaulted(1, aNumber(0, 1), {
    description: "The share of probability that tokens are drawn from, from 0 to 1.",
    call: true,
  }),
  frequencyPenalty: defaulted(0, aNumber(-2, 2), {
    description: "Makes tokens rarer the more often they appeared, from -2 to 2.",
    call: true,
  }),
  presencePenalty: defaulted(0, aNumber(-2, 2), {
    description: "Makes tokens rarer once they appeared, from -2 to 2.",
    call: true,
  }),
  n: defaulted(1, anInteger(1, 128), {
    description: "How many completions each prompt gets, from 1 to 128.",
    call: true,
  }),
  bestOf: option(anInteger(1, 128), {
    description: "How many completions the service makes to return the best `n` of.",
    defaultNote: "`n`",
    call: true,
  }),
  logitBias: option(logitBias, {
    description: "Makes tokens likelier or rarer, by token id, from -100 to 100.",
    defaultNote: "`{}`",
    call: true,
  }),
  seed: option(anInteger(Number.MIN_SAFE_INTEGER), {
    description: "Asks for the same answer to the same request, as far as the service can.",
    call: true,
  }),
  logprobs: option(anInteger(0, 5), {
    description: "How many log probabilities are returned for each token, from 0 to 5.",
    call: true,
  }),
  echo: option(aBoolean, { description: "Puts the prompt before the completion.", call: true }),
  suffix: option(aString, { description: "The text that comes after the completion.", call: true }),
  user: option(aString, {
    description: "A name for your end user, for the service's abuse monitoring.",
    call: true,
  }),
  stop: option(stop, {
    description: "Up to 4 texts that end the completion and are not part of it.",
    aliases: ["stopSequences"],
    call: true,
  }),
  modelKwargs: option(anObject, {
    description: "Further fields of the request body, by the service's names.",
    call: true,
  }),
  streaming: defaulted(false, aBoolean, {
    description: "Asks for a stream in `invoke` and `generate` too, so that callbacks see each token.",
  }),
  streamUsage: defaulted(true, aBoolean, { description: "Asks for token usage at the end of a stream." }),
  onContentFilter: defaulted<"throw" | "return">("throw", oneOf(["throw", "return"]), {
    description: "What becomes of a completion that the content filter cut entirely.",
  }),
  batchSize: defaulted(20, anInteger(1), { description: "The most prompts in one completions request." }),
  coalesce: defaulted(false, aBoolean, {
    description: "Groups the `invoke` calls of one turn of the event loop into shared requests.",
  }),
  maxConcurrency: defaulted(256, aCount, { description: "The most requests at a time." }),
  maxRetries: defaulted(6, anInteger(0), {
    description: "How often a request is tried again.",
    call: true,
  }),
  maxRetryDelay: defaulted(300_000, millisecondsOrZero, {
    description: "The longest wait before another try, in milliseconds; a longer one is an error at once.",
  }),
  onRetry: option(aFunction<(event: RetryEvent) => void>(), {
    description: "Told of each retry before its wait.",
  }),
  onFailedAttempt: option(aFunction<(error: Error) => unknown>(), {
    description: "Told of each failed attempt; what it throws ends the retries.",
  }),
  timeout: defaulted(600_000, milliseconds, {
    description: "The longest one attempt may take, in milliseconds.",
  }),
  idleTimeout: option(milliseconds, {
    description: "The longest silence in an answer, in milliseconds, the wait for the first token included.",
  }),
  totalTimeout: option(milliseconds, {
    description: "The longest a whole call may take, in milliseconds, retries and waits included.",
  }),
  requestsPerMinute: option(aPositive, {
    description: "The deployment's quota of requests a minute, to stay below it.",
    entry: true,
  }),
  tokensPerMinute: option(aPositive, {
    description: "The deployment's quota of tokens a minute, to stay below it.",
    entry: true,
  }),
  deployments: option(deployments, {
    description: "Several deployments instead of one, with priority and weight.",
  }),
  configuration: option(anObject, {
    description:
      "`fetch`, `fetchOptions`, `defaultHeaders`, `defaultQuery` and `baseURL`, as the `openai` client takes them.",
    secret: true,
    entry: true,
  }),
} as const;

/** The canonical name of an option. */
export type OptionName = keyof typeof TABLE;

/** What an option's check lets through. */
export type OptionValue<Name extends OptionName> =
  (typeof TABLE)[Name] extends OptionEntry<infer T> ? T : never;

/** The options that have one default value. */
export type DefaultedName = {
  [Name in OptionName]: (typeof TABLE)[Name] extends { readonly default: unknown } ? Name : never;
}[OptionName];

/** The options that shape an answer. */
export const PARAMETER_NAMES = [
  "temperature",
  "maxTokens",
  "topP",
  "frequencyPenalty",
  "presencePenalty",
  "n",
  "bestOf",
  "logitBias",
  "seed",
  "logprobs",
  "echo",
  "suffix",
  "user",
  "stop",
  "systemMessage",
  "modelKwargs",
] as const satisfies readonly OptionName[];

/** The options that say where a deployment is. */
export const PLACE_NAMES = ["azureEndpoint", "baseURL", "azureOpenAIBasePath", "instanceName"] as const;

/** The options that sign in. */
export const SIGN_IN_NAMES = ["apiKey", "azureADToken", "azureADTokenProvider", "credential"] as const;

/** LangChain's options that go to `super()`. */
export const BASE_NAMES = [
  "callbacks",
  "callbackManager",
  "verbose",
  "tags",
  "metadata",
  "cache",
  "name",
] as const;

/**
 * Options of sibling classes of `@langchain/openai`, met in configuration objects that several classes share: known
 * and without effect here.
 */
export const IGNORED_NAMES: readonly string[] = [
  "azureOpenAIApiEmbeddingsDeploymentName",
  "openAIBasePath",
  "organization",
  "prefixMessages",
  "topLogprobs",
  "modalities",
  "audio",
  "reasoning",
  "reasoningEffort",
  "verbosity",
  "zdrEnabled",
  "service_tier",
  "promptCacheKey",
  "promptCacheRetention",
  "supportsStrictToolCalling",
  "useResponsesApi",
  "outputVersion",
  "disableStreaming",
  "__includeRawResponse",
  "dimensions",
  "encodingFormat",
  "stripNewLines",
];

const entries: readonly (readonly [string, OptionEntry])[] = Object.entries(TABLE);

/** The table as a list, each option with its name, for those who print it. */
export const OPTIONS: readonly (OptionEntry & { readonly name: string })[] = entries.map(([name, entry]) => ({
  name,
  ...entry,
}));

/** Tells whether a name is an option's canonical one. */
function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(TABLE, name);
}

const aliases: ReadonlyMap<string, OptionName> = new Map(
  (Object.keys(TABLE) as OptionName[]) // the keys of a literal are its names
    .flatMap((name) => (optionEntry(name).aliases ?? []).map((alias): [string, OptionName] => [alias, name])),
);

/** The facts about an option, without the type of its value. */
export function optionEntry(name: OptionName): OptionEntry {
  return TABLE[name];
}

/** The canonical name of what an option may be called. */
export function canonicalName(name: string): OptionName | undefined {
  return isOptionName(name) ? name : aliases.get(name);
}

/** Every name an option may be given, canonical ones first. */
export function acceptedNames(): readonly string[] {
  return [...Object.keys(TABLE), ...[...aliases.keys()].filter((name) => !name.includes(".")), ...BASE_NAMES];
}
