import {
  assertObject,
  assertOptions,
  checkAnswer,
  checkDeployment,
  checkFault,
  checkFilter,
  checkMatch,
} from "./check.js";
import { ContentFilter, type CompletionFilterOptions, type FilterOptions } from "./content-filter.js";
import {
  createDeployment,
  DEFAULT_DEPLOYMENTS,
  type Deployment,
  type DeploymentOptions,
} from "./deployments.js";
import { Faults, type ActiveFault, type Fault } from "./faults.js";
import { RequestLog, type LoggedRequest } from "./log.js";
import type { PromptMatch } from "./match.js";
import { createIds, createRandom } from "./random.js";
import { receive, type Site } from "./reception.js";
import { listenOnLoopback } from "./server.js";
import { Answerer, type Answer } from "./text.js";
import {
  aBoolean,
  aFunction,
  aMatch,
  aNumber,
  anObject,
  anyOf,
  aString,
  aWhole,
  type Checks,
  listOf,
  notNegative,
} from "./values.js";

/** What an emulator is started with; every option may be left out. */
export interface EmulatorOptions {
  /**
   * The deployments by name.
   * @default `instruct` and `gpt-35-turbo-instruct-0914` (completions), `chat` (gpt-4o) and `reasoning` (gpt-5-mini)
   */
  readonly deployments?: Readonly<Record<string, DeploymentOptions>> | undefined;
  /** The key it accepts. @default "emulator-api-key" */
  readonly apiKey?: string | undefined;
  /** The bearer tokens it accepts, or what decides about them. @default ["emulator-token"] */
  readonly tokens?: readonly string[] | ((token: string) => boolean) | undefined;
  /** False refuses keys with 403, as a resource does that allows Microsoft Entra ID only. @default true */
  readonly keyAuthentication?: boolean | undefined;
  /** The dated API versions that exist. @default the stable ones, and every preview date */
  readonly apiVersions?: readonly string[] | undefined;
  /** The region that answers name in `x-ms-region`. @default "East US" */
  readonly region?: string | undefined;
  /** What the content filter finds in prompts and completions. @default nothing */
  readonly filter?:
    { readonly prompt?: PromptMatch | undefined; readonly completion?: PromptMatch | undefined } | undefined;
  /** Decides the generated text, the ids and which requests a fault with a probability happens to. @default 1 */
  readonly seed?: number | undefined;
  /** The port to listen on; 0 takes a free one. @default 0 */
  readonly port?: number | undefined;
  /** The loopback address to listen on: `127.0.0.1`, `localhost` or `::1`. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** How many requests the log keeps, the last ones. @default all */
  readonly keepRequests?: number | undefined;
}

/** How many at the same time. */
export interface Usage {
  /** How many now. */
  readonly now: number;
  /** How many at most at one time. */
  readonly most: number;
  /** How many altogether. */
  readonly total: number;
}

/** A running emulator of an Azure OpenAI resource. */
export interface Emulator {
  /** The resource's endpoint: give it as `azureEndpoint`. */
  readonly endpoint: string;
  /** The key it accepts. */
  readonly apiKey: string;
  /** A bearer token it accepts. */
  readonly token: string;
  /** The names of its deployments. */
  readonly deployments: readonly string[];
  /** What it was asked, in order. */
  readonly requests: readonly LoggedRequest[];
  /** Its connections. */
  readonly connections: Usage;
  /** The requests it is at work on. */
  readonly inFlight: Usage;

