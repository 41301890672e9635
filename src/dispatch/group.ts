import type { Job } from "./job.js";
import { Lane } from "./lane.js";

/** How a group is opened. */
export interface GroupOptions {
  /** How many requests of the group may be out at a time; by default as many as the dispatcher allows. */
  readonly maxConcurrency?: number;
  /** How many prompts may join; unknown by default. */
  readonly expected?: number;
}

/**
 * Prompts that may share requests.
 *
 * Each one that is expected either joins, by being submitted, or leaves. Full requests go at once;
 * what does not fill one goes when nobody is left to come, or after one turn of the event loop (in
 * which nobody joined, where more are expected).
 */
export class Group {
  readonly maxConcurrency: number;
  /** How many of its requests are out. */
  inFlight = 0;
  readonly #lanes = new Map<string, Lane[]>();
  readonly #changed: () => void;
  readonly #defer: (run: () => void) => void;
  #expected: number | undefined;
  #settled = 0;
  #turnIsOver = false;
  #waiting = false;
  #quiet = true;

  /**
   * @param defer - runs something after this turn of the event loop.
   * @param changed - called when what waits may go.
   */
  constructor(options: GroupOptions, defer: (run: () => void) => void, changed: () => void) {
    this.maxConcurrency = options.maxConcurrency ?? Infinity;
    this.#expected = options.expected;
    this.#defer = defer;
    this.#changed = changed;
  }

  /** True when what does not fill a request goes all the same. */
  get complete(): boolean {
    return this.#turnIsOver || (this.#expected !== undefined && this.#settled >= this.#expected);
  }

  /** One that was expected will not join. */
  leave(): void {
    this.#settled++;
    if (this.complete) this.#changed();
  }

  /** More will join than was said, or fewer by a negative number. */
  expect(more: number): void {
    if (this.#expected === undefined) return;
    this.#expected += more;
    if (this.complete) this.#changed();
  }

  /** Takes a prompt in and returns the lane it waits in. */
  join(job: Job): Lane {
    this.#settled++;
    this.#turnIsOver = false;
    this.#quiet = false;
    if (!this.complete && !this.#waiting) this.#watchTurn();
    const lane = this.#laneFor(job);
    lane.push(job);
    return lane;
  }

  #watchTurn(): void {
    this.#waiting = true;
    this.#quiet = true;
    this.#defer(() => {
      this.#waiting = false;
      // Where more are expected, a turn in which some came promises others.
      if (!this.#quiet && this.#expected !== undefined) return this.#watchTurn();
      this.#turnIsOver = true;
      this.#changed();
    });
  }

  #laneFor(job: Job): Lane {
    const { priority = 0, alone = false, headers } = job.work;
    const key = `${priority} ${alone}`;
    let lanes = this.#lanes.get(key);
    if (lanes === undefined) this.#lanes.set(key, (lanes = []));
    // Nearly always there is one; what is used up makes room for the next.
    let lane = lanes.find((one) => one.parameters === job.parameters && one.headers === headers);
    if (lane === undefined) {
      lane = new Lane(this, job);
      if (lanes.length >= 16) lanes.splice(0, lanes.length, ...lanes.filter((one) => one.size > 0));
      lanes.push(lane);
    }
    return lane;
  }
}
