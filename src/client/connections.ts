import type { Connection } from "../operations/operation.js";
import type { Access, Settings } from "../settings/settings.js";
import { createConnection } from "./client.js";
import { KeptSockets } from "./kept-sockets.js";
import { fillContext } from "./remaining.js";

/** Makes the connection to each deployment; `accesses` are in the deployments' order. */
export function createConnections(
  { deployments, maxConcurrency }: Pick<Settings, "deployments" | "maxConcurrency">,
  accesses: readonly Access[],
): readonly Connection[] {
  const sockets = new KeptSockets(maxConcurrency);
  return deployments.flatMap((deployment, index) => {
    const access = accesses[index];
    return access === undefined
      ? []
      : [fillContext(createConnection(deployment, access, sockets), deployment)];
  });
}
