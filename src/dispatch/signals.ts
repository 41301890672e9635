/** Watches abort signals with one listener each, however many wait for the same one. */
export class Signals<T> {
  readonly #onAbort: (waiting: Iterable<T>, signal: AbortSignal) => void;
  readonly #watched = new Map<AbortSignal, { readonly waiting: Set<T>; readonly listener: () => void }>();

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
    const listener = (): void => {
      this.#watched.delete(signal);
      this.#onAbort(all, signal);
    };
    this.#watched.set(signal, { waiting: all, listener });
    signal.addEventListener("abort", listener, { once: true });
  }

  unwatch(signal: AbortSignal, waiting: T): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.waiting.delete(waiting);
    if (watched.waiting.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener("abort", watched.listener);
  }
}
