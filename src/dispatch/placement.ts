import type { AzureOpenAIError } from "../errors.js";
import type { Operation } from "../operations/operation.js";
import type { OperationName, Settings } from "../settings/settings.js";
import type { Deployment } from "./deployment.js";
import { kindOf } from "./kind.js";
import type { Source } from "./parcel.js";

/** A request that can go now. */
export interface Fit {
  readonly deployment: Deployment;
  readonly operation: OperationName;
  /** How many prompts. */
  readonly count: number;
  /** What they count towards the token limit. */
  readonly tokens: number;
  readonly kind: string;
}

/** Where prompts go: to a deployment, nowhere before a time, or nowhere at all. */
export type Place =
  | { readonly kind: "fit"; readonly fit: Fit }
  | { readonly kind: "wait"; readonly until: number }
  | { readonly kind: "refused"; readonly deployment: Deployment; readonly error: AzureOpenAIError };

/** Finds the deployment for what comes next. */
export class Placement {
  readonly #operations: Readonly<Record<OperationName, Operation>>;
  readonly #settings: Pick<Settings, "batchSize" | "streamUsage">;
  readonly #deployments: readonly Deployment[];

  /** @param deployments - all there are, the preferred first. */
  constructor(
    operations: Readonly<Record<OperationName, Operation>>,
    settings: Pick<Settings, "batchSize" | "streamUsage">,
    deployments: readonly Deployment[],
  ) {
    this.#operations = operations;
    this.#settings = settings;
    this.#deployments = deployments;
  }

  /**
   * Finds a place for the first prompts of a source.
   *
   * A deployment that would take them but for its token limit is kept for them: it is taken out of
   * the open ones, so that nothing that comes later passes them.
   *
   * @param open - the deployments that have room for a request, the preferred first.
   */
  place(source: Source, open: Deployment[], now: number): Place {
    const { group } = source;
    const groupIsFull = group !== undefined && group.inFlight >= group.maxConcurrency;
    if (source.held || groupIsFull) return { kind: "wait", until: Infinity };
    const healthy = this.#hasHealthy(source, now);
    const fits: Fit[] = [];
    const kept: Deployment[] = [];
    let until = Infinity;
    for (const deployment of open) {
      const best = fits[0];
      if (best !== undefined && best.deployment.settings.priority < deployment.settings.priority) break;
      const allowedAt = source.allowedAt(deployment.index);
      if (allowedAt > now) {
        until = Math.min(until, allowedAt);
        continue;
      }
      if (healthy && deployment.isMisplaced(now)) continue;
      const error = deployment.verdictOn(source.sequence);
      if (error !== undefined) return { kind: "refused", deployment, error };
      const fit = this.#fit(source, deployment, now);
      if (typeof fit !== "number") fits.push(fit);
      else {
        until = Math.min(until, fit);
        if (fit !== Infinity) kept.push(deployment);
      }
    }
    const chosen = chooseByWeight(fits);
    if (chosen !== undefined) return { kind: "fit", fit: chosen };
    for (const deployment of kept) open.splice(open.indexOf(deployment), 1);
    return { kind: "wait", until };
  }

  /** Tells whether a deployment is left that can be used as it is set up. */
  #hasHealthy(source: Source, now: number): boolean {
    return this.#deployments.some(
      (deployment) => !deployment.isMisplaced(now) && source.allowedAt(deployment.index) !== Infinity,
    );
  }

  /** The request that a deployment would make of it; else when its tokens fit, `Infinity` for another day. */
  #fit(source: Source, deployment: Deployment, now: number): Fit | number {
    const name = deployment.operation;
    const operation = this.#operations[name];
    const { parameters, streams } = source;
    const kind = kindOf(name, streams && this.#settings.streamUsage, parameters);
    const { knowledge, quota } = deployment;
    if (knowledge.probing && !knowledge.isProven(kind)) return Infinity;
    const most = Math.min(this.#settings.batchSize, operation.promptsPerRequest, source.limit);
    const wanted = (parameters.n ?? 1) > operation.choicesPerRequest && !streams ? 1 : most;
    if (!source.ripe && source.size < wanted) return Infinity;
    const limit = quota.tokenLimit;
    if (limit === undefined) {
      return { deployment, operation: name, count: wanted, tokens: 0, kind };
    }
    let count = 0;
    let tokens = 0;
    for (const job of source.peek(wanted)) {
      const more = operation.estimateTokens(job.work.prompt, parameters);
      if (count > 0 && tokens + more > limit) break;
      count++;
      tokens += more;
    }
    const at = quota.tokensAt(tokens, now);
    return at > now ? at : { deployment, operation: name, count, tokens, kind };
  }
}

/** Takes turns by weight, evenly: each waits for its share, and the one that waited most goes. */
function chooseByWeight(fits: readonly Fit[]): Fit | undefined {
  if (fits.length < 2) return fits[0];
  let total = 0;
  for (const { deployment } of fits) {
    deployment.credit += deployment.settings.weight;
    total += deployment.settings.weight;
  }
  const chosen = fits.reduce((a, b) => (b.deployment.credit > a.deployment.credit ? b : a));
  chosen.deployment.credit -= total;
  return chosen;
}
