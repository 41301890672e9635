import type { Connection, Operation, Sent } from "../operations/operation.js";
import type { DeploymentSettings, OperationName, Settings } from "../settings/settings.js";
import { Calls } from "./calls.js";
import { systemClock } from "./clock.js";
import type { Clock } from "./clock.js";
import { Deployment } from "./deployment.js";
import { copyError, describeWait, isOurs, locate, tooLongError } from "./explain.js";
import { Failing } from "./failing.js";
import { Flights } from "./flight.js";
import type { Flight } from "./flight.js";
import { Group } from "./group.js";
import type { GroupOptions } from "./group.js";
import { Job } from "./job.js";
import { Lanes } from "./lane.js";
import { noteUnderstood, startProbe } from "./learning.js";
import { processMemory } from "./memory.js";
import type { Memory } from "./memory.js";
import { toOutcomes } from "./outcome.js";
import { Parcel } from "./parcel.js";
import type { Source } from "./parcel.js";
import { Placement } from "./placement.js";
import type { Fit } from "./placement.js";
import { classify } from "./policy.js";
import { Pulling } from "./pulling.js";
import { errorFor } from "./recovery.js";
import { sendForAnswer, sendForStream } from "./sending.js";
import { cutIntoShares } from "./shares.js";
import { StreamCall } from "./stream-call.js";
import type { OpenStream, Outcome, StreamPiece, Work } from "./work.js";

/** The settings that decide when and how prompts are sent. */
export type DispatchSettings = Pick<
  Settings,
  | "batchSize"
  | "maxConcurrency"
  | "maxRetries"
  | "maxRetryDelayMs"
  | "timeoutMs"
  | "idleTimeoutMs"
  | "totalTimeoutMs"
  | "streamUsage"
  | "onRetry"
  | "onFailedAttempt"
>;

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly deployments: readonly DeploymentSettings[];
  /** How each deployment is reached, in the same order. */
  readonly connections: readonly Connection[];
  readonly operations: Readonly<Record<OperationName, Operation>>;
  readonly settings: DispatchSettings;
  /** The platform's clock by default. */
  readonly clock?: Clock;
  /** From 0 to below 1; `Math.random` by default. */
  readonly random?: () => number;
  /** What was learnt of deployments; by default what this process learnt. */
  readonly memory?: Memory;
}

/**
 * Decides which prompts go where and when.
 *
 * While a deployment has room, what comes first is pulled and sent; its answers go to who asked, or
 * it is put back. {@link Calls} are who asks, {@link Pulling} finds what goes next, {@link Flights}
 * are the requests that are out, and {@link Failing} decides what is put back.
 */
export class Dispatcher {
  readonly #operations: Readonly<Record<OperationName, Operation>>;
  readonly #settings: DispatchSettings;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #deployments: readonly Deployment[];
  readonly #lanes = new Lanes();
  readonly #flights: Flights;
  readonly #pulling: Pulling;
  readonly #calls: Calls;
  readonly #failing: Failing;
  #sequence = 0;

