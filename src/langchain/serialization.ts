import { present } from "../present.js";
import { completionsDefaults } from "../operations/completions.js";
import { scopeOf } from "../settings/endpoint.js";
import { isDated } from "../settings/place.js";
import type { Access, DeploymentSettings, Parameters, Settings, SignIn } from "../settings/settings.js";
import { PARAMETER_NAMES, TABLE } from "../settings/table.js";
import { DEFAULT_MODEL } from "./view.js";

/** The id under which both LangChains know the class. */
export const SERIALIZED_NAMESPACE = ["langchain", "llms", "openai"];

type Fields = Record<string, unknown>;

/** The options whose Python name is not theirs in snake case. */
const PYTHON_NAMES: Readonly<Record<string, string>> = {
  apiKey: "openai_api_key",
  azureADToken: "azure_ad_token",
  azureADScope: "azure_ad_scope",
  azureOpenAIBasePath: "azure_openai_base_path",
  apiVersion: "openai_api_version",
  baseURL: "openai_api_base",
  model: "model_name",
};

/** Options that keep their canonical name and are written when they differ from their default. */
const BEHAVIOUR = [
  "contextWindow",
  "operation",
  "streaming",
  "streamUsage",
  "onContentFilter",
  "batchSize",
  "coalesce",
  "maxConcurrency",
  "maxRetries",
  "idleTimeout",
  "totalTimeout",
  "maxRetryDelay",
] as const;

