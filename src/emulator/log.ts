import type { Authentication } from "./authentication.js";
import type { OperationName } from "./deployments.js";

/** One request that an emulator was sent. */
export interface LoggedRequest {
  /** Its place in the order of arrival, from 0. */
  readonly order: number;
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Which API the path belongs to. */
  readonly api: "dated" | "v1";
  readonly operation: OperationName | "models" | undefined;
  /** The deployment, from the path or from `model` in the body. */
  readonly deployment: string | undefined;
  readonly apiVersion: string | undefined;
  /** The headers as they came, names in lower case; keys and tokens are replaced by `<redacted>`. */
  readonly headers: Readonly<Record<string, string>>;
  /** How it signed in, and whether that holds. */
  readonly authentication: Authentication;
  /** The body, parsed; undefined where it is no JSON. */
  readonly body: unknown;
  /** The prompts: all of a completions request, the last thing the user said of a chat or Responses request. */
  readonly prompts: readonly string[];
  /** True where a stream was asked for. */
  readonly stream: boolean;
  /** The status that was answered; undefined while there is none. */
  readonly status: number | undefined;
  /** The fault that happened to it, if any. */
  readonly fault: string | undefined;
  /** True where the client went away before the answer was whole. */
  readonly aborted: boolean;
  /** When it arrived, in milliseconds after the emulator's start. */
  readonly arrivedAtMs: number;
  /** When its answer was over, in milliseconds after the emulator's start; undefined until then. */
  readonly endedAtMs: number | undefined;
}

/** A log's own view of an entry. */
export type LogEntry = { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] };

const SECRET_HEADER = /^(api-key|authorization|proxy-authorization|cookie|x-api-key|.*subscription-key)$/;

/** Headers without the secrets in them. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET_HEADER.test(name) ? "<redacted>" : value]),
  );
}

/** How many at the same time: now, at most, and altogether. */
export class Gauge {
  now = 0;
  most = 0;
  total = 0;

  enter(): void {
    this.now++;
    this.total++;
    this.most = Math.max(this.most, this.now);
  }

  leave(): void {
    this.now--;
  }

  reset(): void {
    this.most = this.now;
    this.total = this.now;
  }
}

/** What an emulator was asked, in order, and who waits to see it. */
export class RequestLog {
  entries: LogEntry[] = [];
  readonly inFlight = new Gauge();
  /** How many came, kept or not. */
  received = 0;
  private waiters: { isDue: () => boolean; resolve: () => void }[] = [];

  constructor(private readonly keep: number) {}

  add(entry: LogEntry): void {
    this.entries.push(entry);
    if (this.entries.length > this.keep) this.entries.shift();
    this.received++;
    this.inFlight.enter();
    this.wake();
  }

  end(): void {
    this.inFlight.leave();
    this.wake();
  }

  /** Settles once something holds. */
  until(isDue: () => boolean): Promise<void> {
    if (isDue()) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push({ isDue, resolve });
    });
  }

  reset(): void {
    this.entries = [];
    this.received = 0;
    this.inFlight.reset();
  }

  private wake(): void {
    const due = this.waiters.filter((waiter) => waiter.isDue());
    this.waiters = this.waiters.filter((waiter) => !due.includes(waiter));
    for (const waiter of due) waiter.resolve();
  }
}
