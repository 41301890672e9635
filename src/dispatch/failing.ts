import type { AzureOpenAIError } from "../errors.js";
import { present } from "../present.js";
import type { RetryEvent, Settings } from "../settings/settings.js";
import type { Clock } from "./clock.js";
import type { Deployment } from "./deployment.js";
import { isOurs, locate } from "./explain.js";
import type { Flight } from "./flight.js";
import type { Job } from "./job.js";
import { diagnose } from "./learning.js";
import type { Parcel } from "./parcel.js";
import { callListener } from "./listener.js";
import type { Cause } from "./policy.js";
import { errorFor, recover } from "./recovery.js";
import type { Plan } from "./recovery.js";

/** What failures are dealt with. */
export interface FailingOptions {
  readonly deployments: readonly Deployment[];
  readonly settings: Pick<Settings, "maxRetries" | "maxRetryDelayMs" | "onRetry" | "onFailedAttempt">;
  readonly clock: Clock;
  readonly random: () => number;
  /** The arrival of the next call. */
  readonly nextSequence: () => number;
  /** Ends a request that came back. */
  readonly arrive: (flight: Flight) => void;
  /** Queues what is tried again. Returns false where nobody may have any of it before long, and it has failed. */
  readonly put: (parcels: readonly Parcel[]) => boolean;
  /** Ends a call with an error. */
  readonly fail: (job: Job, error: unknown) => void;
  /** Does several things before anything is sent. */
  readonly hold: (run: () => void) => void;
}

/** What a listener threw, which ends the retries. */
type Stop = { readonly error: unknown } | undefined;

/** Decides what becomes of prompts whose request failed, and tells who wants to know. */
export class Failing {
  readonly #options: FailingOptions;

  constructor(options: FailingOptions) {
    this.#options = options;
  }

  /** Deals with a request that failed. */
  meet(flight: Flight, thrown: unknown): void {
    const { clock, random, arrive, put, fail, nextSequence } = this.#options;
    const { parcel, deployment } = flight;
    if (!isOurs(thrown)) {
      arrive(flight);
      for (const job of parcel.jobs) fail(job, thrown);
      return;
    }
    const now = clock.now();
    locate(thrown, deployment.settings);
    deployment.hear(thrown.report, now);
    const diagnosis = diagnose(flight, thrown, nextSequence(), now);
    if (diagnosis === "learnt") {
      parcel.note({ lessons: parcel.history.lessons + 1 });
      flight.turn.giveBack();
      arrive(flight);
      put([parcel]);
      return;
    }
    const { error, cause } = diagnosis;
    deployment.suffer(cause, error, flight.era, now, random);
    arrive(flight);
    this.recover(parcel, deployment, error, cause, now);
  }

  /** Tries prompts again, elsewhere or in smaller requests, or fails them. */
  recover(parcel: Parcel, deployment: Deployment, error: AzureOpenAIError, cause: Cause, now: number): void {
    const { deployments, settings, random, hold } = this.#options;
    const { maxRetryDelayMs } = settings;
    const maxRetries = parcel.jobs[0]?.work.maxRetries ?? settings.maxRetries;
    const circumstances = { deployments, maxRetries, maxRetryDelayMs, random, now };
    const plan = recover(parcel, deployment, error, cause, circumstances);
    if (plan.kind === "split") {
      this.#options.put(plan.parcels);
      return;
    }
    for (const job of parcel.jobs) job.failure = error;
    const stop = this.#tellFailure(error);
    if (stop instanceof Promise) {
      // The slot is free; others need not wait for what the caller does in here.
      void stop.then((stopped) => hold(() => this.#carryOut(plan, parcel, deployment, stopped)));
    } else {
      this.#carryOut(plan, parcel, deployment, stop);
    }
  }

  #carryOut(
    plan: Exclude<Plan, { kind: "split" }>,
    parcel: Parcel,
    deployment: Deployment,
    stop: Stop,
  ): void {
    const { put, fail } = this.#options;
    const jobs = plan.kind === "fail" ? plan.jobs : parcel.jobs;
    if (stop !== undefined) {
      for (const job of jobs) fail(job, stop.error);
    } else if (plan.kind === "fail") {
      jobs.forEach((job, place) => fail(job, errorFor(plan.error, place)));
    } else {
      if (put([parcel])) this.#tellRetry(parcel, deployment, plan);
    }
  }

  /** LangChain's `onFailedAttempt`: what it throws ends the retries. */
  #tellFailure(error: AzureOpenAIError): Stop | Promise<Stop> {
    try {
      const told = this.#options.settings.onFailedAttempt?.(error);
      if (!(told instanceof Promise)) return undefined;
      return told.then(
        () => undefined,
        (reason: unknown) => ({ error: reason }),
      );
    } catch (reason) {
      return { error: reason };
    }
  }

  #tellRetry(
    { jobs, history }: Parcel,
    deployment: Deployment,
    { error, delayMs }: Extract<Plan, { kind: "again" }>,
  ): void {
    const { settings } = this.#options;
    const { host, deploymentName } = deployment.settings;
    const attempt = history.failures;
    const event: RetryEvent = {
      error,
      attempt,
      delayMs,
      host,
      ...present({ deploymentName }),
    };
    callListener("onRetry", () => settings.onRetry?.(event));
    for (const job of jobs) if (!job.settled) callListener("onRetry", () => job.work.onRetry?.(event));
  }
}
