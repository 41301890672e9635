import { ConfigurationError } from "../errors.js";
import type { Cloud, OperationName, Query } from "./settings.js";

/** What a URL, as a person pastes it, says. Holds nothing secret but for `query`. */
export interface Endpoint {
  /** What comes before `/v1` or `/deployments`: usually the resource's root and `/openai`. No trailing slash. */
  readonly base: string;
  /** What deployments are appended to. */
  readonly deploymentsRoot: string;
  readonly host: string;
  readonly cloud: Cloud;
  /** The API that the path shows. */
  readonly api?: "dated" | "v1";
  /** False where the path has `/deployments` or `/v1` without Azure's `/openai` before it: a gateway's own layout. */
  readonly azureLayout: boolean;
  readonly deploymentName?: string;
  /** The query's `api-version`. */
  readonly apiVersion?: string;
  /** The operation whose path was pasted along. */
  readonly operation?: OperationName;
  /** The rest of the query; may hold a gateway's key. */
  readonly query: Query;
}

/** How a URL is read. */
export interface EndpointRules {
  /** The option or variable it came from, for messages. */
  readonly name: string;
  /** Lets `http` through to other hosts than this machine. */
  readonly allowHttp: boolean;
}

const CLOUDS: readonly (readonly [suffix: string, cloud: Cloud])[] = [
  [".openai.azure.com", "public"],
  [".cognitiveservices.azure.com", "public"],
  [".services.ai.azure.com", "public"],
  [".openai.azure.us", "usgov"],
  [".openai.azure.cn", "china"],
];

/** Pages for people, which answer no request. */
const PORTALS: readonly string[] = ["portal.azure.com", "ai.azure.com", "oai.azure.com"];

const OPERATIONS: ReadonlyMap<string, OperationName> = new Map([
  ["completions", "completions"],
  ["chat/completions", "chat"],
  ["responses", "responses"],
]);

const EXAMPLE = "such as https://NAME.openai.azure.com";
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A host that is the scheme: `https:/NAME` or `https://https://NAME`, where the real host became the path. */
const SCHEMES: readonly string[] = ["http", "https"];

/** A host name without the dot that an absolute one may end in. */
function withoutFinalDot(hostname: string): string {
  return hostname.replace(/\.$/, "");
}

/** The cloud that a host name belongs to; `"unknown"` for gateways and the like. */
export function cloudOf(hostname: string): Cloud {
  const name = withoutFinalDot(hostname);
  return CLOUDS.find(([suffix]) => name.endsWith(suffix))?.[1] ?? "unknown";
}

/**
 * Tells whether a host name means this machine.
 *
 * Names below `localhost`, and `localhost.` itself, are asked of DNS on many systems, so they may lead elsewhere.
 */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function withScheme(text: string, name: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  const rest = text.replace(/^\/+/, "");
  if (/^[a-z0-9-]+$/i.test(rest) && rest.toLowerCase() !== "localhost") {
    throw new ConfigurationError(
      `\`${name}\` is a single word, not a URL ${EXAMPLE}. If it is the resource's name, set \`instanceName\` (or the variable AZURE_OPENAI_API_INSTANCE_NAME) to it.`,
    );
  }
  return /^(localhost|127\.[\d.]+|\[::1\])(?=[:/?#]|$)/i.test(rest) ? `http://${rest}` : `https://${rest}`;
}

/** Reads a URL; messages name where it came from and never print it, since it may hold a key. */
function readUrl(text: string, { name, allowHttp }: EndpointRules): URL {
  const trimmed = text.trim();
  const malformed = `\`${name}\` is not a URL ${EXAMPLE}. Copy the endpoint from the resource's page in the Azure portal.`;
  // A URL parser takes a backslash for a slash, and a person may not.
  if (trimmed.includes("\\") || CONTROL.test(trimmed)) throw new ConfigurationError(malformed);
  const withOne = withScheme(trimmed, name);
  if (!URL.canParse(withOne)) throw new ConfigurationError(malformed);
  const url = new URL(withOne);
  if (SCHEMES.includes(url.hostname)) throw new ConfigurationError(malformed);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new ConfigurationError(`\`${name}\` must begin with https://.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new ConfigurationError(
      `\`${name}\` holds a user name or password, which is not how Azure OpenAI is signed in to. Take it out, and set \`apiKey\` or put a gateway's header into \`configuration.defaultHeaders\`.`,
    );
  }
  if (url.protocol === "http:" && !allowHttp && !isLoopback(url.hostname)) {
    throw new ConfigurationError(
      `\`${name}\` begins with http://, which would send the key and the prompts in clear. Use https://, or set \`allowHttp: true\` if the network between is yours.`,
    );
  }
  if (PORTALS.includes(withoutFinalDot(url.hostname))) {
    throw new ConfigurationError(
      `\`${name}\` is the address of a portal page, not of a resource. Use the endpoint that the page shows, ${EXAMPLE}.`,
    );
  }
  return url;
}

function decodeSegment(segment: string, name: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ConfigurationError(`The deployment's name in \`${name}\` is not escaped as a URL wants it.`);
  }
}

/** Where Azure's own part of a path begins: at an `openai` that is followed by something of Azure's, or by nothing. */
function findAzurePart(segments: readonly string[], cloud: Cloud): number {
  if (cloud !== "unknown") return segments.indexOf("openai");
  const follows = new Set([undefined, "v1", "deployments", "responses", "completions", "chat"]);
  return segments.findIndex((segment, at) => segment === "openai" && follows.has(segments[at + 1]));
}

interface PathParts {
  readonly before: readonly string[];
  readonly openai: boolean;
  readonly rest: readonly string[];
}

