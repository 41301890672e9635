import type { AzureOpenAIError } from "../errors.js";
import { Alarm } from "./alarm.js";
import type { Clock } from "./clock.js";
import type { Deployment } from "./deployment.js";
import { Lane } from "./lane.js";
import type { Parcel, Source } from "./parcel.js";
import type { Fit, Placement } from "./placement.js";
import { Queue } from "./queue.js";
import { Room } from "./room.js";

/** So many that cannot go are looked past at a time, for one that can. */
const LOOK_AHEAD = 1024;

/** What pulling works with. */
export interface PullingOptions {
  readonly deployments: readonly Deployment[];
  readonly placement: Placement;
  readonly clock: Clock;
  /** Tells whether one more request may be out. */
  readonly hasSlot: () => boolean;
  readonly send: (parcel: Parcel, fit: Fit, now: number) => void;
  /** Gets what waited for a deployment that answers no operation. */
  readonly refuse: (parcel: Parcel, deployment: Deployment, error: AzureOpenAIError, now: number) => void;
  /** Gets what waits for deployments that all ask to wait longer than the caller allows, and the first of them. */
  readonly giveUp: (sources: readonly Source[], first: Deployment, now: number) => void;
}

/** While a deployment has room, pulls what comes first. */
export class Pulling {
  readonly #options: PullingOptions;
  readonly #queue = new Queue();
  readonly #alarm: Alarm;
  readonly #wakeUp = (): void => this.changed();
  /** The room there is, and none of those set aside wants it; unknown after a change. */
  #room: Room | undefined;
  #busy = false;
  #again = false;
  /** Those that ask to wait longer than the caller allows, and were asked for by nobody who waits. */
  #longRests: ReadonlySet<Deployment> = new Set();

  constructor(options: PullingOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, this.#wakeUp);
  }

  /** Something new wants to go. What was set aside could not, and still cannot. */
  offer(source: Source): void {
    this.#queue.push(source);
    this.#pull();
  }

  /** A lane has got longer, which the queue holds already. */
  extended(): void {
    const { hasSlot, clock } = this.#options;
    if ((this.#room?.isOpen(clock.now()) ?? true) && hasSlot()) this.changed();
  }

  /** Queues prompts, for as long as none of their deployments may have them; they go at the next change. */
  put(parcels: readonly Parcel[]): boolean {
    const { clock, giveUp } = this.#options;
    const now = clock.now();
    let waits = false;
    for (const parcel of parcels) {
      const first = this.#firstOfLongRests(parcel, now);
      if (first === undefined) {
        this.#put(parcel);
        waits = true;
      } else giveUp([parcel], first, now);
    }
    return waits;
  }

  #put(source: Source): void {
    const { clock, deployments } = this.#options;
    const at = Math.min(...deployments.map(({ index }) => source.allowedAt(index)));
    if (at > clock.now()) this.#queue.delay(source, at);
    else this.#queue.push(source);
  }

  /** Something may go that could not before. */
  changed(): void {
    this.#room = undefined;
    this.#pull();
  }

  /** Does several things before anything is sent. */
  hold(run: () => void): void {
    const busy = this.#busy;
    this.#busy = true;
    try {
      run();
    } finally {
      this.#busy = busy;
    }
    this.changed();
  }

  /** Forgets everything, as nobody wants it any more. */
  clear(): void {
    for (const source of this.#queue.drain()) leaveQueue(source);
    this.#room = undefined;
    this.#alarm.set(Infinity);
  }

  #pull(): void {
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#pullOnce();
      }
    } finally {
      this.#busy = false;
    }
  }

  #pullOnce(): void {
    const { clock, deployments, hasSlot, placement } = this.#options;
    const queue = this.#queue;
    const now = clock.now();
    this.#giveUp(now);
    if (queue.size === 0 || !hasSlot()) {
      this.#alarm.set(Infinity);
      return;
    }
    queue.release(now);
    const room = this.#look(now);
    for (let passed = 0; room.open.length > 0 && hasSlot() && passed < LOOK_AHEAD;) {
      const source = queue.pop();
      if (source === undefined) break;
      if (source.peek(1).length === 0) {
        leaveQueue(source);
        continue;
      }
      const place = placement.place(source, room, now);
      switch (place.kind) {
        case "fit":
          this.#send(source, place.fit, room, now);
          break;
        case "refused":
          this.#take(source, source.size, (parcel) => {
            this.#options.refuse(parcel, place.deployment, place.error, now);
          });
          break;
        case "wait":
          queue.setAside(source);
          passed++;
          break;
      }
    }
    if (queue.size === 0) {
      this.#alarm.set(Infinity);
      return;
    }
    // A probe may be another dispatcher's.
    for (const { knowledge } of deployments) if (knowledge.probing) knowledge.whenFree(this.#wakeUp);
    this.#alarm.set(Math.min(room.until, queue.nextRelease));
  }

  /** The room there is, that those set aside have not been offered in vain. */
  #look(now: number): Room {
    if (this.#room !== undefined && now < this.#room.until) return this.#room;
    this.#queue.restore();
    return (this.#room = new Room(this.#options.deployments, now));
  }

  #send(source: Source, fit: Fit, room: Room, now: number): void {
    const { deployment, count, turn } = fit;
    turn.take();
    this.#take(source, count, (parcel) => this.#options.send(parcel, fit, now));
    const roomAt = deployment.roomAt(now);
    if (roomAt <= now) return;
    room.endBy(roomAt);
    room.close(deployment);
  }

  /** Takes prompts out of a source, and puts back what is left of it. */
  #take(source: Source, count: number, use: (parcel: Parcel) => void): void {
    const parcel = source.take(count);
    if (source !== parcel) {
      if (source.size > 0) this.#queue.push(source);
      else leaveQueue(source);
    }
    if (parcel !== undefined) use(parcel);
  }

  /** Nobody waits for deployments that all ask to wait longer than the caller allows. */
  #giveUp(now: number): void {
    const { deployments, giveUp } = this.#options;
    const resting = new Set(deployments.filter((deployment) => deployment.restsTooLong(now)));
    const known = this.#longRests;
    this.#longRests = resting;
    const all = resting.size === deployments.length;
    if (!all && [...resting].every((deployment) => known.has(deployment))) return;
    const hopeless = new Map<Deployment, Source[]>();
    for (const source of this.#queue.drain()) {
      const first = this.#firstOfLongRests(source, now);
      if (first === undefined) {
        this.#put(source);
        continue;
      }
      leaveQueue(source);
      const alike = hopeless.get(first);
      if (alike === undefined) hopeless.set(first, [source]);
      else alike.push(source);
    }
    this.#room = undefined;
    for (const [first, sources] of hopeless) giveUp(sources, first, now);
  }

  /** The first to end its rest of those left for a source, where each of them rests for too long. */
  #firstOfLongRests(source: Source, now: number): Deployment | undefined {
    const left = this.#options.deployments.filter(({ index }) => source.allowedAt(index) !== Infinity);
    const [first, ...others] = left;
    if (first === undefined || left.some((deployment) => !deployment.restsTooLong(now))) return undefined;
    return others.reduce((a, b) => (b.restUntil < a.restUntil ? b : a), first);
  }
}

function leaveQueue(source: Source): void {
  if (source instanceof Lane) source.queued = false;
}
