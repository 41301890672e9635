import type { AzureOpenAIError } from "../errors.js";
import { candidates } from "../operations/detect.js";
import type { Connection } from "../operations/operation.js";
import type { ServiceReport } from "../report.js";
import type { DeploymentSettings, OperationName } from "../settings/settings.js";
import type { Knowledge } from "./memory.js";
import { backoff, limitBackoff } from "./policy.js";
import type { Cause } from "./policy.js";
import { Quota } from "./quota.js";

/** So many failures in a row, and the deployment rests. */
const TROUBLE_LIMIT = 3;

/** A request that was not refused for so long after a rest got through: others need not wait for its answer. */
const REFUSAL_PATIENCE_MS = 2000;

/** How long a deployment that nobody can use is passed over. */
const MISPLACED_MS = 60_000;

/** One deployment: what is known of it, its quota, its rest, and the room it has now. */
export class Deployment {
  readonly index: number;
  readonly settings: DeploymentSettings;
  readonly connection: Connection;
  readonly knowledge: Knowledge;
  readonly quota: Quota;
  /** How far it is behind its share of the traffic. */
  credit = 0;
  readonly #longestWaitMs: number;
  /** Until when nothing is sent to it. */
  restUntil = -Infinity;
  /** Why it rests. */
  restCause: AzureOpenAIError | undefined;
  /** Until when it is used only where nothing else is left. */
  #misplacedUntil = -Infinity;
  /** How many requests may be out at a time. */
  #window = Infinity;
  /** How many after the first that gets through after a rest. */
  #nextWindow = Infinity;
  /** Until when those that are out are waited for while there are as many as the window has. */
  #patientUntil = Infinity;
  /** Counts its rests: a request of an earlier era says nothing about what came after it. */
  #era = 0;
  /** How many requests of this era are out. */
  #inFlight = 0;
  #verdict: { readonly sequence: number; readonly error: AzureOpenAIError } | undefined;
  #troubles = 0;
  #rests = 0;
  #refusals = 0;

  /** @param longestWaitMs - the longest that it rests without having been asked to. */
  constructor(
    index: number,
    settings: DeploymentSettings,
    connection: Connection,
    knowledge: Knowledge,
    longestWaitMs: number,
  ) {
    this.index = index;
    this.settings = settings;
    this.connection = connection;
    this.knowledge = knowledge;
    this.quota = new Quota(settings);
    this.#longestWaitMs = longestWaitMs;
  }

  /** The operation to ask it for: what was said, else what was learnt, else the next guess. */
  get operation(): OperationName {
    const { settings, knowledge } = this;
    if (settings.operation !== "auto") return settings.operation;
    return knowledge.operation ?? this.#nextGuess() ?? "chat";
  }

  /** True while nobody knows which operation it answers. */
  get isGuess(): boolean {
    return this.settings.operation === "auto" && this.knowledge.operation === undefined;
  }

