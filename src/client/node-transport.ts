import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Readable } from "node:stream";

import type { Transport, WireRequest, WireResponse } from "./wire.js";

/** What is used of Node's standard library. */
interface NodeModules {
  readonly http: typeof import("node:http");
  readonly https: typeof import("node:https");
  readonly url: typeof import("node:url");
  readonly zlib: typeof import("node:zlib");
  readonly stream: typeof import("node:stream");
}

/** One pool of connections for the process and protocol; idle ones do not keep the process alive. */
interface Pools {
  readonly modules: NodeModules;
  readonly http: Agent;
  readonly https: Agent;
}

let pools: Pools | undefined;

/**
 * Makes a transport on Node's own HTTP client; nothing where this is not Node.
 *
 * It costs a third of what the platform's `fetch` does. Bun, Deno and workerd have these modules as
 * layers over their `fetch`, so there `fetch` is the shorter way.
 */
export function createNodeTransport(): Transport | undefined {
  const opened = (pools ??= openPools());
  return opened === undefined ? undefined : (request) => send(opened, request);
}

function openPools(): Pools | undefined {
  const modules = loadModules();
  if (modules === undefined) return undefined;
  const options = { keepAlive: true, maxSockets: Infinity, scheduling: "lifo" } as const;
  return { modules, http: new modules.http.Agent(options), https: new modules.https.Agent(options) };
}

/** Asks the running process: an `import` would have to be resolved by the bundlers of browser code. */
function loadModules(): NodeModules | undefined {
  if ("Bun" in globalThis || "Deno" in globalThis || "WebSocketPair" in globalThis) return undefined;
  if (typeof process === "undefined") return undefined;
  const { release } = process as Partial<NodeJS.Process>; // a page's own is often nothing but an `env`
  if (release?.name !== "node" || typeof process.getBuiltinModule !== "function") return undefined;
  return {
    http: process.getBuiltinModule("node:http"),
    https: process.getBuiltinModule("node:https"),
    url: process.getBuiltinModule("node:url"),
    zlib: process.getBuiltinModule("node:zlib"),
    stream: process.getBuiltinModule("node:stream"),
  };
}

async function send(pools: Pools, request: WireRequest): Promise<WireResponse> {
  const pool = request.url.protocol === "https:" ? pools.https : pools.http;
  try {
    return await exchange(pools.modules, request, pool);
  } catch (error) {
    // The server had closed an idle connection while this request was on its way to it.
    if (!(error instanceof StaleConnection)) throw error;
    return exchange(pools.modules, request, false);
  }
}

/** Where a deployment's requests go does not change: it is taken apart once. */
const targets = new WeakMap<URL, RequestOptions>();

function toTarget(modules: NodeModules, url: URL): RequestOptions {
  const target: RequestOptions = targets.get(url) ?? modules.url.urlToHttpOptions(url);
  targets.set(url, target);
  return target;
}

/** A kept connection turned out to be dead before anything was received. */
class StaleConnection extends Error {}

function exchange(
  modules: NodeModules,
  { url, headers, body, signal }: WireRequest,
  agent: Agent | false,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw signal.reason;
    const { request } = url.protocol === "https:" ? modules.https : modules.http;
    const outgoing: ClientRequest = request({ ...toTarget(modules, url), method: "POST", headers, agent });
    let incoming: IncomingMessage | undefined;

    const onAbort = (): void => {
      (incoming ?? outgoing).destroy(signal.reason instanceof Error ? signal.reason : new Error("Aborted."));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    outgoing.once("close", () => {
      signal.removeEventListener("abort", onAbort);
      // As after an answer of 101, of which Node tells nothing else.
      if (incoming === undefined) reject(new Error("The connection was closed before there was an answer."));
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      const stale = outgoing.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(stale && !signal.aborted ? new StaleConnection() : error);
    });
    outgoing.once("response", (response: IncomingMessage) => {
      incoming = response;
      try {
        resolve(toWireResponse(response, decode(modules, response)));
      } catch (error) {
        response.destroy();
        reject(error);
      }
    });
    outgoing.end(body);
  });
}

/** No compression is asked for, but a gateway may compress all the same. */
function decode({ zlib, stream }: NodeModules, response: IncomingMessage): Readable {
  const encoding = response.headers["content-encoding"]?.trim().toLowerCase();
  switch (encoding) {
    case undefined:
    case "":
    case "identity":
      return response;
    case "gzip":
    case "x-gzip":
    case "deflate":
      return stream.pipeline(response, zlib.createUnzip(), ignore);
    case "br":
      return stream.pipeline(response, zlib.createBrotliDecompress(), ignore);
    default:
      throw new Error(`The answer has the unknown content-encoding ${encoding}.`);
  }
}

/** Failures are seen by whoever reads the decoded stream. */
function ignore(): void {}

function toWireResponse(response: IncomingMessage, source: Readable): WireResponse {
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const wakeUp = (): void => {
    wake?.();
    wake = undefined;
  };
  const fail = (error: Error): void => {
    failure ??= error;
    wakeUp();
  };
  source.on("readable", wakeUp);
  source.once("end", wakeUp);
  // Kept to the last: an error that nobody listens for would end the process.
  source.on("error", fail);
  source.once("close", () => {
    if (!source.readableEnded) fail(new Error("The connection was closed before the answer was whole."));
  });

  return {
    status: Number(response.statusCode), // only requests have none
    header(name) {
      const value = response.headers[name];
      return typeof value === "string" ? value : value?.join(", ");
    },
    async read() {
      for (;;) {
        if (failure !== undefined) throw failure;
        const piece = source.read() as Uint8Array | null; // typed as `any` by Node
        if (piece !== null) return piece;
        if (source.readableEnded) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    discard() {
      if (!source.readableEnded) response.destroy();
    },
  };
}
