import type { Dialect } from "../operations/operation.js";
import type { OperationName } from "../settings/settings.js";
import type { Clock } from "./clock.js";
import type { Deployment } from "./deployment.js";
import type { Job } from "./job.js";
import type { Parcel } from "./parcel.js";
import type { Turn } from "./turn.js";

/** One request that is out. */
export interface Flight {
  readonly parcel: Parcel;
  readonly deployment: Deployment;
  readonly operation: OperationName;
  readonly dialect: Dialect;
  /** The era of the deployment it was sent in. */
  readonly era: number;
  /** What it is like, for what is learnt of it. */
  readonly kind: string;
  /** The turn that it took. */
  readonly turn: Turn;
  readonly controller: AbortController;
  /** How many prompts went. */
  readonly size: number;
  /** How many of its prompts still want the answer. */
  wanted: number;
  /** True once nobody looks at what comes of it. */
  over: boolean;
  /** Set while the others wait for what this request finds out. */
  endProbe?: () => void;
}

/** The requests that are out. */
export class Flights {
  readonly #clock: Clock;
  readonly #onFree: () => void;
  readonly #byJob = new Map<Job, Flight>();
  #size = 0;

  /** @param onFree - called when a slot has become free by itself. */
  constructor(clock: Clock, onFree: () => void) {
    this.#clock = clock;
    this.#onFree = onFree;
  }

  /** How many are out. */
  get size(): number {
    return this.#size;
  }

  /** The request that a prompt is in. */
  of(job: Job): Flight | undefined {
    return this.#byJob.get(job);
  }

  depart(flight: Flight): void {
    this.#size++;
    for (const job of flight.parcel.jobs) this.#byJob.set(job, flight);
    flight.parcel.group?.depart(flight.size);
  }

  /** Ends a request that came back. */
  arrive(flight: Flight): void {
    if (flight.over) return;
    flight.over = true;
    this.#free(flight);
  }

  /** Ends a request whose connection is closed, or read to its end, in this turn: only then is its slot free. */
  arriveSoon(flight: Flight): void {
    if (flight.over) return;
    flight.over = true;
    this.#clock.defer(() => {
      this.#free(flight);
      this.#onFree();
    });
  }

  /** Takes a prompt out of its request, and ends the request when nobody else wants it. */
  drop(job: Job): void {
    const flight = this.#byJob.get(job);
    if (flight === undefined) return;
    this.#byJob.delete(job);
    flight.wanted--;
    if (flight.wanted > 0 || flight.over) return;
    flight.controller.abort();
    this.arriveSoon(flight);
  }

  /** Gives back what a request held. */
  #free(flight: Flight): void {
    this.#size--;
    flight.deployment.arrive(flight.era);
    flight.parcel.group?.arrive(flight.size);
    for (const job of flight.parcel.jobs) this.#byJob.delete(job);
    flight.endProbe?.();
  }
}
