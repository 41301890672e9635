import type { Answer, Choice, Chunk, JsonObject, TokenUsage } from "../operations/operation.js";
import type { ServiceReport } from "../report.js";
import type { OperationName, Parameters, RetryEvent } from "../settings/settings.js";
import type { Group } from "./group.js";

/** One prompt that wants an answer. */
export interface Work {
  readonly prompt: string;
  /** Prompts share a request only if they bring the very same (frozen) object. */
  readonly parameters: Parameters;
  /** True: never shares a request with other prompts. */
  readonly alone?: boolean;
  /** Lower goes first; 0 by default. */
  readonly priority?: number;
  /** Ends queueing, waiting and sending. */
  readonly signal?: AbortSignal;
  /** The call's own headers. Prompts share a request only if they bring the very same object. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often it is tried again; what the dispatcher's settings say by default. */
  readonly maxRetries?: number;
  /** The prompts it may share a request with; without one it goes alone, at once. */
  readonly group?: Group;
  /** Told of each retry of this prompt. */
  readonly onRetry?: (event: RetryEvent) => void;
  /** Told how many milliseconds it waits before it can be sent at all, as every deployment rests. */
  readonly onWait?: (ms: number) => void;
}

/** Who answered. */
interface Served {
  readonly report: ServiceReport;
  readonly host: string;
  readonly deploymentName?: string;
  readonly operation: OperationName;
}

/** One prompt's answer. */
export interface Outcome extends Served, Pick<Answer, "id" | "model" | "systemFingerprint"> {
  readonly choices: readonly Choice[];
  /** This prompt's share, marked `estimated` where the service gave only a group's total. */
  readonly usage?: TokenUsage;
  /** Azure's content-filter verdict on this prompt. */
  readonly promptFilterResult?: JsonObject;
  /** How many requests were made for it, the failed ones included. */
  readonly attempts: number;
  /** How many prompts shared the request. */
  readonly groupSize: number;
}

/** A piece of one prompt's streamed answer. */
export interface StreamPiece extends Served {
  readonly chunk: Chunk;
}

/** A stream whose first text has arrived. */
export interface OpenStream extends Served {
  /** What arrived until now, the first text included. */
  readonly early: readonly Chunk[];
  /** What is still to come; absent when the stream is whole already. */
  readonly rest?: AsyncIterator<Chunk>;
  /** Gives the slot back; with the error that ended the stream, if one did. */
  readonly close: (error?: unknown) => void;
}