function toPythonName(option: string): string {
  return PYTHON_NAMES[option] ?? option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toMarker(variable: string): Fields {
  return { lc: 1, type: "secret", id: [variable] };
}

/** A key or a token as a marker; what cannot be named by a variable is not written. */
function toSecret({ kind }: SignIn, suffix = ""): Fields {
  switch (kind) {
    case "key":
      return { apiKey: toMarker(`AZURE_OPENAI_API_KEY${suffix}`) };
    case "token":
      return { azureADToken: toMarker(`AZURE_OPENAI_AD_TOKEN${suffix}`) };
    case "provider":
    case "credential":
    case "default":
    case "headers":
      return {};
  }
}

/**
 * Where a deployment is, in the options that lead back there whatever the environment says.
 *
 * An endpoint is written as a resource's root, as Python does; a gateway's own layout stays whole.
 */
function toPlace({ api, baseURL, deploymentRoot, apiVersion, deploymentName }: DeploymentSettings): Fields {
  switch (api) {
    case "gateway":
      return { baseURL, deploymentName, apiVersion };
    case "v1":
      return {
        azureEndpoint: baseURL.replace(/\/openai\/v1$/, ""),
        deploymentName,
        apiVersion: apiVersion ?? "v1",
      };
    case "dated": {
      if (apiVersion === undefined && deploymentRoot !== undefined) {
        // Only a root of deployments outside of Azure's own hosts speaks the dated API without a date.
        return {
          azureOpenAIBasePath: deploymentRoot.slice(0, deploymentRoot.lastIndexOf("/")),
          deploymentName,
        };
      }
      const usual = baseURL.endsWith("/openai") && deploymentRoot?.startsWith(`${baseURL}/deployments/`);
      const azureEndpoint = usual ? baseURL.replace(/\/openai$/, "") : (deploymentRoot ?? baseURL);
      return { azureEndpoint, deploymentName, apiVersion };
    }
  }
}

/** The scope that a token is asked for, where it is not the one of the API and the cloud. */
function toOwnScope({ scope, cloud, api, apiVersion, baseURL }: DeploymentSettings): string | undefined {
  // A gateway is taken for one of the dated API by its version or its path.
  const datedGateway = isDated(apiVersion ?? "") || baseURL.split("/").includes("deployments");
  const dated = api === "dated" || (api === "gateway" && datedGateway);
  return scope === (scopeOf(cloud, dated) ?? "") ? undefined : scope;
}

function toEntry(deployment: DeploymentSettings, { signIn }: { signIn: SignIn }, position: number): Fields {
  const { operation, model, contextWindow, priority, weight, requestsPerMinute, tokensPerMinute } =
    deployment;
  return present({
    ...toPlace(deployment),
    operation,
    model,
    contextWindow,
    priority,
    weight,
    requestsPerMinute,
    tokensPerMinute,
    azureADScope: toOwnScope(deployment),
    ...toSecret(signIn, `_${position}`),
  });
}

/** The fields that the Python client's completions take by name: it fails of any other outside of `extra_body`. */
const PYTHON_ARGUMENTS = new Set(["echo", "stop", "stream_options", "suffix", "user"]);

/** The parameters that were set; what Python knows a place for is put there. */
function toParameters({ modelKwargs = {}, ...parameters }: Parameters): Fields {
  const values: Fields = { ...parameters };
  const set = Object.fromEntries(PARAMETER_NAMES.map((name) => [name, values[name]]));
  const extras = Object.entries(modelKwargs);
  const named = extras.filter(([name]) => PYTHON_ARGUMENTS.has(name));
  const others = extras.filter(([name]) => !PYTHON_ARGUMENTS.has(name));
  return {
    ...set,
    ...(named.length > 0 && { modelKwargs: Object.fromEntries(named) }),
    ...(others.length > 0 && { extraBody: Object.fromEntries(others) }),
  };
}

/** Whether a single deployment differs in nothing from one that was given without a list. */
function isPlain(deployment: DeploymentSettings, settings: Settings): boolean {
  const { operation, model, contextWindow, priority, weight } = deployment;
  const inherits =
    operation === settings.operation && model === settings.model && contextWindow === settings.contextWindow;
  return inherits && priority === 0 && weight === 1;
}

function toBehaviour(settings: Settings): Fields {
  const values: Fields = {
    ...settings,
    idleTimeout: settings.idleTimeoutMs,
    totalTimeout: settings.totalTimeoutMs,
    maxRetryDelay: settings.maxRetryDelayMs,
  };
  const defaults: Readonly<Record<string, { readonly default?: unknown }>> = TABLE;
  const changed = BEHAVIOUR.filter((name) => values[name] !== defaults[name]?.default);
  return {
    ...Object.fromEntries(changed.map((name) => [name, values[name]])),
    // Python counts in seconds.
    ...(settings.timeoutMs !== TABLE.timeout.default && { requestTimeout: settings.timeoutMs / 1000 }),
  };
}

/**
 * The constructor's arguments in LangChain's serialised form, under Python's names.
 *
 * Keys and tokens are markers. Credentials, token providers, headers, functions and a custom `fetch`
 * are not written: a loaded model signs in from its environment.
 */
export function toSerializedKwargs(settings: Settings, accesses: readonly Access[]): Fields {
  const secrets = accesses.map((access) => access());
  const [deployment, ...others] = settings.deployments;
  const [secret] = secrets;
  const where =
    others.length === 0 && deployment !== undefined && secret !== undefined && isPlain(deployment, settings)
      ? {
          ...toPlace(deployment),
          // Python refuses to load a base beside a deployment's name unless told not to look.
          ...(deployment.api === "gateway" && { validateBaseUrl: false }),
          azureADScope: toOwnScope(deployment),
          requestsPerMinute: deployment.requestsPerMinute,
          tokensPerMinute: deployment.tokensPerMinute,
          ...toSecret(secret.signIn),
        }
      : {
          deployments: settings.deployments.map((entry, index) =>
            toEntry(entry, secrets[index] ?? { signIn: { kind: "headers" } }, index + 1),
          ),
        };
  const fields: Fields = {
    ...where,
    model: settings.model,
    ...toParameters(settings.parameters),
    ...toBehaviour(settings),
  };
  return {
    ...Object.fromEntries(
      Object.entries(present(fields)).map(([name, value]) => [toPythonName(name), value]),
    ),
    openai_api_type: "azure",
  };
}

/** What `load()` cannot know of our names by itself: option to serialised name. */
export const LOAD_ALIASES: Readonly<Record<string, string>> = PYTHON_NAMES;

/** Fields the Python class writes that mean nothing here. */
const PYTHON_ONLY = new Set([
  "openaiOrganization",
  "openaiProxy",
  "tiktokenModelName",
  "allowedSpecial",
  "disallowedSpecial",
  "validateBaseUrl",
  "httpClient",
  "httpAsyncClient",
  "customGetTokenIds",
]);

function has(fields: Fields, name: string): boolean {
  return fields[name] !== undefined && fields[name] !== null;
}

/**
 * Takes back what Python writes without having been asked: its truthy defaults, which would count as set
 * here, and the key of its environment beside a token, which it does not use then.
 */
function asSaidInPython(options: Fields): Fields {
  const defaults: Fields = { ...completionsDefaults, bestOf: 1, model: DEFAULT_MODEL };
  const said = Object.entries(options).filter(
    ([name, value]) => value !== defaults[name] && !(name === "apiKey" && has(options, "azureADToken")),
  );
  return { __proto__: null, ...Object.fromEntries(said) };
}

/** Python's seconds as milliseconds; a pair is for connecting and for reading. */
function toMilliseconds(seconds: unknown): number | undefined {
  const parts: unknown[] = Array.isArray(seconds) ? seconds.slice(0, 2) : [seconds];
  if (!parts.every((part) => typeof part === "number")) return undefined;
  return Math.round(parts.reduce((sum, part) => sum + part, 0) * 1000);
}

/**
 * The constructor's options of what `load()` read, also of what the Python class wrote: its names
 * become ours, its seconds milliseconds, and a key of `openai_api_type: azure_ad` a token.
 */
export function fromSerializedKwargs(input: object): Fields {
  // Without a prototype, on which anybody may have put something.
  const fields: Fields = { __proto__: null, ...input };
  const { openaiApiType, requestTimeout, extraBody, defaultHeaders, defaultQuery, ...rest } = fields;
  const named = Object.entries(rest).filter(([name]) => !PYTHON_ONLY.has(name));
  const kept: Fields = { __proto__: null, ...Object.fromEntries(named) };
  // Only Python writes this one, and always.
  const options = has(fields, "disallowedSpecial") ? asSaidInPython(kept) : kept;
  if (openaiApiType === "azure_ad" && has(options, "apiKey") && !has(options, "azureADToken")) {
    options["azureADToken"] = options["apiKey"];
    delete options["apiKey"];
  }
  // JSON has no Infinity.
  if (openaiApiType !== undefined && options["maxConcurrency"] === null) options["maxConcurrency"] = Infinity;
  const timeout = toMilliseconds(requestTimeout);
  if (timeout !== undefined) options["timeout"] = timeout;
  if (typeof extraBody === "object" && extraBody !== null) {
    options["modelKwargs"] = { ...Object(options["modelKwargs"]), ...extraBody };
  }
  if (has(fields, "defaultHeaders") || has(fields, "defaultQuery")) {
    options["configuration"] = {
      ...Object(options["configuration"]),
      ...present({ defaultHeaders, defaultQuery }),
    };
  }
  return options;
}
