import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { describeForeign } from "./local.js";
import { Gauge } from "./log.js";

/** One request as it came in. */
export interface IncomingRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Where a server listens. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

/** A server on loopback. */
export interface LoopbackServer {
  /** Its address, without a slash at the end. */
  readonly origin: string;
  readonly connections: Gauge;
  /** Ends every connection and stops. */
  close(): Promise<void>;
}

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];
/** Longer than a client rests between two requests, so that no request meets a closing connection. */
const KEEP_ALIVE_MS = 60_000;
/** More than any test sends, and little enough to keep in memory. */
const LARGEST_BODY = 64 * 1024 * 1024;

/** A request that is not read to its end. */
class Unread extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Starts a server that only this machine can reach. */
export async function listenOnLoopback(
  { host, port }: ListenOptions,
  handle: (request: IncomingRequest, response: ServerResponse) => Promise<void>,
): Promise<LoopbackServer> {
  if (!LOOPBACK.includes(host)) {
    throw new Error(
      `The emulator listens on this machine only, and ${JSON.stringify(host)} is not a loopback address. ` +
        `Leave out \`host\`, or make it one of ${LOOPBACK.join(", ")}.`,
    );
  }
  const connections = new Gauge();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (message, response) => {
    // A client that goes away is no error of the server's.
    message.on("error", () => undefined);
    response.on("error", () => undefined);
    void readRequest(message)
      .then((request) => handle(request, response))
      .catch((error: unknown) => {
        failLoudly(response, error);
      });
  });
  server.on("connection", (socket) => {
    connections.enter();
    socket.on("error", () => undefined);
    socket.once("close", () => {
      connections.leave();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // A server that listens on a port has an address, and no path.
  const { port: actual } = server.address() as AddressInfo;
  return {
    origin: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function readBody(message: IncomingMessage): Promise<string> {
  const tooLarge = new Unread(
    413,
    "TooLarge",
    `The emulator reads bodies of up to ${LARGEST_BODY} bytes. Send less at a time.`,
  );
  if (Number(message.headers["content-length"]) > LARGEST_BODY) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    // Without an encoding set, a message comes in bytes.
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
    if (size > LARGEST_BODY) throw tooLarge;
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function readRequest(message: IncomingMessage): Promise<IncomingRequest> {
  const foreign = describeForeign(message.headers);
  if (foreign !== undefined) {
    const what = `The emulator answers programs and pages of this machine only, and ${foreign}. Ask it by its own address.`;
    throw new Unread(403, "NotLocal", what);
  }
  const text = await readBody(message);
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
  return {
    method: message.method ?? "GET",
    // A path may begin with two slashes, which must not be taken for a host.
    url: new URL(`http://localhost${message.url ?? "/"}`),
    headers,
    text,
  };
}

/** A fault of the emulator itself, such as an answer function that threw, has to be seen by who tests with it. */
function failLoudly(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof Unread) {
    const { status, code, message } = error;
    response.writeHead(status, { "content-type": "application/json", connection: "close" });
    response.end(JSON.stringify({ error: { code, message } }));
    return;
  }
  const reason = error instanceof Error ? error.message : String(error);
  response.writeHead(500, { "content-type": "application/json" });
  response.end(
    JSON.stringify({ error: { code: "EmulatorFailed", message: `The emulator failed: ${reason}` } }),
  );
}
