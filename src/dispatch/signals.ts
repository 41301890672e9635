/** What a signal sets off, and the one listener that does. */
interface Watched {
  readonly runs: Set<() => void>;
  readonly listener: () => void;
}

/** One listener a signal in the whole process: Node takes more than ten for a leak and warns. */
const watchedSignals = new WeakMap<AbortSignal, Watched>();

/** Runs something when a signal is aborted. */
function watchSignal(signal: AbortSignal, run: () => void): void {
  const watched = watchedSignals.get(signal);
  if (watched !== undefined) {
    watched.runs.add(run);
    return;
  }
  const runs = new Set([run]);
  const listener = (): void => {
    watchedSignals.delete(signal);
    for (const each of runs) each();
  };
  watchedSignals.set(signal, { runs, listener });
  signal.addEventListener("abort", listener, { once: true });
}

/** Calls off what {@link watchSignal} was told. */
function unwatchSignal(signal: AbortSignal, run: () => void): void {
  const watched = watchedSignals.get(signal);
  if (watched === undefined) return;
  watched.runs.delete(run);
  if (watched.runs.size > 0) return;
  watchedSignals.delete(signal);
  signal.removeEventListener("abort", watched.listener);
}

/** Watches abort signals with one listener each, however many wait for the same one. */
export class Signals<T> {
  readonly #onAbort: (waiting: Iterable<T>, signal: AbortSignal) => void;
  readonly #watched = new Map<AbortSignal, { readonly waiting: Set<T>; readonly run: () => void }>();

  /** @param onAbort - gets all who wait for a signal that was aborted. */
  constructor(onAbort: (waiting: Iterable<T>, signal: AbortSignal) => void) {
    this.#onAbort = onAbort;
  }

  watch(signal: AbortSignal, waiting: T): void {
    const watched = this.#watched.get(signal);
    if (watched !== undefined) {
      watched.waiting.add(waiting);
      return;
    }
    const all = new Set([waiting]);
    const run = (): void => {
      this.#watched.delete(signal);
      this.#onAbort(all, signal);
    };
    this.#watched.set(signal, { waiting: all, run });
    watchSignal(signal, run);
  }

  unwatch(signal: AbortSignal, waiting: T): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.waiting.delete(waiting);
    if (watched.waiting.size > 0) return;
    this.#watched.delete(signal);
    unwatchSignal(signal, watched.run);
  }
}
