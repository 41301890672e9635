import type { Connection } from "../operations/operation.js";
import type { Access, DeploymentSettings } from "../settings/settings.js";
import { createConnection } from "./client.js";
import { fillContext } from "./remaining.js";

/** Makes the connection to each deployment; `accesses` are in the deployments' order. */
export function createConnections(
  deployments: readonly DeploymentSettings[],
  accesses: readonly Access[],
): readonly Connection[] {
  return deployments.flatMap((deployment, index) => {
    const access = accesses[index];
    return access === undefined ? [] : [fillContext(createConnection(deployment, access), deployment)];
  });
}
