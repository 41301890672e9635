import { untilAborted } from "./abort.js";

/** One run that several callers wait for. */
interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Makes concurrent calls of a function share one run of it.
 *
 * Each caller stops waiting when its own signal is aborted; the run is aborted when nobody waits for it
 * any more, and the next call starts another.
 */
export function shareFlight<T>(
  run: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let current: Flight<T> | undefined;

  const start = (): Flight<T> => {
    const controller = new AbortController();
    const flight: Flight<T> = { result: run(controller.signal), controller, waiting: 0 };
    const land = (): void => {
      if (current === flight) current = undefined;
    };
    flight.result.then(land, land);
    return flight;
  };

  return async (signal) => {
    const flight = (current ??= start());
    flight.waiting += 1;
    try {
      return await untilAborted(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0 && signal.aborted) {
        if (current === flight) current = undefined;
        flight.controller.abort();
      }
    }
  };
}