  constructor(options: DispatcherOptions) {
    const { operations, settings, clock = systemClock, random = Math.random } = options;
    this.#operations = operations;
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    const deployments = toDeployments(options);
    this.#deployments = deployments;
    const flights = new Flights(clock, () => this.#pulling.changed());
    this.#flights = flights;
    const { totalTimeoutMs } = settings;
    this.#pulling = new Pulling({
      deployments,
      placement: new Placement(operations, settings, deployments),
      clock,
      hasSlot: () => flights.size < settings.maxConcurrency,
      send: (parcel, fit, now) => this.#send(parcel, fit, now),
      refuse: (parcel, deployment, error, now) =>
        this.#failing.recover(parcel, deployment, copyError(error), "unsupported", now),
      giveUp: (sources, first, now) => this.#giveUp(sources, first, now),
    });
    const hold = (run: () => void): void => this.#pulling.hold(run);
    this.#calls = new Calls({
      clock,
      totalTimeoutMs,
      describeWait: (job, now) => this.#describeWait(job, now),
      hold,
      onSettled: (job) => this.#forget(job),
    });
    this.#failing = new Failing({
      deployments,
      settings,
      clock,
      random,
      nextSequence: () => this.#sequence,
      arrive: (flight) => flights.arrive(flight),
      put: (parcels) => this.#pulling.put(parcels),
      fail: (job, error) => this.#calls.fail(job, error),
      hold,
    });
  }

  /** Has one prompt answered. */
  submit(work: Work): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const delivery = { kind: "answer", deliver: resolve } as const;
      this.#accept(new Job(work, work.parameters, this.#sequence++, delivery, reject));
    });
  }

  /** Has one prompt answered piece by piece. It is sent when the first piece is asked for. */
  stream(work: Work): AsyncIterable<StreamPiece> {
    return new StreamCall((call) => {
      const job = new Job(
        work,
        work.parameters,
        this.#sequence++,
        { kind: "stream", deliver: (stream) => call.open(stream) },
        (error) => call.fail(error),
      );
      this.#accept(job);
      return () => this.#calls.settle(job);
    });
  }

  /** Opens a group of prompts that may share requests. */
  openGroup(options: GroupOptions = {}): Group {
    return new Group(
      options,
      (run) => this.#clock.defer(run),
      () => this.#pulling.changed(),
    );
  }

  #accept(job: Job): void {
    const { group } = job.work;
    const begun = this.#calls.begin(job);
    if (begun) this.#tellWait(job.work);
    if (!begun || group === undefined || job.streams) {
      group?.leave();
      if (begun) this.#pulling.offer(new Parcel([job]));
      return;
    }
    const lane = this.#lanes.for(group, job);
    lane.push(job);
    group.join();
    if (lane.queued) {
      this.#pulling.extended();
      return;
    }
    lane.queued = true;
    this.#pulling.offer(lane);
  }

  /** What others' failures brought is waited for as well, however few attempts a call may make. */
  #tellWait({ onWait }: Work): void {
    if (onWait === undefined) return;
    const ms = Math.min(...this.#deployments.map(({ restUntil }) => restUntil)) - this.#clock.now();
    if (ms > 0) onWait(ms);
  }

  #send(taken: Parcel, { deployment, operation, tokens, kind, turn }: Fit, now: number): void {
    const parcel = this.#cut(taken, this.#operations[operation]);
    parcel.note({ attempts: parcel.history.attempts + 1 });
    const flight: Flight = {
      parcel,
      deployment,
      operation,
      kind,
      turn,
      dialect: deployment.knowledge.dialect(operation),
      era: deployment.depart(tokens, now),
      controller: new AbortController(),
      size: parcel.jobs.length,
      wanted: parcel.jobs.length,
      over: false,
    };
    this.#flights.depart(flight);
    startProbe(flight, this.#clock, now);
    void this.#ask(flight);
  }

  /** Where one request cannot give all the choices of a prompt, asks for some of them, and queues the rest. */
  #cut(parcel: Parcel, { choicesPerRequest }: Operation): Parcel {
    const [job] = parcel.jobs;
    if (job === undefined || (job.parameters.n ?? 1) <= choicesPerRequest) return parcel;
    const [first, ...rest] = cutIntoShares(job, choicesPerRequest, {
      settle: () => this.#calls.settle(job),
      fail: (error) => this.#calls.fail(job, error),
    });
    if (first === undefined) return parcel;
    job.shares = [first, ...rest];
    this.#pulling.put(rest.map((share) => parcel.part([share])));
    return parcel.part([first]);
  }

  async #ask(flight: Flight): Promise<void> {
    const sending = { operations: this.#operations, settings: this.#settings };
    try {
      if (flight.parcel.streams) {
        const stream = await sendForStream(flight, sending, () => this.#admit(flight));
        if (stream !== undefined) this.#open(flight, stream);
      } else {
        const sent = await sendForAnswer(flight, sending);
        if (!flight.over) this.#pulling.hold(() => this.#place(flight, sent));
      }
    } catch (error) {
      // What failed is put back before others come up for what it leaves.
      if (!flight.over) this.#pulling.hold(() => this.#failing.meet(flight, error));
    }
  }

  /** Places the answers of a request. */
  #place(flight: Flight, sent: Sent): void {
    const { deployment, parcel } = flight;
    const outcomes = toOutcomes(sent, flight);
    deployment.hear(sent.report, this.#clock.now());
    deployment.admit(flight.era);
    deployment.succeed(flight.era);
    noteUnderstood(flight);
    this.#flights.arrive(flight);
    for (const [index, job] of parcel.jobs.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined) this.#deliver(job, outcome);
    }
  }

  #deliver(job: Job, outcome: Outcome): void {
    if (job.settled || job.delivery.kind !== "answer") return;
    this.#calls.settle(job);
    job.delivery.deliver(outcome);
  }

  /** Notes that a stream has begun: others need not wait for its text. */
  #admit(flight: Flight): void {
    if (flight.over) return;
    const { deployment, era } = flight;
    deployment.admit(era);
    // What answers an operation that was guessed is seen when it says something.
    if (!deployment.isGuess) noteUnderstood(flight);
    this.#pulling.changed();
  }

  /** Hands a stream over, whose request keeps its slot until the end. */
  #open(flight: Flight, stream: Omit<OpenStream, "close">): void {
    const [job] = flight.parcel.jobs;
    if (job?.delivery.kind !== "stream") return;
    flight.deployment.hear(stream.report, this.#clock.now());
    noteUnderstood(flight);
    job.delivery.deliver({ ...stream, close: (error) => this.#close(flight, job, error) });
  }

  #close(flight: Flight, job: Job, error: unknown): void {
    const { deployment, era } = flight;
    if (!flight.over) {
      if (isOurs(error)) locate(error, deployment.settings);
      const cause = isOurs(error) ? classify(error) : undefined;
      if (error === undefined) deployment.succeed(era);
      else if (isOurs(error) && cause === "trouble") {
        deployment.suffer(cause, error, era, this.#clock.now(), this.#random);
      }
      this.#flights.arriveSoon(flight);
    }
    this.#calls.settle(job);
  }

  /** Fails what waits for nothing but deployments that rest for too long. */
  #giveUp(sources: readonly Source[], first: Deployment, now: number): void {
    const error = tooLongError(first.restCause, first.restUntil - now, this.#settings.maxRetryDelayMs);
    const jobs = sources.flatMap((source) => source.peek(Infinity));
    jobs.forEach((job, place) => this.#calls.fail(job, errorFor(error, place)));
  }

  /** Drops what is left of a call that was settled, and everything with the last one. */
  #forget(job: Job): void {
    for (const share of job.shares ?? []) {
      share.settled = true;
      this.#flights.drop(share);
    }
    this.#flights.drop(job);
    if (this.#calls.size === 0) this.#pulling.clear();
  }

  #describeWait(job: Job, now: number): string {
    const [flight] = [job, ...(job.shares ?? [])].flatMap((one) => this.#flights.of(one) ?? []);
    const { maxConcurrency } = this.#settings;
    return describeWait({
      asked: flight?.deployment,
      resting: this.#deployments.find(({ restUntil }) => restUntil > now),
      failed: job.failure !== undefined,
      full: this.#flights.size >= maxConcurrency ? maxConcurrency : undefined,
    });
  }
}

/** The deployments, the preferred first. */
function toDeployments({ deployments, connections, settings, memory = processMemory }: DispatcherOptions) {
  return deployments
    .map((one, index) => {
      const connection = connections[index];
      if (connection === undefined) throw new RangeError("Each deployment needs a connection.");
      return new Deployment(index, one, connection, memory.of(one), settings.maxRetryDelayMs);
    })
    .sort((a, b) => a.settings.priority - b.settings.priority);
}
