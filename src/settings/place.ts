import { ConfigurationError } from "../errors.js";
import {
  type Endpoint,
  type EndpointRules,
  endpointOfInstance,
  parseBaseURL,
  parseDeploymentsRoot,
  parseEndpoint,
} from "./endpoint.js";
import type { Environment } from "./environment.js";
import { type Chosen, chooseOption, chooseVariable, type SaidOptions } from "./said.js";
import type { Api } from "./settings.js";
import { PLACE_NAMES } from "./table.js";

/** One of the options that say where a deployment is. */
type PlaceName = (typeof PLACE_NAMES)[number];

/** Where a deployment is, and who said so. */
export interface Place {
  readonly option: PlaceName;
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly source: string;
}

/** Which API is spoken, in which version. */
export interface Version {
  readonly api: Api;
  readonly apiVersion?: string;
  /** Who said so; absent for the default. */
  readonly source?: string;
}

function readPlace(option: PlaceName, { value, name, source }: Chosen<string>, allowHttp: boolean): Place {
  const rules: EndpointRules = { name, allowHttp };
  const parse = (): Endpoint => {
    switch (option) {
      case "azureEndpoint":
        return parseEndpoint(value, rules);
      case "baseURL":
        return parseBaseURL(value, rules);
      case "azureOpenAIBasePath":
        return parseDeploymentsRoot(value, rules);
      case "instanceName":
        return parseEndpoint(endpointOfInstance(value, name), rules);
    }
  };
  return { option, endpoint: parse(), name, source };
}

/** Finds where a deployment is: what the options say, else the first variable that says it. */
export function findPlace(
  said: SaidOptions,
  environment: Environment,
  allowHttp: boolean,
): Place | undefined {
  const [first, ...others] = PLACE_NAMES.flatMap((option) => {
    const chosen = chooseOption(said, option);
    return chosen === undefined ? [] : [readPlace(option, chosen, allowHttp)];
  });
  for (const other of others) {
    if (first !== undefined && first.endpoint.base !== other.endpoint.base) {
      throw new ConfigurationError(
        `\`${first.name}\` and \`${other.name}\` lead to different places. Keep one of them.`,
      );
    }
  }
  if (first !== undefined) return first;
  for (const option of PLACE_NAMES) {
    const chosen = chooseVariable(environment, option);
    if (chosen !== undefined) return readPlace(option, chosen, allowHttp);
  }
  return undefined;
}

const DATED = /^\d{4}-\d{2}-\d{2}(-[a-z0-9]+)?$/;

/** Tells whether a version is one of the dated API's. */
export function isDated(version: string): boolean {
  return DATED.test(version);
}

function readVersion({ value, name, source }: Chosen<string>): Version {
  const version = value.toLowerCase();
  if (isDated(version)) return { api: "dated", apiVersion: version, source };
  if (version === "preview") return { api: "v1", apiVersion: version, source };
  if (version === "v1") return { api: "v1", source };
  throw new ConfigurationError(
    `\`${name}\` must be a dated API version such as "2024-10-21", or "v1" or "preview" for the v1 API.`,
  );
}

function queryVersion({ endpoint, name, source }: Place): Chosen<string> | undefined {
  return endpoint.apiVersion === undefined
    ? undefined
    : { value: endpoint.apiVersion, name: `api-version in ${name}`, source };
}

/** A gateway gets the version that is explicitly said, and no other. */
function gatewayVersion(explicit: Chosen<string> | undefined): Version {
  return explicit === undefined
    ? { api: "gateway" }
    : { api: "gateway", apiVersion: explicit.value, source: explicit.source };
}

/** What the endpoint itself says: the v1 API by its path, whatever version is in its query; else the query's. */
function endpointVersion(place: Place): Version | undefined {
  const query = queryVersion(place);
  if (place.endpoint.api === "v1") {
    const preview = query?.value.toLowerCase() === "preview";
    return { api: "v1", source: place.source, ...(preview ? { apiVersion: "preview" } : {}) };
  }
  return query === undefined ? undefined : readVersion(query);
}

/**
 * Chooses API and version: what the option says, then the endpoint's path or query, then the variable, then the v1 API.
 *
 * A dated version that is explicitly said wins over an endpoint that ends in `/openai/v1`: the endpoint names the
 * resource, and the resource serves both. A deployments root that is not Azure's own stays one (there is no v1 API
 * below it), without a version if none is said.
 */
export function chooseVersion(said: SaidOptions, environment: Environment, place: Place): Version {
  const explicit = chooseOption(said, "apiVersion");
  const { endpoint } = place;
  if (place.option === "baseURL") return gatewayVersion(explicit ?? queryVersion(place));
  const bareRoot = endpoint.deploymentsRoot === endpoint.base;
  const stated = explicit === undefined ? endpointVersion(place) : readVersion(explicit);
  if (stated !== undefined) {
    if (bareRoot && stated.api === "v1") {
      throw new ConfigurationError(
        `The v1 API has no deployments root, which \`${place.name}\` is. Set \`azureEndpoint\` or \`baseURL\` instead, or \`apiVersion\` to a date.`,
      );
    }
    return stated;
  }
  const variable = chooseVariable(environment, "apiVersion");
  const ambient = variable === undefined ? undefined : readVersion(variable);
  const onlyDated = endpoint.api === "dated" && endpoint.cloud === "unknown";
  const staysDated = onlyDated && (!endpoint.azureLayout || place.option === "azureOpenAIBasePath");
  if (ambient !== undefined && (ambient.api === "dated" || !staysDated)) return ambient;
  return { api: staysDated ? "dated" : "v1" };
}
