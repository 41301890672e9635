import { abortReason } from "../errors.js";
import type { AzureOpenAIError } from "../errors.js";
import { lessonOf, refusedOption } from "../operations/detect.js";
import type {
  Chunk,
  Connection,
  Operation,
  OperationRequest,
  SendOptions,
  Sent,
} from "../operations/operation.js";
import type { DeploymentSettings, OperationName, Settings } from "../settings/settings.js";
import { systemClock } from "./clock.js";
import type { Clock } from "./clock.js";
import { Deployment } from "./deployment.js";
import { isOurs, locate, mostTelling, nameOf, tooLongError, totalTimeoutError } from "./explain.js";
import type { Flight } from "./flight.js";
import { Group } from "./group.js";
import type { GroupOptions } from "./group.js";
import { Job } from "./job.js";
import { Lane, Lanes } from "./lane.js";
import { processMemory } from "./memory.js";
import type { Memory } from "./memory.js";
import { toOutcomes } from "./outcome.js";
import { Parcel } from "./parcel.js";
import type { Source } from "./parcel.js";
import { Placement } from "./placement.js";
import type { Fit } from "./placement.js";
import { classify } from "./policy.js";
import type { Cause } from "./policy.js";
import { Queue } from "./queue.js";
import { errorFor, recover, releaseSampled } from "./recovery.js";
import type { Circumstances } from "./recovery.js";
import { cutIntoShares } from "./shares.js";
import { Signals } from "./signals.js";
import { StreamCall } from "./stream-call.js";
import type { Outcome, StreamPiece, Work } from "./work.js";

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

/** A request is corrected so many times by what it taught. */
const LESSONS_LIMIT = 12;

/** A request that was not refused for so long is understood: the others need not wait for its answer. */
const PROBE_PATIENCE_MS = 10_000;

/** So many prompts that cannot go are looked past for one that can. */
const LOOK_AHEAD = 1024;

/** Decides which prompts go where and when: while a deployment has room, it pulls what comes first. */
export class Dispatcher {
  readonly #deployments: readonly Deployment[];
  readonly #operations: Readonly<Record<OperationName, Operation>>;
  readonly #settings: DispatchSettings;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #placement: Placement;
  readonly #queue = new Queue();
  readonly #lanes = new Lanes();
  /** The request that each prompt which is out is in. */
  readonly #flights = new Map<Job, Flight>();
  readonly #signals = new Signals<Job>((jobs, signal) => this.#abort(jobs, signal));
  /** The calls that a total timeout ends, in the order in which it does. */
  readonly #deadlines = new Set<Job>();
  readonly #wakeUp = (): void => this.#changed();
  #sequence = 0;
  /** How many calls are not settled. */
  #calls = 0;
  #inFlight = 0;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #pulling = false;
  #pullAgain = false;
  /** The deployments that had room for none of those that wait, until a time or a change. */
  #spare: { readonly open: Deployment[]; readonly until: number } | undefined;

  constructor(options: DispatcherOptions) {
    const { deployments, connections, memory = processMemory } = options;
    this.#settings = options.settings;
    this.#operations = options.operations;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#deployments = deployments
      .map((settings, index) => {
        const connection = connections[index];
        if (connection === undefined) throw new RangeError("Each deployment needs a connection.");
        return new Deployment(
          index,
          settings,
          connection,
          memory.of(settings),
          options.settings.maxRetryDelayMs,
        );
      })
      .sort((a, b) => a.settings.priority - b.settings.priority);
    this.#placement = new Placement(options.operations, options.settings, this.#deployments);
  }

