import type { Chunk } from "../operations/operation.js";
import { present } from "../present.js";
import type { OpenStream, StreamPiece } from "./work.js";

interface Pending {
  readonly resolve: (result: IteratorResult<StreamPiece>) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: IteratorResult<StreamPiece> = { done: true, value: undefined };

/** One streamed call as its caller sees it. Nothing is asked before the first piece is. */
export class StreamCall implements AsyncIterableIterator<StreamPiece> {
  readonly #start: (call: StreamCall) => () => void;
  /** Gives the call up, once it was started. */
  #cancel: (() => void) | undefined;
  #stream: OpenStream | undefined;
  #position = 0;
  #pending: Pending | undefined;
  /** The last piece asked for, to keep them in order. */
  #last: Promise<IteratorResult<StreamPiece>> = Promise.resolve(DONE);
  /** How many wait for pieces that were asked for before. */
  #waiting = 0;
  #failure: { readonly error: unknown } | undefined;
  #done = false;

  /** @param start - sends the call off and returns how to give it up. */
  constructor(start: (call: StreamCall) => () => void) {
    this.#start = start;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<StreamPiece>> {
    const isTurn = this.#pending === undefined && this.#waiting === 0;
    this.#last = isTurn ? this.#step() : this.#after(this.#last);
    return this.#last;
  }

  /** Pieces asked for before the last one came wait for it. */
  async #after(last: Promise<unknown>): Promise<IteratorResult<StreamPiece>> {
    this.#waiting++;
    await last.catch(() => undefined);
    this.#waiting--;
    return this.#step();
  }

  #step(): Promise<IteratorResult<StreamPiece>> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#done) this.#finish();
      else if (this.#cancel === undefined) this.#cancel = this.#start(this);
      else this.#advance();
    });
  }

  return(): Promise<IteratorResult<StreamPiece>> {
    if (!this.#done) {
      this.#done = true;
      this.#cancel?.();
      this.#letGo();
      this.#finish();
    }
    return Promise.resolve(DONE);
  }

  /** Takes the stream over, once its first text has arrived. */
  open(stream: OpenStream): void {
    this.#stream = stream;
    if (this.#pending !== undefined) this.#advance();
  }

  /** Ends the call with an error, at any time. */
  fail(error: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#failure = { error };
    this.#letGo();
    this.#finish();
  }

  #advance(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const early = stream.early[this.#position];
    if (early !== undefined) {
      this.#position++;
      this.#give(stream, early);
    } else if (stream.rest === undefined) {
      this.#end(stream);
    } else {
      stream.rest.next().then(
        (result) => {
          if (this.#done) return;
          if (result.done === true) this.#end(stream);
          else this.#give(stream, result.value);
        },
        (error: unknown) => {
          if (this.#done) return;
          this.#done = true;
          this.#failure = { error };
          stream.close(error);
          this.#finish();
        },
      );
    }
  }

  #give({ report, host, deploymentName, operation }: OpenStream, chunk: Chunk): void {
    const pending = this.#pending;
    this.#pending = undefined;
    const value: StreamPiece = {
      chunk,
      report,
      host,
      operation,
      ...present({ deploymentName }),
    };
    pending?.resolve({ done: false, value });
  }

  #end(stream: OpenStream): void {
    this.#done = true;
    stream.close();
    this.#finish();
  }

  /** Tells whoever waits that it is over; the failure is told once. */
  #finish(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) pending.resolve(DONE);
    else pending.reject(failure.error);
  }

  #letGo(): void {
    // The connection is closed by its signal; a failure to close it concerns nobody.
    this.#stream?.rest?.return?.().catch(() => undefined);
  }
}
