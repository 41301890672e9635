import { ConfigurationError } from "../errors.js";
import { describeValue, isObject } from "./check.js";
import { toQuery } from "./endpoint.js";
import { unknownName } from "./said.js";
import type { Fetch, Query } from "./settings.js";

/** What the caller said about the HTTP client; may hold secrets. */
export interface Configuration {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly baseURL?: unknown;
  /** The query's `api-version`, which is an option of ours. */
  readonly apiVersion?: string;
  readonly fetch?: Fetch;
  readonly fetchOptions?: Readonly<Record<string, unknown>>;
}

/** No configuration at all. */
export const NO_CONFIGURATION: Configuration = Object.freeze({
  headers: Object.freeze({}),
  query: Object.freeze({}),
});

const KNOWN = ["fetch", "fetchOptions", "defaultHeaders", "defaultQuery", "baseURL"] as const;

/** Options of the `openai` client that mean nothing to Azure or to this package. */
const WITHOUT_EFFECT = new Set([
  "dangerouslyAllowBrowser",
  "logLevel",
  "logger",
  "organization",
  "project",
  "adminAPIKey",
  "webhookSecret",
]);

/** Options of the `openai` client that have a place of their own here. */
const MISPLACED: ReadonlyMap<string, string> = new Map([
  ["apiKey", "apiKey"],
  ["azureADTokenProvider", "azureADTokenProvider"],
  ["apiVersion", "apiVersion"],
  ["endpoint", "azureEndpoint"],
  ["deployment", "deploymentName"],
  ["timeout", "timeout"],
  ["maxRetries", "maxRetries"],
]);

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers that the connection sets itself: another value would send the request elsewhere, or change where it ends. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Tells whether a text can be the value of an HTTP header: no line breaks, nothing beyond Latin-1. */
export function isHeaderValue(value: string): boolean {
  return HEADER_VALUE.test(value);
}

function isHeaders(value: object): value is { entries(): Iterable<[string, string]> } {
  return "entries" in value && typeof value.entries === "function" && "append" in value;
}

function listPairs(headers: unknown, name: string): Iterable<readonly [unknown, unknown]> {
  if (Array.isArray(headers)) {
    return headers.map((pair: unknown) => {
      if (!Array.isArray(pair) || pair.length !== 2) {
        throw new ConfigurationError(
          `Each entry of \`${name}\` must be a pair of a header's name and value.`,
        );
      }
      return [pair[0], pair[1]];
    });
  }
  if (typeof headers === "object" && headers !== null && isHeaders(headers)) return headers.entries();
  if (isObject(headers)) return Object.entries(headers);
  throw new ConfigurationError(
    `\`${name}\` must be an object, a Headers or an array of pairs, not ${describeValue(headers)}.`,
  );
}

function toHeaderValue(value: unknown, header: string, name: string): string {
  const text =
    Array.isArray(value) && value.every((each) => typeof each === "string") ? value.join(", ") : value;
  if (typeof text !== "string") {
    throw new ConfigurationError(
      `The header \`${header}\` in \`${name}\` must be a string, not ${describeValue(value)}.`,
    );
  }
  const trimmed = text.trim();
  if (!isHeaderValue(trimmed)) {
    throw new ConfigurationError(
      `The header \`${header}\` in \`${name}\` holds a line break or another character that a header cannot carry.`,
    );
  }
  return trimmed;
}

/**
 * Reads headers in any shape the `openai` client takes (an object, a `Headers`, an array of pairs), by lower-case
 * name; what is `null` or `undefined` drops out.
 */
export function readHeaders(headers: unknown, name: string): Readonly<Record<string, string>> {
  const read = new Map<string, string>();
  if (headers === undefined || headers === null) return Object.freeze({});
  for (const [header, value] of listPairs(headers, name)) {
    if (value === undefined || value === null) continue;
    if (typeof header !== "string" || !HEADER_NAME.test(header)) {
      throw new ConfigurationError(`A header's name in \`${name}\` is not one that HTTP allows.`);
    }
    if (OF_THE_CONNECTION.has(header.toLowerCase())) {
      throw new ConfigurationError(
        `The header \`${header}\` in \`${name}\` belongs to the connection, which sets it itself. Take it out; where requests go is said by \`azureEndpoint\` or \`baseURL\`.`,
      );
    }
    read.set(header.toLowerCase(), toHeaderValue(value, header, name));
  }
  return Object.freeze(Object.fromEntries(read));
}

