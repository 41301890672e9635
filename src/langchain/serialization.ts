import type { Access, DeploymentSettings, Settings, SignIn } from "../settings/settings.js";
import { PARAMETER_NAMES, TABLE } from "../settings/table.js";

/** The id under which both LangChains know the class. */
export const SERIALIZED_NAMESPACE = ["langchain", "llms", "openai"];

type Fields = Record<string, unknown>;

/** The options whose Python name is not theirs in snake case. */
const PYTHON_NAMES: Readonly<Record<string, string>> = {
  apiKey: "openai_api_key",
  azureADToken: "azure_ad_token",
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

function whatIsSet(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
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

/** An endpoint as a resource's root, which is how Python writes it; a gateway's own layout stays whole. */
function withoutEnding(url: string, ending: string): string {
  return url.endsWith(ending) ? url.slice(0, -ending.length) : url;
}

/** Where a deployment is, in the options that lead back there whatever the environment says. */
function toPlace({ api, baseURL, deploymentRoot, apiVersion, deploymentName }: DeploymentSettings): Fields {
  switch (api) {
    case "gateway":
      return { baseURL, deploymentName, apiVersion };
    case "v1":
      return {
        azureEndpoint: withoutEnding(baseURL, "/openai/v1"),
        deploymentName,
        apiVersion: apiVersion ?? "v1",
      };
    case "dated": {
      const usual = baseURL.endsWith("/openai") && deploymentRoot?.startsWith(`${baseURL}/deployments/`);
      const azureEndpoint = usual ? withoutEnding(baseURL, "/openai") : (deploymentRoot ?? baseURL);
      return { azureEndpoint, deploymentName, apiVersion };
    }
  }
}

function toEntry(deployment: DeploymentSettings, { signIn }: { signIn: SignIn }, position: number): Fields {
  const { operation, model, contextWindow, priority, weight, requestsPerMinute, tokensPerMinute, scope } =
    deployment;
  return whatIsSet({
    ...toPlace(deployment),
    operation,
    model,
    contextWindow,
    priority,
    weight,
    requestsPerMinute,
    tokensPerMinute,
    azureADScope: scope,
    ...toSecret(signIn, `_${position}`),
  });
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
    others.length === 0 && deployment !== undefined && secret !== undefined
      ? {
          ...toPlace(deployment),
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
    ...Object.fromEntries(PARAMETER_NAMES.map((name) => [name, settings.parameters[name]])),
    ...toBehaviour(settings),
  };
  return {
    ...Object.fromEntries(
      Object.entries(whatIsSet(fields)).map(([name, value]) => [toPythonName(name), value]),
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
 * The constructor's options of what `load()` read, also of what the Python class wrote: its names
 * become ours, its seconds milliseconds, and a key of `openai_api_type: azure_ad` a token.
 */
export function fromSerializedKwargs(input: object): Fields {
  const fields: Fields = { ...input };
  const { openaiApiType, requestTimeout, extraBody, defaultHeaders, defaultQuery, ...rest } = fields;
  const options: Fields = Object.fromEntries(Object.entries(rest).filter(([name]) => !PYTHON_ONLY.has(name)));
  if (openaiApiType === "azure_ad" && has(options, "apiKey") && !has(options, "azureADToken")) {
    options["azureADToken"] = options["apiKey"];
    delete options["apiKey"];
  }
  if (typeof requestTimeout === "number") options["timeout"] = Math.round(requestTimeout * 1000);
  if (typeof extraBody === "object" && extraBody !== null) {
    options["modelKwargs"] = { ...Object(options["modelKwargs"]), ...extraBody };
  }
  if (has(fields, "defaultHeaders") || has(fields, "defaultQuery")) {
    options["configuration"] = {
      ...Object(options["configuration"]),
      ...whatIsSet({ defaultHeaders, defaultQuery }),
    };
  }
  return options;
}
