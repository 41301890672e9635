import type { AzureOpenAIError } from "../errors.js";
import { lessonOf, refusedOption } from "../operations/detect.js";
import type { Clock } from "./clock.js";
import { copyError, mostTelling } from "./explain.js";
import type { Flight } from "./flight.js";
import { exactKindOf } from "./kind.js";
import { classify } from "./policy.js";
import type { Cause } from "./policy.js";

/** A request is corrected so many times by what it taught. */
const LESSONS_LIMIT = 12;

/** A request that was not refused for so long is understood: the others need not wait for its answer. */
const PROBE_PATIENCE_MS = 10_000;

/** For so long what a model refused is not asked of it again. */
const IMPOSSIBLE_MS = 60_000;

/** Sends a request ahead of those like it, when nobody knows yet whether the deployment understands them. */
export function startProbe(flight: Flight, clock: Clock, now: number): void {
  const { deployment, kind } = flight;
  const { knowledge } = deployment;
  if (!deployment.isGuess && knowledge.isProven(kind)) return;
  const endProbe = knowledge.startProbe(now);
  const cancel = clock.schedule(now + PROBE_PATIENCE_MS, () => noteUnderstood(flight));
  flight.endProbe = () => {
    cancel();
    endProbe(clock.now());
  };
}

/**
 * Notes that a request was understood: its operation, and how it was spoken.
 *
 * What has been refused since it was sent says more: the deployment may have changed in between.
 */
export function noteUnderstood({ deployment, operation, dialect, kind, endProbe }: Flight): void {
  const { knowledge } = deployment;
  if (deployment.isGuess && !knowledge.refusals.has(operation)) knowledge.learnOperation(operation);
  const isCurrent = deployment.operation === operation && knowledge.dialect(operation) === dialect;
  if (isCurrent && !deployment.isGuess) knowledge.prove(kind);
  endProbe?.();
}

/** What a failure comes to: a lesson, after which the same is asked in another way, or an error. */
export type Diagnosis = "learnt" | { readonly error: AzureOpenAIError; readonly cause: Cause };

/**
 * Learns what a failure teaches of the deployment, and says what it is about.
 *
 * @param sequence - the arrival of the next call: what is found out counts for those before it.
 */
export function diagnose(flight: Flight, thrown: AzureOpenAIError, sequence: number, now: number): Diagnosis {
  const { parcel, deployment, operation, dialect, kind } = flight;
  const { knowledge, settings } = deployment;
  const taught = parcel.history.lessons < LESSONS_LIMIT;
  const lesson = taught ? lessonOf(thrown, operation, parcel.parameters, dialect) : undefined;
  if (lesson?.kind === "dialect") {
    // Another request may have brought the same lesson, or the next.
    if (knowledge.dialect(operation) === dialect) knowledge.learnDialect(operation, lesson.dialect);
    return "learnt";
  }
  if (lesson?.kind === "operation" && settings.operation === "auto") {
    if (deployment.refuseOperation(operation, thrown)) return "learnt";
    return { error: deployment.condemn(sequence, mostTelling, thrown), cause: "unsupported" };
  }
  const option = refusedOption(thrown, operation, parcel.parameters);
  const error = option ?? thrown;
  const cause = classify(error);
  if (cause === "unsupported") {
    knowledge.noteImpossible(exactKindOf(kind, parcel.parameters), copyError(error), now + IMPOSSIBLE_MS);
  }
  const isAboutContent =
    option !== undefined || cause === "prompt" || cause === "request" || cause === "caller";
  if (isAboutContent && thrown.status !== undefined) noteUnderstood(flight);
  return { error, cause };
}