  #nextGuess(): OperationName | undefined {
    return candidates(this.settings).find((name) => !this.knowledge.refusals.has(name));
  }

  /** Notes that it does not answer an operation. Returns false when there is none left to ask for. */
  refuseOperation(operation: OperationName, error: AzureOpenAIError): boolean {
    const { knowledge } = this;
    if (knowledge.operation === operation) knowledge.unlearnOperation();
    if (knowledge.operation !== undefined) return true;
    knowledge.refusals.set(operation, error);
    return this.#nextGuess() !== undefined;
  }

  /** Notes that it answers no operation at all, for those who waited to see. */
  condemn(
    sequence: number,
    choose: (errors: readonly AzureOpenAIError[]) => AzureOpenAIError | undefined,
    last: AzureOpenAIError,
  ): AzureOpenAIError {
    const { refusals } = this.knowledge;
    const error = choose([...refusals.values()]) ?? last;
    refusals.clear();
    this.#verdict = { sequence, error };
    return error;
  }

  /** Why it has nothing for who came before it was found to answer nothing. */
  verdictOn(sequence: number): AzureOpenAIError | undefined {
    return this.isGuess && this.#verdict !== undefined && sequence < this.#verdict.sequence
      ? this.#verdict.error
      : undefined;
  }

  /** When it may be sent a request, whatever its tokens; `Infinity`: not before one comes back. */
  roomAt(now: number): number {
    const windowAt = this.#inFlight < this.#window ? now : this.#patientUntil;
    return Math.max(now, windowAt, this.restUntil, this.quota.requestAt());
  }

  /** True while it asks to be left alone for longer than callers wait. */
  restsTooLong(now: number): boolean {
    // In whole milliseconds, as differences of times are not exact.
    return Math.floor(this.restUntil - now) > this.#longestWaitMs;
  }

  /** True while another request finds out whether it understands one of that kind. */
  awaitsProbe(kind: string): boolean {
    const { knowledge } = this;
    return knowledge.probing && (this.isGuess || !knowledge.isProven(kind));
  }

  isMisplaced(now: number): boolean {
    return now < this.#misplacedUntil;
  }

  /** Counts a request that goes out. Returns the era it belongs to. */
  depart(tokens: number, now: number): number {
    if (this.#inFlight >= this.#window) this.#widen();
    this.#inFlight++;
    this.#patientUntil = now + REFUSAL_PATIENCE_MS;
    this.quota.take(tokens, now);
    return this.#era;
  }

  /** Counts a request that came back, or was given up. */
  arrive(era: number): void {
    if (era === this.#era) this.#inFlight--;
  }

  /** Reads what the headers say, of answers good and bad. */
  hear(report: ServiceReport | undefined, now: number): void {
    if (report?.rateLimit !== undefined) this.quota.correct(report.rateLimit, now);
  }

  /** Notes that a request got through, whatever comes of it. */
  admit(era: number): void {
    if (era !== this.#era) return;
    this.#refusals = 0;
    this.#widen();
  }

  /** Notes that a request that got through was answered to its end. */
  succeed(era: number): void {
    this.#misplacedUntil = -Infinity;
    if (era !== this.#era) return;
    this.#troubles = 0;
    this.#rests = 0;
    this.restCause = undefined;
  }

  #widen(): void {
    this.#window = Math.max(this.#window + 1, this.#nextWindow);
    this.#nextWindow = 0;
  }

  /** Notes a failure of a request, by what it was about. */
  suffer(cause: Cause, error: AzureOpenAIError, era: number, now: number, random: () => number): void {
    switch (cause) {
      case "limit":
        this.#refuse(error, era, now, random);
        break;
      case "trouble":
      case "silence":
      case "nonsense":
        this.#fail(error, era, now, random);
        break;
      case "access":
        this.#misplacedUntil = now + MISPLACED_MS;
        break;
      case "unsupported":
      case "prompt":
      case "request":
      case "caller":
        this.admit(era);
        break;
    }
  }

  /** A refusal for its limits: everybody waits. */
  #refuse(error: AzureOpenAIError, era: number, now: number, random: () => number): void {
    this.quota.refuse(now);
    const first = era === this.#era;
    if (first) this.#refusals++;
    const backoffMs = limitBackoff(Math.max(1, this.#refusals), random);
    this.#rest(now + (error.retryAfterMs ?? Math.min(this.#longestWaitMs, backoffMs)), error, first);
  }

  /** A failure of the service or the way to it: it rests when that goes on. */
  #fail(error: AzureOpenAIError, era: number, now: number, random: () => number): void {
    const first = era === this.#era;
    if (error.retryAfterMs !== undefined) {
      this.#rest(now + error.retryAfterMs, error, first);
      return;
    }
    if (!first) return;
    this.#troubles++;
    if (this.#troubles < TROUBLE_LIMIT) return;
    this.#rests++;
    this.#rest(now + Math.min(this.#longestWaitMs, backoff(this.#rests, random)), error, true);
  }

  #rest(until: number, error: AzureOpenAIError, first: boolean): void {
    if (until > this.restUntil) {
      this.restUntil = until;
      this.restCause = error;
    }
    if (!first) return;
    // After the rest one goes ahead; when it is well, half of what was out follows.
    this.#nextWindow = Math.max(1, Math.ceil(this.#inFlight / 2));
    this.#window = 1;
    this.#era++;
    this.#inFlight = 0;
  }
}
