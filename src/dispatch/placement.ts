import type { AzureOpenAIError } from "../errors.js";
import type { Operation } from "../operations/operation.js";
import type { OperationName, Settings } from "../settings/settings.js";
import type { Deployment } from "./deployment.js";
import { exactKindOf, formOf, kindOf } from "./kind.js";
import type { Source } from "./parcel.js";
import type { Room } from "./room.js";
import { Turn } from "./turn.js";

/** A request that a deployment could be sent. */
interface Option {
  readonly deployment: Deployment;
  readonly operation: OperationName;
  /** How many prompts. */
  readonly count: number;
  /** What they count towards the token limit. */
  readonly tokens: number;
  readonly kind: string;
  /** True while another request finds out whether the deployment understands it. */
  readonly held: boolean;
}

/** A request that can go now. */
export interface Fit extends Option {
  readonly turn: Turn;
}

/** Where prompts go: to a deployment, nowhere as things are, or nowhere at all. */
export type Place =
  | { readonly kind: "fit"; readonly fit: Fit }
  | { readonly kind: "wait" }
  | { readonly kind: "refused"; readonly deployment: Deployment; readonly error: AzureOpenAIError };

const WAIT: Place = { kind: "wait" };

/** A deployment's first answer is waited for so many times as long as its equals took for theirs. */
const TURN_PATIENCE = 3;

/** The least part of a request that goes by itself where no more of it fits, */
const LEAST_PART = 0.25;

/** and the part of a limit of tokens that is not left unused, however much a request may take. */
const LEAST_LEFT = 0.05;

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
   * Nothing that comes later passes what waits. A deployment that would take it but for its token limit
   * is kept for it, and so, for a while, is the turn of one that is still to answer its first request.
   */
  place(source: Source, room: Room, now: number): Place {
    const { group } = source;
    const groupIsFull = group !== undefined && group.inFlight >= group.maxConcurrency;
    const form = formOf(this.#streamsUsage(source), source.parameters);
    if (source.held || groupIsFull || room.holds(form)) return WAIT;
    const healthy = this.#hasHealthy(source, now);
    const options: Option[] = [];
    const kept: Deployment[] = [];
    for (const deployment of room.open) {
      const best = options[0];
      if (best !== undefined && best.deployment.settings.priority < deployment.settings.priority) break;
      const allowedAt = source.allowedAt(deployment.index);
      if (allowedAt > now) {
        room.endBy(allowedAt);
        continue;
      }
      if (healthy && deployment.isMisplaced(now)) continue;
      const impossibility = this.#impossibility(source, deployment, now);
      if (impossibility !== undefined && this.#hasPossible(source, now)) continue;
      const error = deployment.verdictOn(source.sequence) ?? impossibility;
      if (error !== undefined) return { kind: "refused", deployment, error };
      const option = this.#consider(source, deployment, now);
      if (typeof option !== "number") options.push(option);
      else if (option !== Infinity) {
        room.endBy(option);
        kept.push(deployment);
      }
    }
    const [first, ...rest] = options;
    if (first === undefined) {
      for (const deployment of kept) room.close(deployment);
      return WAIT;
    }
    const fit = takeTurn([first, ...rest]);
    if (!fit.held) return { kind: "fit", fit };
    const [ready, ...others] = options.filter(({ deployment, kind }) => deployment.knowledge.isProven(kind));
    const until = ready === undefined ? Infinity : endOfPatience(fit.deployment, [ready, ...others]);
    if (ready !== undefined && until <= now) return { kind: "fit", fit: takeTurn([ready, ...others]) };
    room.endBy(until);
    room.hold(form);
    return WAIT;
  }

  /** Tells whether a deployment is left that can be used as it is set up, and before long. */
  #hasHealthy(source: Source, now: number): boolean {
    return this.#deployments.some(
      (deployment) =>
        !deployment.isMisplaced(now) &&
        !deployment.restsTooLong(now) &&
        source.allowedAt(deployment.index) !== Infinity,
    );
  }

  /** Tells whether a deployment is left that did not refuse such a request before. */
  #hasPossible(source: Source, now: number): boolean {
    return this.#deployments.some(
      (deployment) =>
        source.allowedAt(deployment.index) !== Infinity &&
        this.#impossibility(source, deployment, now) === undefined,
    );
  }

  /** What the deployment said of such a request before. */
  #impossibility(source: Source, deployment: Deployment, now: number): AzureOpenAIError | undefined {
    const { knowledge, operation } = deployment;
    const { parameters } = source;
    if (!knowledge.hasImpossible) return undefined;
    const kind = kindOf(operation, this.#streamsUsage(source), parameters);
    return knowledge.impossibility(exactKindOf(kind, parameters), now);
  }

  #streamsUsage({ streams }: Source): boolean {
    return streams && this.#settings.streamUsage;
  }

  /** The request that a deployment would make of it; else when its tokens fit, `Infinity` for another day. */
  #consider(source: Source, deployment: Deployment, now: number): Option | number {
    const name = deployment.operation;
    const operation = this.#operations[name];
    const { parameters } = source;
    const kind = kindOf(name, this.#streamsUsage(source), parameters);
    const { quota } = deployment;
    const wanted = Math.min(this.#settings.batchSize, operation.promptsPerRequest, source.limit);
    if (!source.ripe && source.size < wanted) return Infinity;
    const held = deployment.awaitsProbe(kind);
    const costs = source.peek(wanted).map((job) => operation.estimateTokens(job.work.prompt, parameters));
    const limit = quota.tokenLimit ?? Infinity;
    const fitting = takeWithin(costs, limit);
    // What is too much by itself goes alone.
    const { count, tokens } = fitting.count > 0 ? fitting : takeWithin(costs.slice(0, 1), Infinity);
    const at = quota.tokensAt(tokens, now);
    if (at <= now) return { deployment, operation: name, count, tokens, kind, held };
    // What is left of the limit is used, too, where it is worth a request.
    const part = takeWithin(costs, quota.tokensLeft(now));
    const isEnough = part.count > 0 && part.tokens >= Math.min(tokens * LEAST_PART, limit * LEAST_LEFT);
    if (!isEnough) return held ? Infinity : at;
    return { deployment, operation: name, ...part, kind, held };
  }
}

/** As many of the first as cost no more than there is. */
function takeWithin(costs: readonly number[], most: number): Pick<Option, "count" | "tokens"> {
  let [count, tokens] = [0, 0];
  for (const cost of costs) {
    if (tokens + cost > most) break;
    tokens += cost;
    count++;
  }
  return { count, tokens };
}

function takeTurn(options: readonly [Option, ...Option[]]): Fit {
  const [first, ...rest] = options;
  const turn = new Turn([first.deployment, ...rest.map(({ deployment }) => deployment)]);
  const chosen = options.find(({ deployment }) => deployment === turn.deployment) ?? first;
  return { ...chosen, turn };
}

/** Until when those that are ready wait for one that is still to answer its first request. */
function endOfPatience({ knowledge }: Deployment, ready: readonly Option[]): number {
  const took = Math.max(...ready.map(({ deployment }) => deployment.knowledge.probedForMs));
  return (knowledge.probingSince ?? -Infinity) + TURN_PATIENCE * took;
}