  /** Has one prompt answered. */
  submit(work: Work): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#accept(
        new Job(work, work.parameters, this.#sequence++, { kind: "answer", deliver: resolve }, reject),
      );
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
      return () => this.#settle(job);
    });
  }

  /** Opens a group of prompts that may share requests. */
  openGroup(options: GroupOptions = {}): Group {
    return new Group(options, (run) => this.#clock.defer(run), this.#wakeUp);
  }

  // A call begins and ends

  #accept(job: Job): void {
    const { signal, group } = job.work;
    this.#calls++;
    if (signal?.aborted === true) {
      group?.leave();
      this.#giveUp(job, abortReason(signal));
      return;
    }
    if (signal !== undefined) this.#signals.watch(signal, job);
    const { totalTimeoutMs } = this.#settings;
    if (totalTimeoutMs !== undefined) {
      job.deadline = this.#clock.now() + totalTimeoutMs;
      this.#deadlines.add(job);
    }
    this.#enqueue(job);
  }

  #enqueue(job: Job): void {
    const { group } = job.work;
    if (group === undefined || job.streams) {
      group?.leave();
      this.#offer(new Parcel([job]));
      return;
    }
    const lane = this.#lanes.for(group, job);
    lane.push(job);
    group.join();
    if (lane.queued) {
      if (this.#hasRoom()) this.#changed();
      return;
    }
    lane.queued = true;
    this.#offer(lane);
  }

  /** Ends a call with an error. */
  #giveUp(job: Job, error: unknown): void {
    if (job.settled) return;
    this.#settle(job);
    job.reject(error);
  }

  /** Ends the calls of a signal, all of them before another one is sent. */
  #abort(jobs: Iterable<Job>, signal: AbortSignal): void {
    this.#withoutPulling(() => {
      for (const job of jobs) this.#giveUp(job, abortReason(signal));
    });
  }

  /** Nothing more is done for a call. */
  #settle(job: Job): void {
    if (job.settled) return;
    job.settled = true;
    const { signal } = job.work;
    if (signal !== undefined) this.#signals.unwatch(signal, job);
    this.#deadlines.delete(job);
    for (const share of job.shares ?? []) this.#drop(share);
    this.#drop(job);
    this.#calls--;
    if (this.#calls === 0) this.#rest();
  }

  /** Takes a prompt out of its request, and ends the request when nobody else wants it. */
  #drop(job: Job): void {
    job.settled = true;
    const flight = this.#flights.get(job);
    if (flight === undefined) return;
    this.#flights.delete(job);
    flight.wanted--;
    if (flight.wanted > 0 || flight.over) return;
    flight.over = true;
    flight.controller.abort();
    this.#put(releaseSampled(flight.parcel, false));
    // The connection closes in this turn; only then is its slot free.
    this.#clock.defer(() => {
      this.#free(flight);
      this.#changed();
    });
  }

  /** Forgets what is left of settled calls, and the timer with it. */
  #rest(): void {
    for (const source of this.#queue.drain()) if (source instanceof Lane) source.queued = false;
    this.#spare = undefined;
    this.#arm(Infinity);
  }

  // Pulling

  /** Something may go that could not before. */
  #changed(): void {
    this.#spare = undefined;
    this.#pull();
  }

  /** Something new wants to go; what waits already could not, so that it is looked at alone. */
  #offer(source: Source): void {
    const spare = this.#spare;
    const now = this.#clock.now();
    if (this.#pulling || spare === undefined || now >= spare.until) {
      this.#queue.push(source);
      this.#changed();
      return;
    }
    const place = this.#placement.place(source, spare.open, now);
    if (place.kind === "fit") this.#send(source, place.fit, now);
    else this.#queue.push(source);
    if (place.kind !== "wait") {
      this.#changed();
      return;
    }
    this.#spare = { open: spare.open, until: Math.min(spare.until, place.until) };
    this.#waitForProbes();
    this.#arm(Math.min(this.#spare.until, this.#nextDeadline()));
  }

  /** Tells whether a deployment may have room that nobody wanted so far. */
  #hasRoom(): boolean {
    if (this.#inFlight >= this.#settings.maxConcurrency) return false;
    return this.#spare === undefined || this.#spare.open.length > 0 || this.#clock.now() >= this.#spare.until;
  }

  #pull(): void {
    this.#pullAgain = true;
    if (this.#pulling) return;
    this.#pulling = true;
    try {
      while (this.#pullAgain) {
        this.#pullAgain = false;
        this.#pullOnce();
      }
    } finally {
      this.#pulling = false;
    }
  }

  /** Does several things before anything is sent. */
  #withoutPulling(run: () => void): void {
    const pulling = this.#pulling;
    this.#pulling = true;
    try {
      run();
    } finally {
      this.#pulling = pulling;
    }
    this.#changed();
  }

  #pullOnce(): void {
    const now = this.#clock.now();
    if (this.#calls === 0) return;
    if (this.#inFlight >= this.#settings.maxConcurrency) {
      this.#arm(this.#nextDeadline());
      return;
    }
    if (this.#failWhatWaitsTooLong(now)) return;
    this.#queue.release(now);
    const { open, until } = this.#openDeployments(now);
    let wake = until;
    const passed: Source[] = [];
    while (open.length > 0 && this.#inFlight < this.#settings.maxConcurrency && passed.length < LOOK_AHEAD) {
      const source = this.#queue.pop();
      if (source === undefined) break;
      if (this.#isEmpty(source)) continue;
      const place = this.#placement.place(source, open, now);
      if (place.kind === "wait") {
        wake = Math.min(wake, place.until);
        passed.push(source);
        continue;
      }
      if (place.kind === "refused") {
        this.#refuse(source, place.deployment, place.error, now);
        continue;
      }
      const { deployment } = place.fit;
      this.#send(source, place.fit, now);
      const roomAt = deployment.roomAt(now);
      if (roomAt > now) {
        wake = Math.min(wake, roomAt);
        open.splice(open.indexOf(deployment), 1);
      }
    }
    for (const source of passed) this.#queue.push(source);
    const next = Math.min(wake, this.#queue.nextRelease);
    if (this.#inFlight < this.#settings.maxConcurrency) this.#spare = { open, until: next };
    if (this.#queue.size > 0) this.#waitForProbes();
    this.#arm(Math.min(this.#queue.size > 0 ? next : Infinity, this.#nextDeadline()));
  }

  #openDeployments(now: number): { readonly open: Deployment[]; readonly until: number } {
    const open: Deployment[] = [];
    let until = Infinity;
    for (const deployment of this.#deployments) {
      const at = deployment.roomAt(now);
      if (at <= now) open.push(deployment);
      else until = Math.min(until, at);
    }
    return { open, until };
  }

  /** Looks again when a probe is over, which may be another dispatcher's. */
  #waitForProbes(): void {
    for (const { knowledge } of this.#deployments) {
      if (knowledge.probing) knowledge.whenFree(this.#wakeUp);
    }
  }

  /** Tells whether nobody wants what is left in a source. */
  #isEmpty(source: Source): boolean {
    if (source.peek(1).length > 0) return false;
    if (source instanceof Lane) source.queued = false;
    if (source instanceof Parcel) this.#put(releaseSampled(source, false));
    return true;
  }

  /** Puts back what was not taken of a source. */
  #putBack(source: Source, taken: Parcel | undefined): void {
    if (source === taken) return;
    if (source.size > 0) this.#queue.push(source);
    else if (source instanceof Lane) source.queued = false;
  }

  /** Puts prompts into the queue, for as long as none of their deployments may have them. */
  #put(parcels: readonly Parcel[]): void {
    const now = this.#clock.now();
    for (const parcel of parcels) {
      const at = Math.min(...this.#deployments.map(({ index }) => parcel.allowedAt(index)));
      if (at > now) this.#queue.delay(parcel, at);
      else this.#queue.push(parcel);
    }
  }

  // Sending

  #send(source: Source, { deployment, operation, count, tokens, kind }: Fit, now: number): void {
    const taken = source.take(count);
    this.#putBack(source, taken);
    if (taken === undefined) return;
    const parcel = this.#cut(taken, this.#operations[operation]);
    const { attempts } = parcel.history;
    parcel.note({ attempts: attempts + 1 });
    const flight: Flight = {
      parcel,
      deployment,
      operation,
      kind,
      dialect: deployment.knowledge.dialect(operation),
      era: deployment.depart(tokens, now),
      controller: new AbortController(),
      size: parcel.jobs.length,
      wanted: parcel.jobs.length,
      over: false,
    };
    for (const job of parcel.jobs) this.#flights.set(job, flight);
    this.#inFlight++;
    parcel.group?.depart(flight.size);
    if (deployment.isGuess || !deployment.knowledge.isProven(kind)) this.#startProbe(flight, now);
    void this.#ask(flight);
  }

  /** Where one request cannot give all the choices of a prompt, asks for some of them, and queues the rest. */
  #cut(parcel: Parcel, { choicesPerRequest }: Operation): Parcel {
    const [job] = parcel.jobs;
    if (job === undefined || job.streams || (job.parameters.n ?? 1) <= choicesPerRequest) return parcel;
    const { delivery } = job;
    const done = (outcome: Outcome): void => {
      if (job.settled) return;
      this.#settle(job);
      if (delivery.kind === "answer") delivery.deliver(outcome);
    };
    const [first, ...rest] = cutIntoShares(job, choicesPerRequest, done, (error) => this.#giveUp(job, error));
    if (first === undefined) return parcel;
    job.shares = [first, ...rest];
    this.#put(rest.map((share) => parcel.part([share])));
    return parcel.part([first]);
  }

  async #ask(flight: Flight): Promise<void> {
    try {
      if (flight.parcel.streams) await this.#askForStream(flight);
      else await this.#askForAnswer(flight);
    } catch (error) {
      if (flight.over) return;
      // What failed is put back before others come up for what it leaves.
      let recovered: Promise<void> | undefined;
      this.#withoutPulling(() => {
        recovered = this.#fail(flight, error);
      });
      await recovered;
    }
  }

  #toRequest({ parcel, dialect }: Flight): OperationRequest {
    return {
      prompts: parcel.jobs.map((job) => job.work.prompt),
      parameters: parcel.parameters,
      dialect,
      stream: parcel.streams,
      streamUsage: parcel.streams && this.#settings.streamUsage && dialect.streamUsage,
    };
  }

  #toOptions({ parcel, controller }: Flight): SendOptions {
    const { timeoutMs, idleTimeoutMs } = this.#settings;
    const headers = parcel.jobs[0]?.work.headers;
    return {
      signal: controller.signal,
      timeoutMs,
      ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
      ...(headers === undefined ? {} : { headers }),
    };
  }

  async #askForAnswer(flight: Flight): Promise<void> {
    const { deployment, operation } = flight;
    const sent = await deployment.connection.send(
      this.#operations[operation],
      this.#toRequest(flight),
      this.#toOptions(flight),
    );
    if (!flight.over) this.#withoutPulling(() => this.#answer(flight, sent));
  }

  #answer(flight: Flight, sent: Sent): void {
    const { deployment, parcel } = flight;
    const outcomes = toOutcomes(sent, flight);
    deployment.hear(sent.report, this.#clock.now());
    deployment.succeed(flight.era);
    this.#understood(flight);
    this.#end(flight);
    for (const [index, job] of parcel.jobs.entries()) {
      const outcome = outcomes[index];
      if (job.settled || outcome === undefined || job.delivery.kind !== "answer") continue;
      if (job.isShare) job.settled = true;
      else this.#settle(job);
      job.delivery.deliver(outcome);
    }
    this.#put(releaseSampled(parcel, true));
  }

  async #askForStream(flight: Flight): Promise<void> {
    const { deployment, operation, parcel } = flight;
    const sent = await deployment.connection.stream(
      this.#operations[operation],
      this.#toRequest(flight),
      this.#toOptions(flight),
    );
    const chunks = sent.chunks[Symbol.asyncIterator]();
    const early: Chunk[] = [];
    let whole = false;
    // Until there is text, another deployment can still take over.
    while (!flight.over && !whole && (early.at(-1)?.text ?? "") === "") {
      const next = await chunks.next();
      if (next.done === true) whole = true;
      else early.push(next.value);
    }
    if (flight.over) {
      await chunks.return?.();
      return;
    }
    deployment.hear(sent.report, this.#clock.now());
    this.#understood(flight);
    const [job] = parcel.jobs;
    if (job?.delivery.kind !== "stream") return;
    const { deploymentName } = deployment.settings;
    job.delivery.deliver({
      report: sent.report,
      operation,
      ...(deploymentName === undefined ? {} : { deploymentName }),
      early,
      ...(whole ? {} : { rest: chunks }),
      close: (error) => this.#closeStream(flight, job, error),
    });
  }

  #closeStream(flight: Flight, job: Job, error: unknown): void {
    const { deployment } = flight;
    if (!flight.over) {
      if (isOurs(error)) {
        if (classify(error) === "trouble") this.#blame(flight, error, "trouble", this.#clock.now());
      } else if (error === undefined) {
        deployment.succeed(flight.era);
      }
      this.#end(flight);
    }
    this.#settle(job);
    this.#changed();
  }

  /** Ends a request that came back. */
  #end(flight: Flight): void {
    if (flight.over) return;
    flight.over = true;
    this.#free(flight);
  }

  /** Gives back what a request held. */
  #free(flight: Flight): void {
    this.#inFlight--;
    flight.deployment.arrive(flight.era);
    const { group, jobs } = flight.parcel;
    group?.arrive(flight.size);
    for (const job of jobs) this.#flights.delete(job);
    flight.endProbe?.();
  }

  // Learning

  #startProbe(flight: Flight, now: number): void {
    const endProbe = flight.deployment.knowledge.startProbe();
    const cancel = this.#clock.schedule(now + PROBE_PATIENCE_MS, () => this.#understood(flight));
    flight.endProbe = () => {
      cancel();
      endProbe();
    };
  }

  /** A request was understood: its operation, and how it was spoken. */
  #understood({ deployment, operation, kind, endProbe }: Flight): void {
    const { knowledge } = deployment;
    if (deployment.isGuess) {
      knowledge.operation = operation;
      knowledge.refusals.clear();
    }
    knowledge.prove(kind);
    endProbe?.();
  }

  /** Learns from a refusal, if it teaches anything. */
  #learn(flight: Flight, error: AzureOpenAIError): "learnt" | "exhausted" | undefined {
    const { parcel, deployment, operation, dialect } = flight;
    const { knowledge, settings } = deployment;
    if (parcel.history.lessons >= LESSONS_LIMIT) return undefined;
    const lesson = lessonOf(error, operation, parcel.parameters, dialect);
    switch (lesson?.kind) {
      case undefined:
        return undefined;
      case "dialect":
        // Another request may have brought the same lesson, or the next.
        if (knowledge.dialect(operation) === dialect) knowledge.learnDialect(operation, lesson.dialect);
        return "learnt";
      case "operation":
        if (settings.operation !== "auto") return undefined;
        return deployment.refuseOperation(operation, error) ? "learnt" : "exhausted";
    }
  }

  // Failing

  async #fail(flight: Flight, thrown: unknown): Promise<void> {
    const { parcel, deployment } = flight;
    const now = this.#clock.now();
    if (!isOurs(thrown)) {
      this.#end(flight);
      for (const job of parcel.jobs) this.#reject(job, thrown);
      this.#put(releaseSampled(parcel, false));
      this.#changed();
      return;
    }
    locate(thrown, deployment.settings);
    deployment.hear(thrown.report, now);
    const learnt = this.#learn(flight, thrown);
    if (learnt === "learnt") {
      parcel.note({ lessons: parcel.history.lessons + 1 });
      this.#withoutPulling(() => {
        this.#end(flight);
        this.#put([parcel]);
      });
      return;
    }
    if (learnt === "exhausted") {
      const error = deployment.condemn(this.#sequence, mostTelling, thrown);
      this.#end(flight);
      await this.#recover(parcel, deployment, error, "unsupported", now);
      return;
    }
    const option = refusedOption(thrown, flight.operation, parcel.parameters);
    const error = option ?? thrown;
    const cause = classify(error);
    if (option !== undefined || cause === "prompt" || cause === "request" || cause === "caller") {
      if (thrown.status !== undefined) this.#understood(flight);
    }
    this.#blame(flight, error, cause, now);
    this.#end(flight);
    await this.#recover(parcel, deployment, error, cause, now);
  }

  /** Tells the deployment what it did. */
  #blame({ deployment, era }: Flight, error: AzureOpenAIError, cause: Cause, now: number): void {
    switch (cause) {
      case "limit":
        deployment.refuse(error, era, now, this.#random);
        break;
      case "trouble":
      case "silence":
      case "nonsense":
        deployment.fail(error, era, now, this.#random);
        break;
      case "access":
        deployment.misplace(now);
        break;
      case "unsupported":
      case "prompt":
      case "request":
      case "caller":
        break;
    }
  }

  async #recover(
    parcel: Parcel,
    deployment: Deployment,
    error: AzureOpenAIError,
    cause: Cause,
    now: number,
  ): Promise<void> {
    const plan = recover(parcel, deployment, error, cause, this.#circumstances(parcel, now));
    const splits = plan.parcels.length > 0 && plan.delayMs === undefined && plan.failed.length === 0;
    if (!splits) {
      for (const job of parcel.jobs) job.failure = error;
      // The slot is free; others need not wait for what the caller does in here.
      const stop = this.#tellFailure(error);
      if (stop instanceof Promise) this.#changed();
      const stopped = stop instanceof Promise ? await stop : stop;
      if (stopped !== undefined) {
        for (const job of [...plan.failed, ...parcel.jobs]) this.#reject(job, stopped.error);
        this.#put(plan.parcels.filter((one) => one !== parcel));
        this.#put(releaseSampled(parcel, false));
        this.#changed();
        return;
      }
      if (plan.delayMs !== undefined) this.#tellRetry(parcel, deployment, error, plan.delayMs);
    }
    plan.failed.forEach((job, place) => this.#reject(job, errorFor(plan.error, place)));
    this.#put(plan.parcels);
    this.#changed();
  }

  #circumstances({ jobs }: Parcel, now: number): Circumstances {
    const { maxRetryDelayMs } = this.#settings;
    const maxRetries = jobs[0]?.work.maxRetries ?? this.#settings.maxRetries;
    return { deployments: this.#deployments, maxRetries, maxRetryDelayMs, random: this.#random, now };
  }

  /** LangChain's `onFailedAttempt`: what it throws ends the retries. */
  #tellFailure(error: AzureOpenAIError): StopOrGo | Promise<StopOrGo> {
    try {
      const told = this.#settings.onFailedAttempt?.(error);
      if (!(told instanceof Promise)) return undefined;
      return told.then(
        () => undefined,
        (reason: unknown) => ({ error: reason }),
      );
    } catch (reason) {
      return { error: reason };
    }
  }

  #tellRetry(parcel: Parcel, { settings }: Deployment, error: AzureOpenAIError, delayMs: number): void {
    const { deploymentName } = settings;
    const event = {
      error,
      attempt: parcel.history.failures,
      delayMs,
      ...(deploymentName === undefined ? {} : { deploymentName }),
    };
    // A listener that throws must not cost a prompt its answer.
    try {
      this.#settings.onRetry?.(event);
      for (const job of parcel.jobs) if (!job.settled) job.work.onRetry?.(event);
    } catch (thrown) {
      this.#clock.defer(() => {
        throw thrown;
      });
    }
  }

  #reject(job: Job, error: unknown): void {
    if (!job.isShare) this.#giveUp(job, error);
    else if (!job.settled) {
      job.settled = true;
      job.reject(error);
    }
  }

  /** Fails what waits for a deployment that refused every operation while it waited. */
  #refuse(source: Source, deployment: Deployment, error: AzureOpenAIError, now: number): void {
    const parcel = source.take(source.size);
    this.#putBack(source, parcel);
    if (parcel === undefined) return;
    void this.#recover(parcel, deployment, error, "unsupported", now);
  }

  /** When every deployment asks to wait longer than the caller allows, nobody waits. */
  #failWhatWaitsTooLong(now: number): boolean {
    const { maxRetryDelayMs } = this.#settings;
    const first = this.#deployments.reduce((a, b) => (b.restUntil < a.restUntil ? b : a));
    if (first.restUntil - now <= maxRetryDelayMs || this.#queue.size === 0) return false;
    const error = tooLongError(first.restCause, first.restUntil - now, maxRetryDelayMs);
    let place = 0;
    for (const source of this.#queue.drain()) {
      if (source instanceof Lane) source.queued = false;
      if (source instanceof Parcel) this.#put(releaseSampled(source, false));
      for (const job of source.peek(Infinity)) this.#reject(job, errorFor(error, place++));
    }
    return true;
  }

  // Time

  #nextDeadline(): number {
    const next = this.#deadlines.values().next();
    return next.done === true ? Infinity : (next.value.deadline ?? Infinity);
  }

  #arm(at: number): void {
    if (this.#timer?.at === at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (at === Infinity) return;
    const cancel = this.#clock.schedule(at, () => {
      this.#timer = undefined;
      this.#withoutPulling(() => this.#endOverdue());
    });
    this.#timer = { at, cancel };
  }

  #endOverdue(): void {
    const now = this.#clock.now();
    const { totalTimeoutMs } = this.#settings;
    for (const job of this.#deadlines) {
      if (totalTimeoutMs === undefined || (job.deadline ?? Infinity) > now) break;
      this.#giveUp(job, totalTimeoutError(totalTimeoutMs, this.#whatItWaitsFor(job, now), job.failure));
    }
  }

  #whatItWaitsFor(job: Job, now: number): string {
    const [flight] = [job, ...(job.shares ?? [])].flatMap((one) => this.#flights.get(one) ?? []);
    if (flight !== undefined) return `the answer of ${nameOf(flight.deployment.settings)}`;
    const resting = this.#deployments.find(({ restUntil }) => restUntil > now);
    if (resting !== undefined) return `${nameOf(resting.settings)} to be ready again`;
    if (job.failure !== undefined) return "another attempt";
    const { maxConcurrency } = this.#settings;
    if (this.#inFlight >= maxConcurrency)
      return `one of ${maxConcurrency} requests (\`maxConcurrency\`) to end`;
    return "its turn under the deployment's limits";
  }
}

type StopOrGo = { readonly error: unknown } | undefined;
