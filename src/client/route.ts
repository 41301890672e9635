import type { JsonObject, Operation } from "../operations/operation.js";
import type { DeploymentSettings, Secrets } from "../settings/settings.js";

/** Where an operation is: its address, and the query that is kept apart since it may hold secrets. */
export interface Route {
  /** Without the query: this may be shown. */
  readonly url: string;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** Makes the address of an operation on a deployment. */
export function buildRoute(
  { api, baseURL, deploymentRoot, apiVersion }: DeploymentSettings,
  { path, deploymentScoped }: Pick<Operation, "path" | "deploymentScoped">,
  query: Secrets["query"],
): Route {
  const root = api === "dated" && deploymentScoped ? (deploymentRoot ?? baseURL) : baseURL;
  const parameters = new URLSearchParams({
    ...(apiVersion !== undefined && { "api-version": apiVersion }),
    ...query,
  }).toString();
  return { url: `${root}${path}`, query: parameters === "" ? "" : `?${parameters}` };
}

/**
 * Adds the deployment to a request's body.
 *
 * Also where the path names it: the `openai` clients send it there, too, and Azure accepts it.
 */
export function addModel(body: JsonObject, { deploymentName }: DeploymentSettings): JsonObject {
  return deploymentName === undefined ? body : { model: deploymentName, ...body };
}
