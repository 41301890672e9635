import { abortReason, TimeoutError } from "../errors.js";
import type { SendOptions } from "../operations/operation.js";
import { present } from "../present.js";

/** The longest that a timer can wait; a limit beyond it is none. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The limits under which one attempt runs: the caller's signal, its time, and the longest silence. */
export interface Attempt {
  /** Aborted with the error that the attempt ends with. */
  readonly signal: AbortSignal;
  /** From now on the service's silence counts. */
  listen(): void;
  /** The service is not being listened to. */
  rest(): void;
  /** The time for the attempt no longer counts: a stream has given text. */
  endDeadline(): void;
  /** Lets go of every timer and listener. */
  finish(): void;
}

/**
 * Starts the clocks of an attempt.
 *
 * @throws The abort's reason when the caller's signal is aborted already.
 */
export function startAttempt(
  options: SendOptions,
  host: string,
  deploymentName: string | undefined,
): Attempt {
  const { signal, timeoutMs, idleTimeoutMs } = options;
  if (signal.aborted) throw abortReason(signal);

  const controller = new AbortController();
  const details = present({ deploymentName });
  const onAbort = (): void => controller.abort(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });

  const deadline = startTimer(timeoutMs, () =>
    controller.abort(
      new TimeoutError(
        `${host} did not answer within the ${timeoutMs} ms of one attempt. ` +
          "Raise `timeout`, ask for less with `maxTokens`, or stream the answer.",
        { scope: "attempt", ...details },
      ),
    ),
  );

  // One timer that looks at the clock when it fires: cheaper than a new one for each piece.
  let silentSince: number | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const watch = (limit: number): void => {
    if (controller.signal.aborted) return;
    const left = silentSince === undefined ? limit : silentSince + limit - performance.now();
    if (left > 0) {
      idle = startTimer(left, () => watch(limit));
      return;
    }
    controller.abort(
      new TimeoutError(
        `${host} was silent for ${limit} ms. Raise \`idleTimeout\`, which counts until the first token, too.`,
        { scope: "idle", ...details },
      ),
    );
  };

  return {
    signal: controller.signal,
    listen() {
      if (idleTimeoutMs === undefined) return;
      silentSince = performance.now();
      if (idle === undefined) watch(idleTimeoutMs);
    },
    rest() {
      silentSince = undefined;
    },
    endDeadline() {
      clearTimeout(deadline);
    },
    finish() {
      clearTimeout(deadline);
      clearTimeout(idle);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

function startTimer(ms: number, run: () => void): ReturnType<typeof setTimeout> | undefined {
  return ms <= LONGEST_TIMER ? setTimeout(run, ms) : undefined;
}
