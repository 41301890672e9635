import type { IncomingHttpHeaders } from "node:http";

/** A host with its port, or an origin, of this machine. */
const LOCAL = /^(?:https?:\/\/)?(?:(?:[^/:@[\]]+\.)?localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i;

/**
 * Says what is wrong with a request that a page of another site sent; nothing for a program's or a local page's.
 *
 * Any page that is open in a browser on this machine can ask a server on loopback: by its address, and then the browser
 * names the page's origin; or by a name of the page's own that leads here (DNS rebinding), and then it is in `host`.
 */
export function describeForeign({ host, origin }: IncomingHttpHeaders): string | undefined {
  if (host !== undefined && !LOCAL.test(host)) return `was asked as ${JSON.stringify(host)}`;
  if (origin !== undefined && !LOCAL.test(origin)) return `was asked by a page of ${JSON.stringify(origin)}`;
  return undefined;
}
