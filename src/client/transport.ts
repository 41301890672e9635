import { readVariable } from "../settings/environment.js";
import type { Secrets } from "../settings/settings.js";
import { createFetchTransport } from "./fetch-transport.js";
import { createNodeTransport } from "./node-transport.js";
import type { Transport } from "./wire.js";

const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/**
 * Chooses how requests travel: by Node's own HTTP client where there is one, and by `fetch` elsewhere
 * and whenever the caller gave `fetch` or `fetchOptions` or the environment names a proxy.
 */
export function chooseTransport({ fetch, fetchOptions }: Pick<Secrets, "fetch" | "fetchOptions">): Transport {
  const asked = fetch !== undefined || fetchOptions !== undefined || hasProxy();
  const node = asked ? undefined : createNodeTransport();
  // Looked up at each request, so that one who replaces the platform's `fetch` is heard.
  return (
    node ?? createFetchTransport(fetch ?? ((input, init) => globalThis.fetch(input, init)), fetchOptions)
  );
}

function hasProxy(): boolean {
  return PROXY_VARIABLES.some((name) => readVariable(name) !== undefined);
}
