import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import type { ClientRequest } from "node:http";

/** What is told of requests by Node's own HTTP client, and by its `fetch`. */
type Channels = Readonly<Record<string, (message: unknown) => void>>;

/** What a client holds on to. */
export interface Held {
  /** Requests whose answer is neither read to its end nor given up: each keeps a connection. */
  requests(): number;
  /** Listeners at signals that are not aborted, or at one of them alone: `fetch` leaves its own at those it is given. */
  listeners(only?: AbortSignal): number;
  /** Stops watching. */
  release(): void;
}

/** Watches what the client of this process holds on to from now on. */
export function watchHeld(): Held {
  const requests = new Set<unknown>();
  const requestOf = (message: unknown): unknown => (message as { readonly request: unknown }).request; // as documented
  const end = (message: unknown): void => void requests.delete(requestOf(message));
  const channels: Channels = {
    "http.client.request.start"(message) {
      const request = requestOf(message) as ClientRequest; // this channel's
      requests.add(request);
      // Told once its connection is closed or back among those that wait for a request.
      request.once("close", () => requests.delete(request));
    },
    "undici:request:create": (message) => void requests.add(requestOf(message)),
    "undici:request:trailers": end,
    "undici:request:error": end,
  };
  for (const [name, hear] of Object.entries(channels)) subscribe(name, hear);

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
    listeners: (only) =>
      [...signals]
        .filter((signal) => !signal.aborted && (only === undefined || signal === only))
        .reduce((count, signal) => count + getEventListeners(signal, "abort").length, 0),
    release() {
      for (const [name, hear] of Object.entries(channels)) unsubscribe(name, hear);
      // What it inherits shows again.
      Reflect.deleteProperty(AbortSignal.prototype, "addEventListener");
    },
  };
}
