import type { OperationName } from "./deployments.js";
import { matches, type PromptMatch } from "./match.js";
import type { JsonObject } from "./parameters.js";

/** Which requests a fault happens to, and how often. */
export interface FaultSelection {
  /** How many requests it happens to. @default 1, and no end where `probability` is given */
  readonly times?: number | undefined;
  /** How many matching requests go well first. @default 0 */
  readonly after?: number | undefined;
  /** How likely it happens to a matching request, 0 to 1, decided by the emulator's seed. @default 1 */
  readonly probability?: number | undefined;
  /** Only requests with such a prompt. */
  readonly match?: PromptMatch | undefined;
  /** Only requests to this deployment. */
  readonly deployment?: string | undefined;
  /** Only this operation. */
  readonly operation?: OperationName | undefined;
}

/** An answer with a status that is not 200, in Azure's own words for it unless told otherwise. */
export interface StatusFault extends FaultSelection {
  readonly kind?: "status" | undefined;
  /** `429`, `500`, `401` and so on. */
  readonly status: number;
  /** The header `retry-after-ms`. @default not sent */
  readonly retryAfterMs?: number | undefined;
  /** The header `retry-after`: seconds, or a date as it is to be sent. @default not sent */
  readonly retryAfter?: number | string | undefined;
  /** Seconds that the text of a 429 asks to wait. @default the text asks for no wait */
  readonly retryAfterInText?: number | undefined;
  /** The body, instead of Azure's. */
  readonly body?: string | JsonObject | undefined;
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Faults of the connection and of the answer's bytes, by `kind`.
 *
 * - `reset`, `reset-after-headers`, `half-header`: the connection breaks before the answer, after its headers, within one.
 * - `stall`, `stall-stream`: nothing comes any more, until `release()` or `close()`.
 * - `slow-first-token`: headers at once, the text after `delayMs`.
 * - `cut-stream`, `malformed-sse`, `error-frame`: a stream is cut off, breaks or reports an error after `afterChunks` events.
 * - `no-done`: a stream ends without its closing event; `no-usage`: there is no `usage`; `no-content`: 204 and no body.
 * - `malformed-json`, `bad-choices`: an answer that makes no sense.
 * - `html`, `wrong-content-type`, `redirect`: what gateways do.
 * - `split-utf8`, `gzip`, `1xx`: an answer that is right, in a rare form.
 */
export type TransportFault = FaultSelection &
  (
    | {
        readonly kind:
          /** The connection is reset before any answer. */
          | "reset"
          /** The headers come, then the connection is reset. */
          | "reset-after-headers"
          /** The connection ends in the middle of a header. */
          | "half-header"
          /** Nothing comes, ever, until `release()` or `close()`. */
          | "stall"
          /** The JSON ends too early, though the length is right. */
          | "malformed-json"
          /** A stream ends without `[DONE]`, politely. */
          | "no-done"
          /** Bytes come one at a time, so that characters are cut. */
          | "split-utf8"
          /** The answer is compressed, whether the client asked or not. */
          | "gzip"
          /** 204, and no body. */
          | "no-content"
          /** There is no `usage`. */
          | "no-usage"
          /** A 103 comes before the answer. */
          | "1xx";
      }
    | {
        /** What happens to a stream after so many events: it goes silent, is cut off, breaks or reports an error. */
        readonly kind: "stall-stream" | "cut-stream" | "malformed-sse" | "error-frame";
        /** Events that arrive first, the verdict on the prompts included. @default 2 */
        readonly afterChunks?: number | undefined;
      }
    | {
        /** The headers and the verdict on the prompts come at once, the text late. */
        readonly kind: "slow-first-token";
        /** How late, in milliseconds. */
        readonly delayMs: number;
      }
    | {
        /** A gateway's page instead of an answer. */
        readonly kind: "html";
        /** @default 502 */
        readonly status?: number | undefined;
      }
    | {
        /** The right body under a wrong type. */
        readonly kind: "wrong-content-type";
        /** @default "text/plain" */
        readonly contentType?: string | undefined;
      }
    | {
        /** The client is sent elsewhere. */
        readonly kind: "redirect";
        readonly location: string;
        /** @default 307 */
        readonly status?: number | undefined;
      }
    | {
        /** Choices of an answer that is not streamed: one too few, one twice, in the wrong order, or with an index there is not. */
        readonly kind: "bad-choices";
        readonly how: "missing" | "doubled" | "out-of-order" | "out-of-range";
      }
  );

/** Something that goes wrong on request. */
export type Fault = StatusFault | TransportFault;

/** A fault that was asked for. */
export interface ActiveFault {
  /** How many requests it has happened to. */
  readonly hits: number;
  /** Ends it, and lets go what it has stalled. */
  remove(): void;
  /** Lets go what it has stalled: the answers go on as if nothing had been. */
  release(): void;
}

/** What faults are chosen by. */
export interface FaultTarget {
  readonly prompts: readonly string[];
  readonly deployment: string | undefined;
  readonly operation: string | undefined;
}

/** A fault as it happens to one request. */
export interface FaultHit {
  readonly fault: Fault;
  /** Settles when what is stalled may go on. */
  readonly released: Promise<void>;
}

/** The faults of an emulator. */
export class Faults {
  private entries: FaultEntry[] = [];

  constructor(private readonly random: () => number) {}

  add(fault: Fault): ActiveFault {
    const entry = new FaultEntry(fault);
    this.entries.push(entry);
    return {
      get hits() {
        return entry.hits;
      },
      release: () => entry.release(),
      remove: () => {
        this.entries = this.entries.filter((other) => other !== entry);
        entry.release();
      },
    };
  }

  /** The first fault that happens to a request. */
  take(target: FaultTarget): FaultHit | undefined {
    const entry = this.entries.find((candidate) => candidate.happensTo(target, this.random));
    return entry === undefined ? undefined : { fault: entry.fault, released: entry.released };
  }

  reset(): void {
    for (const entry of this.entries) entry.release();
    this.entries = [];
  }
}

class FaultEntry {
  hits = 0;
  readonly released: Promise<void>;
  release: () => void = () => undefined;
  private seen = 0;

  constructor(readonly fault: Fault) {
    this.released = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  happensTo(target: FaultTarget, random: () => number): boolean {
    const { probability, after = 0, match, deployment, operation } = this.fault;
    const times = this.fault.times ?? (probability === undefined ? 1 : Infinity);
    if (this.hits >= times) return false;
    if (deployment !== undefined && deployment !== target.deployment) return false;
    if (operation !== undefined && operation !== target.operation) return false;
    if (match !== undefined && !target.prompts.some((prompt) => matches(match, prompt))) return false;
    this.seen++;
    if (this.seen <= after) return false;
    if (probability !== undefined && random() >= probability) return false;
    this.hits++;
    return true;
  }
}

/** Tells a fault that is a status from the others. */
export function isStatusFault(fault: Fault): fault is StatusFault {
  return fault.kind === undefined || fault.kind === "status";
}

/** What a log calls a fault. */
export function nameFault(fault: Fault): string {
  return isStatusFault(fault) ? `status ${fault.status}` : fault.kind;
}
