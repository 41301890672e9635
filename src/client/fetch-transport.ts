import type { Fetch } from "../settings/settings.js";
import { untilAborted } from "./abort.js";
import type { Transport, WireResponse } from "./wire.js";

/** Makes a transport on a `fetch`: the platform's, or the caller's own. */
export function createFetchTransport(
  fetch: Fetch,
  fetchOptions: Readonly<Record<string, unknown>> = {},
): Transport {
  return async ({ url, headers, body, signal }) => {
    const init = { ...fetchOptions, method: "POST", headers, body, signal, redirect: "manual" as const };
    // A caller's `fetch` may know nothing of signals.
    const response = await untilAborted(fetch(url.href, init), signal);
    return toWireResponse(response, signal);
  };
}

function toWireResponse(response: Response, signal: AbortSignal): WireResponse {
  const body = response.body;
  const pieces = body === null ? undefined : body.getReader();
  let over = pieces === undefined;
  return {
    // Browsers do not tell where a redirect leads, nor its status.
    status: response.type === "opaqueredirect" ? 302 : response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    async read() {
      if (pieces === undefined) return undefined;
      const { done, value } = await untilAborted(pieces.read(), signal);
      if (done) over = true;
      return value;
    },
    discard() {
      if (over) return;
      over = true;
      pieces?.cancel().catch(() => undefined);
    },
  };
}