function readQuery(query: unknown, name: string): Query {
  if (query === undefined || query === null) return {};
  if (query instanceof URLSearchParams) return toQuery(query);
  if (!isObject(query))
    throw new ConfigurationError(`\`${name}\` must be an object, not ${describeValue(query)}.`);
  const toText = (value: unknown): string => {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      return String(value);
    throw new ConfigurationError(
      `Each value in \`${name}\` must be a string, or an array of strings, not ${describeValue(value)}.`,
    );
  };
  return Object.fromEntries(
    Object.entries(query).flatMap(([key, value]) => {
      if (value === undefined || value === null) return [];
      return [[key, Array.isArray(value) ? value.map(toText) : toText(value)]];
    }),
  );
}

function refuseName(key: string, prefix: string): ConfigurationError {
  const place = MISPLACED.get(key);
  if (place !== undefined) {
    return new ConfigurationError(
      `\`${prefix}${key}\` has no effect there. Set \`${place}\` beside \`configuration\` instead.`,
    );
  }
  if (key === "httpAgent") {
    return new ConfigurationError(
      `\`${prefix}httpAgent\` is not known to the \`openai\` client any more. Put a dispatcher into \`${prefix}fetchOptions\`, or give your own \`${prefix}fetch\`.`,
    );
  }
  return unknownName(key, KNOWN, `a part of \`${prefix.slice(0, -1)}\``);
}

function saysHeaders(headers: unknown): boolean {
  return isObject(headers) ? Object.keys(headers).length > 0 || Symbol.iterator in headers : Boolean(headers);
}

/** Reads `configuration`; `prefix` is its place, for messages (`configuration.`). */
export function readConfiguration(input: Readonly<Record<string, unknown>>, prefix: string): Configuration {
  for (const key of Object.keys(input)) {
    const given = key === "__proto__" || (input[key] !== undefined && input[key] !== null);
    if (given && !KNOWN.some((known) => known === key) && !WITHOUT_EFFECT.has(key))
      throw refuseName(key, prefix);
  }
  const own = (key: (typeof KNOWN)[number]): unknown => (Object.hasOwn(input, key) ? input[key] : undefined);
  const fetch = own("fetch") ?? undefined;
  const fetchOptions = own("fetchOptions") ?? undefined;
  if (fetch !== undefined && typeof fetch !== "function") {
    throw new ConfigurationError(`\`${prefix}fetch\` must be a function, not ${describeValue(fetch)}.`);
  }
  if (fetchOptions !== undefined && !isObject(fetchOptions)) {
    throw new ConfigurationError(
      `\`${prefix}fetchOptions\` must be an object, not ${describeValue(fetchOptions)}.`,
    );
  }
  if (isObject(fetchOptions) && saysHeaders(fetchOptions["headers"])) {
    throw new ConfigurationError(
      `\`${prefix}fetchOptions.headers\` is not sent. Put the headers into \`${prefix}defaultHeaders\`.`,
    );
  }
  const { "api-version": versions, ...query } = readQuery(own("defaultQuery"), `${prefix}defaultQuery`);
  const apiVersion = versions === undefined ? undefined : [versions].flat().at(-1);
  return Object.freeze({
    headers: readHeaders(own("defaultHeaders"), `${prefix}defaultHeaders`),
    query: Object.freeze(query),
    ...(own("baseURL") === undefined || own("baseURL") === null ? {} : { baseURL: own("baseURL") }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(fetch === undefined ? {} : { fetch: fetch as Fetch }), // what a function takes cannot be seen
    ...(fetchOptions === undefined ? {} : { fetchOptions: Object.freeze({ ...fetchOptions }) }),
  });
}
