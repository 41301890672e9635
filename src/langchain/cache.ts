import { BaseCache } from "@langchain/core/caches";
import type { Generation } from "@langchain/core/outputs";

import { completionsDefaults } from "../operations/completions.js";
import type { Parameters, Settings } from "../settings/settings.js";
import { PARAMETER_NAMES } from "../settings/table.js";

/**
 * The key under which a cache keeps an answer: what would go on the wire, and to where.
 *
 * LangChain's own key knows neither the deployment nor its endpoint, so that two deployments would
 * share their answers. Defaults count where they are known to be sent: `auto` may come to be chat,
 * which sends only what was set.
 */
export function toCacheKey(settings: Settings, parameters: Parameters): string {
  const { operation, onContentFilter, contextWindow, model } = settings;
  const sent: Parameters =
    operation === "completions" ? { ...completionsDefaults, ...parameters } : parameters;
  return JSON.stringify({
    _type: "azure",
    operation,
    // Set one by one, so that the order in which they were said makes no difference.
    parameters: Object.fromEntries(PARAMETER_NAMES.map((name) => [name, sent[name]])),
    ...(sent.maxTokens === -1 && { contextWindow, model }),
    onContentFilter,
    deployments: settings.deployments.map(({ baseURL, api, apiVersion, deploymentName, operation }) => ({
      baseURL,
      api,
      apiVersion,
      deploymentName,
      operation,
    })),
  });
}

/**
 * A cache that gives copies: LangChain empties the token usage of what a cache gives, which may be in
 * the hands of the first caller and its tracers.
 */
export class CopyingCache extends BaseCache {
  readonly #cache: BaseCache;

  constructor(cache: BaseCache) {
    super();
    this.#cache = cache;
  }

  override async lookup(prompt: string, key: string): Promise<Generation[] | null> {
    const kept = await this.#cache.lookup(prompt, key);
    return kept?.map((generation) => ({ ...generation })) ?? null;
  }

  override update(prompt: string, key: string, value: Generation[]): Promise<void> {
    return this.#cache.update(prompt, key, value);
  }
}

/** Where a partly cached call keeps which of its prompts are asked; a symbol, so that it is in nobody's way. */
export const ASKED: unique symbol = Symbol("langchain-azure-openai.asked");

/** A call option of partly cached calls: the caller's index of each prompt that is asked. */
export interface AskedOption {
  [ASKED]?: readonly number[];
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
