import type { Parameters } from "../settings/settings.js";
import type { Group } from "./group.js";
import type { Job } from "./job.js";
import { Parcel } from "./parcel.js";
import type { Source } from "./parcel.js";

/** The prompts of a group that can share a request, in the order they came. */
export class Lane implements Source {
  readonly priority: number;
  readonly group: Group;
  readonly parameters: Parameters;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly maxRetries: number | undefined;
  readonly streams = false;
  readonly held = false;
  readonly limit: number;
  /** True while the queue holds it. */
  queued = false;
  /** The group's turn in which the last one came, and the first that came in it. */
  #turn = -1;
  #firstOfTurn = 0;
  #jobs: Job[] = [];
  #head = 0;

  constructor(group: Group, like: Job) {
    this.group = group;
    this.priority = like.work.priority ?? 0;
    this.parameters = like.parameters;
    this.headers = like.work.headers;
    this.maxRetries = like.work.maxRetries;
    this.limit = like.work.alone === true ? 1 : Infinity;
  }

  get size(): number {
    return this.#jobs.length - this.#head;
  }

  get sequence(): number {
    return this.#jobs[this.#head]?.sequence ?? Infinity;
  }

  get ripe(): boolean {
    const { complete, turns } = this.group;
    return complete || this.#turn < turns || this.sequence < this.#firstOfTurn;
  }

  allowedAt(): number {
    return -Infinity;
  }

  push(job: Job): void {
    const { turns } = this.group;
    if (this.#turn < turns) {
      this.#turn = turns;
      this.#firstOfTurn = job.sequence;
    }
    this.#jobs.push(job);
  }

  peek(count: number): readonly Job[] {
    const jobs: Job[] = [];
    while (this.#jobs[this.#head]?.settled === true) this.#head++;
    for (let at = this.#head; at < this.#jobs.length && jobs.length < count; at++) {
      const job = this.#jobs[at];
      if (job?.settled === false) jobs.push(job);
    }
    this.#compact();
    return jobs;
  }

  take(count: number): Parcel | undefined {
    const jobs: Job[] = [];
    while (this.#head < this.#jobs.length && jobs.length < count) {
      const job = this.#jobs[this.#head++];
      if (job?.settled === false) jobs.push(job);
    }
    this.#compact();
    return jobs.length === 0 ? undefined : new Parcel(jobs);
  }

  /** Lets go of what was taken, now and then, so that each prompt costs the same. */
  #compact(): void {
    if (this.#head < 1024 && this.#head < this.#jobs.length) return;
    if (this.#head * 2 < this.#jobs.length) return;
    this.#jobs = this.#jobs.slice(this.#head);
    this.#head = 0;
  }
}

/** How many lanes of a group are kept for what may still come. */
const LANES_LIMIT = 16;

/** The lanes of groups. */
export class Lanes {
  readonly #byGroup = new WeakMap<Group, Lane[]>();

  /** The lane of the group that a prompt belongs into, made if need be. */
  for(group: Group, job: Job): Lane {
    let lanes = this.#byGroup.get(group);
    if (lanes === undefined) this.#byGroup.set(group, (lanes = []));
    const { priority = 0, alone = false, headers, maxRetries } = job.work;
    // Nearly always there is one.
    const known = lanes.find(
      (lane) =>
        lane.parameters === job.parameters &&
        lane.headers === headers &&
        lane.maxRetries === maxRetries &&
        lane.priority === priority &&
        (lane.limit === 1) === alone,
    );
    if (known !== undefined) return known;
    const lane = new Lane(group, job);
    if (lanes.length >= LANES_LIMIT) {
      lanes = lanes.filter((one) => one.queued);
      this.#byGroup.set(group, lanes);
    }
    lanes.push(lane);
    return lane;
  }
}
