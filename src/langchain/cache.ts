import type { Generation } from "@langchain/core/outputs";

import type { Parameters, Settings } from "../settings/settings.js";
import { toView } from "./view.js";

/**
 * The key under which a cache keeps an answer: what would go on the wire, and to where.
 *
 * LangChain's own key knows neither the deployment nor its endpoint, so that two deployments would
 * share their answers.
 */
export function toCacheKey(settings: Settings, parameters: Parameters): string {
  return JSON.stringify({
    ...toView(settings, parameters),
    _type: "azure",
    operation: settings.operation,
    deployments: settings.deployments.map(({ baseURL, api, apiVersion, deploymentName, operation }) => ({
      baseURL,
      api,
      apiVersion,
      deploymentName,
      operation,
    })),
  });
}

/** What LangChain gathers of a partly cached call. */
interface PartlyCached {
  generations: Generation[][];
  missingPromptIndices: number[];
}

/**
 * Puts the cached answers of a partly cached call where their prompts are.
 *
 * LangChain returns the hits as a dense list and then writes the missing answers by prompt index,
 * over them.
 */
export function placeCachedAnswers<Result extends PartlyCached>(promptCount: number, cached: Result): Result {
  const missing = new Set(cached.missingPromptIndices);
  const hits = cached.generations.values();
  const placed: Generation[][] = [];
  for (let index = 0; index < promptCount; index += 1) {
    placed[index] = missing.has(index) ? [] : (hits.next().value ?? []);
  }
  cached.generations = placed;
  return cached;
}
