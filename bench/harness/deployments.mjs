import { THIS_PACKAGE } from "../contenders.mjs";
import { tellRequests, timeBatch } from "./batches.mjs";

/**
 * A row of many prompts over several deployments, against what the sum of their quotas alone would take.
 *
 * @param {number} prompts
 * @param {number} batchSize
 * @param {Record<string, number>} requestsPerMinute
 * @returns {import("./row.mjs").Row}
 */
export function overDeployments(prompts, batchSize, requestsPerMinute) {
  const requests = Math.ceil(prompts / batchSize);
  const quotas = Object.values(requestsPerMinute);
  const sum = quotas.reduce((total, quota) => total + quota, 0);
  const deployments = Object.entries(requestsPerMinute).map(([deploymentName, quota]) => ({
    deploymentName,
    requestsPerMinute: quota,
  }));
  return {
    title: `${prompts.toLocaleString("en")} prompts over ${quotas.length} deployments, ${batchSize === 1 ? "one" : batchSize} a request`,
    unit: "s",
    contenders: [THIS_PACKAGE],
    baseline: "the sum of the quotas",
    ideal: (requests / sum) * 60,
    goal: "≤ 1.10, each prompt answered once",
    reaches: ({ ratio, samples }) => ratio <= 1.1 && samples.every(({ once }) => once === prompts),
    rounds: 2,
    quickRounds: 1,
    fresh: true,
    service: { latencyMs: 100, requestsPerMinute },
    prepare: timeBatch(prompts, () => ({ batchSize, deployments })),
    complete: tellRequests,
  };
}
