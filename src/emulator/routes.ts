import type { OperationName } from "./deployments.js";
import {
  apiVersionNotSupported,
  resourceNotFound,
  responsesNeedNewerVersion,
  type Refusal,
} from "./errors.js";

/** What an URL asks for. */
export interface Route {
  /** The dated API (`?api-version=2024-10-21`) or the v1 API (`/openai/v1/`). */
  readonly api: "dated" | "v1";
  readonly operation: OperationName | "models" | undefined;
  /** The deployment, where the path names it. */
  readonly deployment: string | undefined;
  readonly apiVersion: string | undefined;
  /** One model of `/models/{model}`. */
  readonly model: string | undefined;
  /** Makes the refusal, where this cannot be served. */
  readonly refuse: (() => Refusal) | undefined;
}

/** The stable versions of the dated API. */
const STABLE_API_VERSIONS: readonly string[] = [
  "2022-12-01",
  "2023-05-15",
  "2024-02-01",
  "2024-06-01",
  "2024-10-21",
];

const PREVIEW = /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])-preview$/;
const OPERATIONS: Readonly<Record<string, OperationName>> = {
  "/completions": "completions",
  "/chat/completions": "chat",
  "/responses": "responses",
};

/**
 * Reads a request line.
 *
 * @param apiVersions - the dated versions that exist; undefined is the stable ones and every preview.
 */
export function readRoute(method: string, url: URL, apiVersions: readonly string[] | undefined): Route {
  const apiVersion = url.searchParams.get("api-version") ?? undefined;
  const path = url.pathname;
  const v1 = /^\/openai\/v1(\/.*)$/.exec(path);
  if (v1 !== null) return readV1Route(method, v1[1] ?? "", apiVersion);

  const knows =
    apiVersions === undefined ? isKnownVersion : (version: string) => apiVersions.includes(version);
  const shared = { api: "dated", model: undefined, apiVersion } as const;
  const isKnown = method === "POST" && apiVersion !== undefined && knows(apiVersion);
  if (path === "/openai/responses") {
    const refuse = !isKnown
      ? resourceNotFound
      : isAtLeast(apiVersion, "2025-03-01")
        ? undefined
        : responsesNeedNewerVersion;
    return { ...shared, operation: "responses", deployment: undefined, refuse };
  }
  const scoped = /^\/openai\/deployments\/([^/]+)(\/.+)$/.exec(path);
  const operation = OPERATIONS[scoped?.[2] ?? ""];
  const deployment = scoped?.[1] === undefined ? undefined : decode(scoped[1]);
  const isFound = isKnown && (operation === "completions" || operation === "chat");
  return { ...shared, operation, deployment, refuse: isFound ? undefined : resourceNotFound };
}

function readV1Route(method: string, path: string, apiVersion: string | undefined): Route {
  const operation = OPERATIONS[path];
  const models = /^\/models(?:\/([^/]+))?$/.exec(path);
  const found = method === "POST" ? operation !== undefined : method === "GET" && models !== null;
  const known = apiVersion === undefined || apiVersion === "v1" || apiVersion === "preview";
  return {
    api: "v1",
    operation: models !== null ? "models" : operation,
    deployment: undefined,
    apiVersion,
    model: models?.[1] === undefined ? undefined : decode(models[1]),
    refuse: !found ? resourceNotFound : known ? undefined : apiVersionNotSupported,
  };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function isKnownVersion(version: string): boolean {
  return STABLE_API_VERSIONS.includes(version) || PREVIEW.test(version);
}

/** Tells whether a version is of this date or later; the v1 API is later than every date. */
export function isAtLeast(apiVersion: string | undefined, date: string): boolean {
  return apiVersion === undefined || !/^\d/.test(apiVersion) || apiVersion.slice(0, 10) >= date;
}

/** Annotations came with the preview of 2023-06-01, and with the stable version of 2024-02-01. */
export function hasAnnotations(apiVersion: string | undefined): boolean {
  const preview = apiVersion?.endsWith("-preview") === true;
  return isAtLeast(apiVersion, preview ? "2023-06-01" : "2024-02-01");
}
