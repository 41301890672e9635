import { abortReason } from "../errors.js";
import { Alarm } from "./alarm.js";
import type { Clock } from "./clock.js";
import { totalTimeoutError } from "./explain.js";
import type { Job } from "./job.js";
import { Signals } from "./signals.js";

/** What calls are kept with. */
export interface CallsOptions {
  readonly clock: Clock;
  readonly totalTimeoutMs: number | undefined;
  /** Says what a call waits for, for the message of a timeout. */
  readonly describeWait: (job: Job, now: number) => string;
  /** Does several things before anything is sent. */
  readonly hold: (run: () => void) => void;
  /** Called when nothing more is to be done for a call. */
  readonly onSettled: (job: Job) => void;
}

/** The calls that are not settled: each ends with its answer, its failure, its signal or its time. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #signals: Signals<Job>;
  /** Those that a total timeout ends, and when, in the order in which it does. */
  readonly #deadlines = new Map<Job, number>();
  readonly #alarm: Alarm;
  #size = 0;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#signals = new Signals((jobs, signal) => {
      options.hold(() => {
        const now = options.clock.now();
        for (const job of jobs) this.fail(job, abortReason(signal, options.describeWait(job, now)));
      });
    });
    this.#alarm = new Alarm(options.clock, () => {
      options.hold(() => this.#failOverdue());
    });
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Takes a call on. Returns false when its signal has ended it before. */
  begin(job: Job): boolean {
    const { clock, totalTimeoutMs } = this.#options;
    const { signal } = job.work;
    this.#size++;
    if (signal?.aborted === true) {
      this.fail(job, abortReason(signal));
      return false;
    }
    if (signal !== undefined) this.#signals.watch(signal, job);
    if (totalTimeoutMs !== undefined) {
      const deadline = clock.now() + totalTimeoutMs;
      if (this.#deadlines.size === 0) this.#alarm.set(deadline);
      this.#deadlines.set(job, deadline);
    }
    return true;
  }

  /** Ends a call with an error, or a share of one. */
  fail(job: Job, error: unknown): void {
    if (job.settled) return;
    this.settle(job);
    job.reject(error);
  }

  /** Nothing more is done for a call, or for a share of one. */
  settle(job: Job): void {
    if (job.settled) return;
    job.settled = true;
    if (job.isShare) return;
    const { signal } = job.work;
    if (signal !== undefined) this.#signals.unwatch(signal, job);
    this.#deadlines.delete(job);
    if (this.#deadlines.size === 0) this.#alarm.set(Infinity);
    this.#size--;
    this.#options.onSettled(job);
  }

  #failOverdue(): void {
    const { clock, totalTimeoutMs = Infinity, describeWait } = this.#options;
    const now = clock.now();
    for (const [job, deadline] of this.#deadlines) {
      if (deadline > now) {
        this.#alarm.set(deadline);
        return;
      }
      this.fail(job, totalTimeoutError(totalTimeoutMs, describeWait(job, now), job.failure));
    }
  }
}
