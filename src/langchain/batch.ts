import { systemClock } from "../dispatch/clock.js";
import type { Group } from "../dispatch/group.js";
import type { Work } from "../dispatch/work.js";
import { callListener } from "../dispatch/listener.js";
import { abortReason, AzureOpenAIError } from "../errors.js";
import type { BatchProgress } from "../settings/options.js";
import type { Parameters, RetryEvent } from "../settings/settings.js";

/** Where a call finds the batch it belongs to; a symbol, so that it is in nobody's way. */
export const PLACE: unique symbol = Symbol("langchain-azure-openai.place");

/** A call option of the calls of one batch. */
export interface PlaceOption {
  [PLACE]?: Place;
}

/** One call's place in a batch: used once, by joining the group or by leaving it. */
class Place {
  readonly #shared: SharedRequests;
  #open = true;

  constructor(shared: SharedRequests) {
    this.#shared = shared;
  }

  /** The requests to join; nothing when the place is used up. */
  take(): SharedRequests | undefined {
    if (!this.#open) return undefined;
    this.#open = false;
    return this.#shared;
  }

  /** Says that the call will not join: it was answered from a cache, or failed before. */
  leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#shared.leave();
  }
}

type Headers = Readonly<Record<string, string>>;

/** What the calls that share requests have in common. */
export class SharedRequests {
  readonly #group: Group;
  readonly #listeners: Pick<Work, "onRetry" | "onWait">;
  readonly #known = new Map<string, unknown>();
  readonly #signals = new WeakMap<AbortSignal, AbortSignal>();
  readonly #end = new AbortController();

  constructor(group: Group, listeners: Pick<Work, "onRetry" | "onWait"> = {}) {
    this.#group = group;
    this.#listeners = listeners;
  }

  /** The work as one of those that share requests. */
  join(work: Work): Work {
    const { parameters, headers, signal } = work;
    return Object.freeze({
      // So that nobody's `Object.prototype.headers` are taken for the call's.
      __proto__: null,
      ...work,
      group: this.#group,
      signal: this.#join(signal),
      parameters: this.#intern(parameters),
      ...(headers !== undefined && { headers: this.#intern(headers) }),
      ...this.#listeners,
    });
  }

  /** Says that one of those expected will not join. */
  leave(): void {
    this.#group.leave();
  }

  /** Ends what has not been answered. */
  end(): void {
    this.#end.abort();
  }

  /** The same object for equal ones: prompts share a request only with the same parameters and headers. */
  #intern<Value extends Parameters | Headers>(value: Value): Value {
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known as Value; // equal in each field, so of the same type
    this.#known.set(key, value);
    return value;
  }

  /** A signal that ends with the caller's and with the whole. */
  #join(signal: AbortSignal | undefined): AbortSignal {
    if (signal === undefined) return this.#end.signal;
    const known = this.#signals.get(signal) ?? AbortSignal.any([signal, this.#end.signal]);
    this.#signals.set(signal, known);
    return known;
  }
}

/** A batch to run. */
export interface Batch<Config> {
  readonly size: number;
  /** How many inputs are on their way to a request at a time, beside those in one. */
  readonly ahead: number;
  readonly returnExceptions: boolean;
  readonly onProgress?: ((progress: BatchProgress) => void) | undefined;
  openGroup(): Group;
  configOf(index: number): Config;
  invoke(index: number, config: Config & PlaceOption): Promise<string>;
}

/** Tells of progress once a turn of the event loop at most, and at the end. */
class ProgressReport {
  #progress: BatchProgress;
  #due = false;
  #lastRetry: RetryEvent | undefined;
  readonly #tell: ((progress: BatchProgress) => void) | undefined;

  constructor(total: number, tell: ((progress: BatchProgress) => void) | undefined) {
    this.#progress = { done: 0, failed: 0, total, retries: 0, waitingMs: 0 };
    this.#tell = tell;
  }