function splitPath(segments: readonly string[], cloud: Cloud): PathParts {
  const azure = findAzurePart(segments, cloud);
  if (azure >= 0) return { before: segments.slice(0, azure), openai: true, rest: segments.slice(azure + 1) };
  const own = segments.findIndex(
    (segment, at) => segment === "deployments" || (segment === "v1" && isTail(segments.slice(at + 1))),
  );
  // An Azure host always has its paths below `/openai`; a gateway may have left it out.
  if (own >= 0)
    return { before: segments.slice(0, own), openai: cloud !== "unknown", rest: segments.slice(own) };
  return { before: segments, openai: true, rest: [] };
}

function isTail(rest: readonly string[]): boolean {
  return rest.length === 0 || OPERATIONS.has(rest.join("/"));
}

/** The parameters of a query, each with all that it holds. */
export function toQuery(parameters: URLSearchParams): Query {
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

function readQuery(url: URL): { apiVersion?: string; query: Query } {
  const { "api-version": _version, ...query } = toQuery(url.searchParams);
  const apiVersion = url.searchParams.getAll("api-version").at(-1)?.trim() ?? "";
  return apiVersion === "" ? { query } : { apiVersion, query };
}

function joinPath(url: URL, segments: readonly string[]): string {
  return [url.origin, ...segments].join("/");
}

function segmentsOf(url: URL): readonly string[] {
  return url.pathname.split("/").filter((segment) => segment !== "");
}

/**
 * Reads a resource's endpoint in any shape a person pastes: the root, with or without slashes or scheme, `/openai`,
 * `/openai/v1/`, `/openai/deployments/NAME`, or the portal's whole target URI with its query.
 *
 * A path before Azure's own is kept: gateways have one.
 */
export function parseEndpoint(text: string, rules: EndpointRules): Endpoint {
  const url = readUrl(text, rules);
  const cloud = cloudOf(url.hostname);
  const { before, openai, rest } = splitPath(segmentsOf(url), cloud);
  const base = joinPath(url, openai ? [...before, "openai"] : before);
  const found = { base, deploymentsRoot: `${base}/deployments`, host: url.host, cloud, azureLayout: openai };
  const scoped = rest[0] === "deployments";
  const operation = OPERATIONS.get(rest.slice(scoped ? 2 : rest[0] === "v1" ? 1 : 0).join("/"));
  const name = scoped ? rest[1] : undefined;
  return {
    ...found,
    ...(scoped ? { api: "dated" as const } : rest[0] === "v1" ? { api: "v1" as const } : {}),
    ...(name === undefined ? {} : { deploymentName: decodeSegment(name, rules.name) }),
    ...(operation === undefined ? {} : { operation }),
    ...readQuery(url),
  };
}

/** Reads a deployments root, to which a deployment's name is appended whatever its path is. */
export function parseDeploymentsRoot(text: string, rules: EndpointRules): Endpoint {
  const endpoint = parseEndpoint(text, rules);
  if (endpoint.cloud !== "unknown" || endpoint.api !== undefined) return endpoint;
  const url = readUrl(text, rules);
  const root = joinPath(url, segmentsOf(url));
  return { ...endpoint, api: "dated", azureLayout: false, base: root, deploymentsRoot: root };
}

/** Reads a gateway's base URL, to which only an operation's path is appended. */
export function parseBaseURL(text: string, rules: EndpointRules): Endpoint {
  const url = readUrl(text, rules);
  const all = segmentsOf(url);
  const tail = [2, 1].find((length) => OPERATIONS.has(all.slice(-length).join("/")));
  const segments = tail === undefined ? all : all.slice(0, -tail);
  const base = joinPath(url, segments);
  const scope = segments.indexOf("deployments");
  const name = scope < 0 ? undefined : segments[scope + 1];
  return {
    base,
    deploymentsRoot: base,
    host: url.host,
    cloud: cloudOf(url.hostname),
    azureLayout: false,
    ...(scope >= 0 ? { api: "dated" as const } : {}),
    ...(name === undefined ? {} : { deploymentName: decodeSegment(name, rules.name) }),
    ...readQuery(url),
  };
}

/** The endpoint of a resource in the public cloud, by its name, which must be one part of a host name. */
export function endpointOfInstance(instance: string, name: string): string {
  const trimmed = instance.trim();
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(trimmed)) {
    throw new ConfigurationError(
      `\`${name}\` must be the resource's name alone: letters, digits and hyphens, up to 63. For a whole URL set \`azureEndpoint\` (or the variable AZURE_OPENAI_ENDPOINT).`,
    );
  }
  return `https://${trimmed.toLowerCase()}.openai.azure.com`;
}

/** A deployment's name as exactly one segment of a path. */
export function escapeDeployment(deployment: string, name: string): string {
  if (deployment.trim() === "" || deployment === "." || deployment === ".." || CONTROL.test(deployment)) {
    throw new ConfigurationError(
      `\`${name}\` must be the deployment's name as the Azure portal lists it: not empty, not "." or "..", and without control characters.`,
    );
  }
  try {
    return encodeURIComponent(deployment);
  } catch {
    throw new ConfigurationError(
      `\`${name}\` holds half a Unicode character, which no deployment's name has.`,
    );
  }
}

/** The Entra scope for a cloud and API; `undefined` where Microsoft documents none (China). */
export function scopeOf(cloud: Cloud, dated: boolean): string | undefined {
  switch (cloud) {
    case "public":
    case "unknown":
      // A gateway in front of Azure wants what Azure wants; `azureADScope` is for those that want something else.
      return dated ? "https://cognitiveservices.azure.com/.default" : "https://ai.azure.com/.default";
    case "usgov":
      return "https://cognitiveservices.azure.us/.default";
    case "china":
      return undefined;
  }
}
