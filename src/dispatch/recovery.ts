import type { AzureOpenAIError } from "../errors.js";
import type { Deployment } from "./deployment.js";
import { completeError, copyError, tooLongError } from "./explain.js";
import type { Job } from "./job.js";
import type { Parcel } from "./parcel.js";
import { backoff, judge } from "./policy.js";
import type { Cause } from "./policy.js";

/** What becomes of the prompts of a failed request. */
export interface Plan {
  /** Those that wait for another request. */
  readonly parcels: readonly Parcel[];
  /** Those that have failed. */
  readonly failed: readonly Job[];
  /** With what; for each of them a copy of its own. */
  readonly error: AzureOpenAIError;
  /** How long until it is tried again, where it is. */
  readonly delayMs?: number;
}

/** What planning looks at. */
export interface Circumstances {
  readonly deployments: readonly Deployment[];
  readonly maxRetries: number;
  readonly maxRetryDelayMs: number;
  readonly random: () => number;
  readonly now: number;
}

/** So many single prompts are refused in the same words before the request is held to be at fault. */
const SAMPLES = 2;

/** Plans what becomes of a parcel whose request failed. Notes the failure in its history. */
export function recover(
  parcel: Parcel,
  deployment: Deployment,
  error: AzureOpenAIError,
  cause: Cause,
  circumstances: Circumstances,
): Plan {
  const { deployments, maxRetries } = circumstances;
  const { history } = parcel;
  const tried = new Set(history.tried).add(deployment.index);
  const possible = deployments.filter(({ index }) => parcel.allowedAt(index) !== Infinity);
  const untried = possible.some(({ index }) => !tried.has(index));
  const failures = history.failures + 1;
  const { suspect, size: prompts } = parcel;
  switch (judge(cause, { prompts, failures, maxRetries, untried, suspect })) {
    case "split":
      return { parcels: parcel.halves(), failed: [], error };
    case "sample":
      return { parcels: [sample(parcel, error, 0, parcel.jobs)], failed: [], error };
    case "again": {
      const { now, random, maxRetryDelayMs } = circumstances;
      // The service's word on the wait is all there is to say; without one, a growing random wait.
      const from = now + (error.retryAfterMs ?? Math.min(maxRetryDelayMs, backoff(failures, random)));
      const avoid = new Map(history.avoid).set(deployment.index, Math.max(from, deployment.restUntil));
      parcel.note({ failures, tried, avoid });
      return waitOrFail(parcel, deployment, error, circumstances);
    }
    case "elsewhere": {
      const avoid = new Map(history.avoid).set(deployment.index, Infinity);
      // Once the retries are used up, what is left is to ask each deployment once.
      if (failures > maxRetries) for (const index of tried) avoid.set(index, Infinity);
      const misplaced = cause === "access" || cause === "unsupported" ? [error] : [];
      parcel.note({ failures, tried, avoid, misplaced: [...history.misplaced, ...misplaced] });
      return waitOrFail(parcel, deployment, error, circumstances);
    }
    case "fail":
      parcel.note({ failures, tried });
      return fail(parcel, deployment, error, cause);
  }
}

/** The prompts that waited for a sample which was well, or which nobody wants any more. */
export function releaseSampled(parcel: Parcel, suspect: boolean): readonly Parcel[] {
  const rest = parcel.sampling?.rest.filter((job) => !job.settled) ?? [];
  parcel.sampling = undefined;
  if (rest.length === 0) return [];
  const released = parcel.part(rest);
  released.suspect = suspect;
  return [released];
}

function sample(parcel: Parcel, error: AzureOpenAIError, refused: number, jobs: readonly Job[]): Parcel {
  const [first, ...rest] = jobs;
  const one = parcel.part(first === undefined ? [] : [first]);
  one.sampling = { message: error.service?.message, refused, rest };
  return one;
}

function waitOrFail(
  parcel: Parcel,
  deployment: Deployment,
  error: AzureOpenAIError,
  { deployments, maxRetryDelayMs, now }: Circumstances,
): Plan {
  const at = earliest(parcel, deployments);
  if (at === Infinity) return fail(parcel, deployment, error, undefined);
  const delayMs = Math.max(0, at - now);
  if (delayMs > maxRetryDelayMs) {
    const tooLong = tooLongError(error, delayMs, maxRetryDelayMs);
    return fail(parcel, deployment, tooLong, undefined);
  }
  return { parcels: [parcel], failed: [], error, delayMs };
}

/** When a parcel may be sent at the earliest, as far as rests go; `Infinity` for never. */
function earliest(parcel: Parcel, deployments: readonly Deployment[]): number {
  return deployments.reduce(
    (least, { index, restUntil }) => Math.min(least, Math.max(parcel.allowedAt(index), restUntil)),
    Infinity,
  );
}

function fail(
  parcel: Parcel,
  deployment: Deployment,
  error: AzureOpenAIError,
  cause: Cause | undefined,
): Plan {
  const { sampling } = parcel;
  const failed = parcel.jobs;
  // What the service said in the first place, before anything is added to it.
  const message = error.service?.message;
  completeError(error, deployment.settings, parcel.history);
  if (sampling === undefined) return { parcels: [], failed, error };
  if (cause !== "request" || message !== sampling.message) {
    return { parcels: releaseSampled(parcel, cause === "prompt" || cause === "request"), failed, error };
  }
  const refused = sampling.refused + 1;
  const rest = sampling.rest.filter((job) => !job.settled);
  if (refused >= SAMPLES || rest.length === 0) return { parcels: [], failed: [...failed, ...rest], error };
  return { parcels: [sample(parcel, error, refused, rest)], failed, error };
}

/** One error for each of several prompts. */
export function errorFor(error: AzureOpenAIError, place: number): AzureOpenAIError {
  return place === 0 ? error : copyError(error);
}
