import type { AzureOpenAIError } from "../errors.js";
import type { Deployment } from "./deployment.js";
import { completeError, copyError, tooLongError } from "./explain.js";
import type { Job } from "./job.js";
import type { Parcel } from "./parcel.js";
import { backoff, judge } from "./policy.js";
import type { Cause } from "./policy.js";

/** What becomes of the prompts of a failed request. */
export type Plan =
  /** They are tried again after a while, together. */
  | { readonly kind: "again"; readonly error: AzureOpenAIError; readonly delayMs: number }
  /** They are tried again at once, in smaller requests. */
  | { readonly kind: "split"; readonly parcels: readonly Parcel[] }
  /** They have failed, each with a copy of the error, and so have others that waited for them. */
  | { readonly kind: "fail"; readonly error: AzureOpenAIError; readonly jobs: readonly Job[] };

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
  const untried = deployments.some(({ index }) => !tried.has(index));
  const failures = history.failures + 1;
  const { suspect, size: prompts } = parcel;
  switch (judge(cause, { prompts, failures, maxRetries, untried, suspect })) {
    case "split":
      return { kind: "split", parcels: parcel.halves() };
    case "sample":
      return { kind: "split", parcels: parcel.sample(SAMPLES, error.service?.message) };
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
      const misplaced =
        cause === "access" || cause === "unsupported" ? [{ settings: deployment.settings, error }] : [];
      parcel.note({ failures, tried, avoid, misplaced: [...history.misplaced, ...misplaced] });
      return waitOrFail(parcel, deployment, error, circumstances);
    }
    case "fail":
      parcel.note({ failures, tried });
      return fail(parcel, deployment, error, cause);
  }
}

function waitOrFail(
  parcel: Parcel,
  deployment: Deployment,
  error: AzureOpenAIError,
  { deployments, maxRetryDelayMs, now }: Circumstances,
): Plan {
  const readyAt = ({ index, restUntil }: Deployment): number => Math.max(parcel.allowedAt(index), restUntil);
  const [first, ...others] = deployments;
  const next = others.reduce((a, b) => (a === undefined || readyAt(b) < readyAt(a) ? b : a), first);
  const at = next === undefined ? Infinity : readyAt(next);
  if (next === undefined || at === Infinity) return fail(parcel, deployment, error, undefined);
  const delayMs = Math.max(0, at - now);
  // In whole milliseconds, as differences of times are not exact.
  if (Math.floor(delayMs) > maxRetryDelayMs) {
    const tooLong = tooLongError(next.restCause ?? error, delayMs, maxRetryDelayMs);
    return fail(parcel, deployment, tooLong, undefined);
  }
  return { kind: "again", error, delayMs };
}

function fail(
  parcel: Parcel,
  deployment: Deployment,
  error: AzureOpenAIError,
  cause: Cause | undefined,
): Plan {
  const { sampling, jobs } = parcel;
  // What the service said in the first place, before anything is added to it.
  const message = error.service?.message;
  completeError(error, deployment.settings, parcel.history);
  if (sampling === undefined || cause !== "request" || message !== sampling.message) {
    return { kind: "fail", error, jobs };
  }
  for (const job of jobs) sampling.open.delete(job);
  return { kind: "fail", error, jobs: sampling.open.size > 0 ? jobs : [...jobs, ...sampling.rest] };
}

/** One error for each of several prompts. */
export function errorFor(error: AzureOpenAIError, place: number): AzureOpenAIError {
  return place === 0 ? error : copyError(error);
}