  /** Told by each prompt of a request, of the same event. */
  readonly retried = (event: RetryEvent): void => {
    if (event === this.#lastRetry) return;
    this.#lastRetry = event;
    this.#change({ retries: this.#progress.retries + 1, waitingMs: event.delayMs });
  };

  readonly waits = (waitingMs: number): void => this.#change({ waitingMs });

  answered(): void {
    this.#change({ done: this.#progress.done + 1, waitingMs: 0 });
  }

  failed(): void {
    const { done, failed, total } = this.#progress;
    const over = done + failed + 1 === total;
    this.#change({ failed: failed + 1, ...(over && { waitingMs: 0 }) });
  }

  /** Tells now what has not been told. */
  flush(): void {
    if (!this.#due) return;
    this.#due = false;
    callListener("onProgress", () => this.#tell?.(this.#progress));
  }

  #change(change: Partial<BatchProgress>): void {
    if (this.#tell === undefined) return;
    this.#progress = { ...this.#progress, ...change };
    if (this.#due) return;
    this.#due = true;
    systemClock.defer(() => {
      this.flush();
    });
  }
}

/** Names the prompt that an error is about, where the error is about one. */
export function namePrompt(error: unknown, index: number): void {
  if (AzureOpenAIError.isInstance(error) && isAboutPrompt(error)) error.promptIndex = index;
}

/** By shape and not by class alone: an abort's reason may be of another realm (a `vm` context, a test runner). */
function isError(value: unknown): value is Error {
  if (value instanceof Error) return true;
  return typeof value === "object" && value !== null && "name" in value && "message" in value;
}

function isAboutPrompt({ code }: AzureOpenAIError): boolean {
  return code === "content_filter" || code === "context_length";
}

/**
 * Runs a batch: each input is a call of its own, with its own run, and calls share requests.
 *
 * Inputs begin as requests go out, so that what is held grows with those and not with the batch.
 * The first failure ends the batch, and what has not been answered with it, unless failures are
 * returned.
 */
export async function runBatch<Config extends { readonly signal?: AbortSignal | undefined }>(
  batch: Batch<Config>,
): Promise<(string | Error)[]> {
  const { size, ahead, returnExceptions } = batch;
  const progress = new ProgressReport(size, batch.onProgress);
  const group = batch.openGroup();
  const shared = new SharedRequests(group, { onRetry: progress.retried, onWait: progress.waits });
  const results: (string | Error)[] = new Array<string | Error>(size);
  let begun = 0;
  let ended = 0;

  /** Ends an input that had not begun when its signal was aborted: the rest of a large batch ends at once. */
  function endUnbegun(index: number): boolean {
    if (!returnExceptions) return false;
    const { signal } = batch.configOf(index);
    if (signal?.aborted !== true) return false;
    results[index] = abortReason(signal);
    progress.failed();
    group.leave();
    return true;
  }

  async function runOne(index: number): Promise<void> {
    const place = new Place(shared);
    try {
      results[index] = await batch.invoke(index, { ...batch.configOf(index), [PLACE]: place });
      progress.answered();
    } catch (error) {
      namePrompt(error, index);
      progress.failed();
      if (!returnExceptions) throw error;
      results[index] = isError(error) ? error : new Error(String(error), { cause: error });
    } finally {
      place.leave();
    }
  }

  try {
    await new Promise<void>((resolve, reject) => {
      let due = false;
      // In the next turn: answers that are there by then make room first.
      const beginSoon = (): void => {
        if (due || begun === size) return;
        due = true;
        systemClock.defer(() => {
          due = false;
          beginMore();
        });
      };
      const endOne = (): void => {
        ended++;
        if (ended === size) resolve();
        else beginSoon();
      };
      const beginMore = (): void => {
        while (begun < size && begun - ended - group.promptsInFlight < ahead) {
          const index = begun++;
          if (endUnbegun(index)) ended++;
          else runOne(index).then(endOne, reject);
        }
        if (ended === size) resolve();
      };
      group.onDepart = beginSoon;
      beginMore();
    });
  } catch (error) {
    begun = size;
    shared.end();
    throw error;
  } finally {
    progress.flush();
  }
  return results;
}
