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
  /** Called when some of its prompts have gone, so that others may come. */
  onDepart: (() => void) | undefined;
  #inFlight = 0;
  #promptsInFlight = 0;
  readonly #changed: () => void;
  readonly #defer: (run: () => void) => void;
  #expected: number | undefined;
  #settled = 0;
  #turnIsOver = false;
  #turns = 0;
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

  /** How many of its requests are out. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many of its prompts are in them. */
  get promptsInFlight(): number {
    return this.#promptsInFlight;
  }

  /** Counts a request of so many prompts that goes out. */
  depart(prompts: number): void {
    this.#inFlight++;
    this.#promptsInFlight += prompts;
    this.onDepart?.();
  }

  /** Counts one that came back, or was given up. */
  arrive(prompts: number): void {
    this.#inFlight--;
    this.#promptsInFlight -= prompts;
  }

  /** True when what does not fill a request goes all the same. */
  get complete(): boolean {
    return this.#turnIsOver || (this.#expected !== undefined && this.#settled >= this.#expected);
  }

  /** How many turns it has waited out: who joined before the last one's end waits for nobody. */
  get turns(): number {
    return this.#turns;
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

  /** One has joined. Submitting its prompt does this. */
  join(): void {
    this.#settled++;
    this.#turnIsOver = false;
    this.#quiet = false;
    if (!this.complete && !this.#waiting) this.#watchTurn();
  }

  #watchTurn(): void {
    this.#waiting = true;
    this.#quiet = true;
    this.#defer(() => {
      this.#waiting = false;
      // Where more are expected, a turn in which some came promises others.
      if (!this.#quiet && this.#expected !== undefined) {
        this.#watchTurn();
        return;
      }
      this.#turnIsOver = true;
      this.#turns++;
      this.#changed();
    });
  }
}