  /**
   * Decides what a prompt is answered; of several rules that match, the newest wins.
   *
   * @example
   * ```ts
   * azure.respond(/joke/, "Why did the chicken cross the road?");
   * azure.respond("translate", (prompt) => prompt.toUpperCase());
   * azure.respond(/slow/, { chunks: ["one ", "two"], chunkDelayMs: 50 });
   * ```
   */
  respond(match: PromptMatch, answer: Answer): void;
  /**
   * Makes something go wrong.
   *
   * @example
   * ```ts
   * azure.fail({ status: 429, retryAfterMs: 200, times: 2 });
   * azure.fail({ kind: "cut-stream", afterChunks: 3, match: /story/ });
   * const stall = azure.fail({ kind: "stall" });
   * stall.release();
   * ```
   */
  fail(fault: Fault): ActiveFault;
  /** Lets the content filter refuse matching prompts with 400. */
  filterPrompt(match: PromptMatch, options?: FilterOptions): void;
  /** Lets the content filter cut matching completions. */
  filterCompletion(match: PromptMatch, options?: CompletionFilterOptions): void;
  /** Adds a deployment, or replaces the one of that name. */
  deploy(name: string, options?: DeploymentOptions): void;
  /** Takes a deployment away. */
  undeploy(name: string): void;
  /** Settles once so many requests have arrived since the start or the last `reset()`. */
  received(count: number): Promise<void>;
  /** Settles once no request is at work. */
  settled(): Promise<void>;
  /** Forgets rules, faults, filters and the log; deployments and their quotas are as they were at the start. */
  reset(): void;
  /** Ends every connection, stalled ones too, and stops. */
  close(): Promise<void>;
  /** The same as {@link Emulator.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const DEFAULT_KEY = "emulator-api-key";
const DEFAULT_TOKEN = "emulator-token";

const OPTIONS: Checks<EmulatorOptions> = {
  deployments: anObject,
  apiKey: aString,
  tokens: anyOf(listOf(aString), aFunction),
  keyAuthentication: aBoolean,
  apiVersions: listOf(aString),
  region: aString,
  filter: anObject,
  seed: aNumber,
  port: aWhole(0, 65_535),
  host: aString,
  keepRequests: notNegative,
};

/**
 * Starts an emulator of an Azure OpenAI resource on this machine: the dated and the v1 API, completions,
 * chat and Responses, with Azure's own errors, limits and content filter. Its text is canned or made up
 * from a seed: it is for tests, and no model.
 *
 * @example
 * ```ts
 * import { startEmulator } from "langchain-azure-openai/emulator";
 *
 * const azure = await startEmulator();
 * azure.respond(/capital of Italy/, "Rome.");
 * // … azureEndpoint: azure.endpoint, apiKey: azure.apiKey, deploymentName: "instruct" …
 * console.log(azure.requests.length);
 * await azure.close();
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  checkOptions(options);
  const { apiKey = DEFAULT_KEY, tokens = [DEFAULT_TOKEN], seed = 1, filter: filtered = {} } = options;
  const startedAt = performance.now();
  const ids = createIds(createRandom(seed));
  const faults = new Faults(createRandom(seed + 1));
  const log = new RequestLog(options.keepRequests ?? Infinity);
  const deployments = new Map<string, Deployment>();
  const deployAll = (): void => {
    deployments.clear();
    for (const [name, settings] of Object.entries(options.deployments ?? DEFAULT_DEPLOYMENTS)) {
      deployments.set(name, createDeployment(name, settings));
    }
  };
  const filter = new ContentFilter();
  const filterAll = (): void => {
    filter.reset();
    if (filtered.prompt !== undefined) filter.filterPrompt(filtered.prompt, {});
    if (filtered.completion !== undefined) filter.filterCompletion(filtered.completion, {});
  };
  deployAll();
  filterAll();

  const site: Site = {
    parts: { deployments, filter, answerer: new Answerer(seed), newId: ids.newId, now: () => Date.now() },
    credentials: {
      apiKey,
      acceptsToken: typeof tokens === "function" ? tokens : (token) => tokens.includes(token),
      acceptsKeys: options.keyAuthentication ?? true,
    },
    apiVersions: options.apiVersions,
    region: options.region ?? "East US",
    faults,
    log,
    newUuid: ids.newUuid,
    elapsedMs: () => performance.now() - startedAt,
  };
  const server = await listenOnLoopback(
    { host: options.host ?? "127.0.0.1", port: options.port ?? 0 },
    (request, response) => receive(site, request, response),
  );
  const close = async (): Promise<void> => {
    await server.close();
    faults.reset();
  };

  return {
    endpoint: server.origin,
    apiKey,
    token: (typeof tokens === "function" ? undefined : tokens[0]) ?? DEFAULT_TOKEN,
    get deployments() {
      return [...deployments.keys()];
    },
    get requests() {
      return log.entries;
    },
    connections: server.connections,
    inFlight: log.inFlight,
    respond: (match, answer) => {
      checkMatch("respond", match);
      checkAnswer(answer);
      site.parts.answerer.respond(match, answer);
    },
    fail: (fault) => {
      checkFault(fault);
      return faults.add(fault);
    },
    filterPrompt: (match, settings = {}) => {
      checkMatch("filterPrompt", match);
      checkFilter("filterPrompt", settings);
      filter.filterPrompt(match, settings);
    },
    filterCompletion: (match, settings = {}) => {
      checkMatch("filterCompletion", match);
      checkFilter("filterCompletion", settings);
      filter.filterCompletion(match, settings);
    },
    deploy: (name, settings = {}) => {
      checkDeployment(`deploy "${name}"`, settings);
      deployments.set(name, createDeployment(name, settings));
    },
    undeploy: (name) => {
      deployments.delete(name);
    },
    received: (count) => log.until(() => log.received >= count),
    settled: () => log.until(() => log.inFlight.now === 0),
    reset: () => {
      site.parts.answerer.reset();
      faults.reset();
      filterAll();
      deployAll();
      log.reset();
      server.connections.reset();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkOptions(options: EmulatorOptions): void {
  assertOptions("startEmulator", options, OPTIONS);
  const { deployments, filter } = options;
  if (filter !== undefined)
    assertOptions("startEmulator: filter", filter, { prompt: aMatch, completion: aMatch });
  if (deployments === undefined) return;
  assertObject("startEmulator: deployments", deployments);
  for (const [name, settings] of Object.entries(deployments)) {
    checkDeployment(`startEmulator: deployment "${name}"`, settings);
  }
}
