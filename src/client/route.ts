import type { JsonObject, Operation } from "../operations/operation.js";
import type { DeploymentSettings, Secrets } from "../settings/settings.js";

/** Where an operation is; the query may hold secrets. */
export interface Route {
  /** Without the query: this may be shown. */
  readonly shown: string;
  /** With the query. */
  readonly url: URL;
}

/** Makes the address of an operation on a deployment. */
export function buildRoute(
  { baseURL, deploymentRoot, apiVersion }: DeploymentSettings,
  { path, deploymentScoped }: Pick<Operation, "path" | "deploymentScoped">,
  query: Secrets["query"],
): Route {
  // Only the dated API has the deployment in the path.
  const root = (deploymentScoped ? deploymentRoot : undefined) ?? baseURL;
  const shown = `${root}${path}`;
  const url = new URL(shown);
  const named = { ...(apiVersion !== undefined && { "api-version": apiVersion }), ...query };
  for (const [name, value] of Object.entries(named)) {
    for (const one of [value].flat()) url.searchParams.append(name, one);
  }
  return { shown, url };
}

/**
 * Adds the deployment to a request's body.
 *
 * Also where the path names it: the `openai` clients send it there, too, and Azure accepts it.
 */
export function addModel(body: JsonObject, { deploymentName }: DeploymentSettings): JsonObject {
  return deploymentName === undefined ? body : { model: deploymentName, ...body };
}
