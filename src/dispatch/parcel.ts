import type { AzureOpenAIError } from "../errors.js";
import type { DeploymentSettings, Parameters } from "../settings/settings.js";
import type { Group } from "./group.js";
import type { Job } from "./job.js";

/** Something in the queue that prompts can be taken from. */
export interface Source {
  readonly priority: number;
  /** The arrival of its first prompt. */
  readonly sequence: number;
  readonly group: Group | undefined;
  readonly parameters: Parameters;
  readonly streams: boolean;
  /** How many prompts may go in one request. */
  readonly limit: number;
  /** How many prompts it holds; settled ones may be counted. */
  readonly size: number;
  /** True when it needs not wait for more prompts to come. */
  readonly ripe: boolean;
  /** True while it waits for what becomes of other prompts. */
  readonly held: boolean;
  /** When a deployment may have it; `Infinity` for never. */
  allowedAt(deployment: number): number;
  /** The first prompts that still want an answer. */
  peek(count: number): readonly Job[];
  /** Takes those out as one parcel, which may be all of it. */
  take(count: number): Parcel | undefined;
}

/** A deployment that is out of the question, and why. */
export interface Misplaced {
  readonly settings: DeploymentSettings;
  readonly error: AzureOpenAIError;
}

/** What has become of a parcel so far. */
export interface History {
  /** How many requests were made. */
  attempts: number;
  /** How many of them failed in a way that may be tried again. */
  failures: number;
  /** How many requests taught something and were put right. */
  lessons: number;
  /** From when each deployment that failed may be tried again. */
  avoid: ReadonlyMap<number, number>;
  /** The deployments that were tried. */
  tried: ReadonlySet<number>;
  /** Worth telling at the end. */
  misplaced: readonly Misplaced[];
}

/** Some prompts of a refused request, sent alone to see whether it was about one of them or about the request. */
export interface Sampling {
  /** What the refused request was told. */
  readonly message: string | undefined;
  /** The samples that were not refused in the same words so far. */
  readonly open: Set<Job>;
  /** The prompts that wait for them. */
  readonly rest: readonly Job[];
}

const NOTHING: History = {
  attempts: 0,
  failures: 0,
  lessons: 0,
  avoid: new Map(),
  tried: new Set(),
  misplaced: [],
};

/** Prompts that go in one request and share what happens to it. */
export class Parcel implements Source {
  readonly priority: number;
  readonly group: Group | undefined;
  readonly parameters: Parameters;
  readonly streams: boolean;
  readonly ripe = true;
  #jobs: Job[];
  #sequence: number;
  #history: History;
  /** Set when it is a sample. */
  sampling: Sampling | undefined;
  /** The samples that it waits for. */
  #samples: readonly Job[] = [];
  /** True once it is known that its refusals are about single prompts. */
  suspect = false;

  constructor(jobs: readonly Job[], history: History = NOTHING) {
    const first = jobs[0];
    if (first === undefined) throw new RangeError("A parcel holds a prompt at least.");
    this.#jobs = [...jobs];
    this.#history = history;
    this.#sequence = first.sequence;
    this.priority = first.work.priority ?? 0;
    this.group = first.work.group;
    this.parameters = first.parameters;
    this.streams = first.streams;
  }

  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get size(): number {
    return this.#jobs.length;
  }

  get limit(): number {
    return this.#jobs.length;
  }

  get held(): boolean {
    return this.#samples.some((job) => !job.settled);
  }

  get history(): Readonly<History> {
    return this.#history;
  }

  /** Notes what happened. */
  note(change: Partial<History>): void {
    this.#history = { ...this.#history, ...change };
  }

  /** A parcel of some of its prompts, with its history. */
  part(jobs: readonly Job[]): Parcel {
    const part = new Parcel(jobs, this.#history);
    part.suspect = this.suspect;
    return part;
  }

  /** Cuts some samples off, each by itself, and a parcel of the rest that waits for them. */
  sample(count: number, message: string | undefined): readonly Parcel[] {
    const jobs = this.peek(this.#jobs.length);
    const [samples, rest] = [jobs.slice(0, count), jobs.slice(count)];
    const sampling: Sampling = { message, open: new Set(samples), rest };
    const parcels = samples.map((job) => {
      const sample = this.part([job]);
      sample.sampling = sampling;
      return sample;
    });
    if (rest.length === 0) return parcels;
    const waiting = this.part(rest);
    waiting.suspect = true;
    waiting.#samples = samples;
    return [...parcels, waiting];
  }

  /** Two parcels of half of it each, without the prompts that are settled. */
  halves(): readonly Parcel[] {
    const jobs = this.peek(this.#jobs.length);
    const middle = Math.ceil(jobs.length / 2);
    return [jobs.slice(0, middle), jobs.slice(middle)]
      .filter((half) => half.length > 0)
      .map((half) => this.part(half));
  }

  allowedAt(deployment: number): number {
    return this.#history.avoid.get(deployment) ?? -Infinity;
  }

  peek(count: number): readonly Job[] {
    if (this.#jobs.some((job) => job.settled)) this.#jobs = this.#jobs.filter((job) => !job.settled);
    return count >= this.#jobs.length ? this.#jobs : this.#jobs.slice(0, count);
  }

  take(count: number): Parcel | undefined {
    const jobs = this.peek(count);
    const first = jobs[0];
    if (first === undefined) return undefined;
    if (jobs.length === this.#jobs.length) return this;
    const parcel = this.part(jobs);
    this.#jobs = this.#jobs.slice(count);
    this.#sequence = this.#jobs[0]?.sequence ?? this.#sequence;
    return parcel;
  }
}
