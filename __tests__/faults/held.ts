import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import type { ClientRequest } from "node:http";

const REQUESTS = "http.client.request.start";

/** What a client holds on to. */
export interface Held {
  /** Requests whose answer is neither read to its end nor given up: each keeps a connection. */
  requests(): number;
  /** Listeners at signals that are not aborted. */
  listeners(): number;
  /** Stops watching. */
  release(): void;
}

/** Watches what the client of this process holds on to from now on. */
export function watchHeld(): Held {
  const requests = new Set<ClientRequest>();
  const begin = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest }; // as Node documents the channel
    requests.add(request);
    // Told once its connection is closed or back among those that wait for a request.
    request.once("close", () => requests.delete(request));
  };
  subscribe(REQUESTS, begin);

  const signals = new Set<AbortSignal>();
  const { addEventListener } = AbortSignal.prototype;
  AbortSignal.prototype.addEventListener = function (
    this: AbortSignal,
    ...given: Parameters<typeof addEventListener>
  ) {
    signals.add(this);
    addEventListener.apply(this, given);
  };

  return {
    requests: () => requests.size,
    listeners: () =>
      [...signals]
        .filter(({ aborted }) => !aborted)
        .reduce((count, signal) => count + getEventListeners(signal, "abort").length, 0),
    release() {
      unsubscribe(REQUESTS, begin);
      // What it inherits shows again.
      Reflect.deleteProperty(AbortSignal.prototype, "addEventListener");
    },
  };
}
