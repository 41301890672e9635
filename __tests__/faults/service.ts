import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";

import type { JsonObject } from "../../src/operations/operation.js";
import { makeCertificate } from "./certificate.js";
import { readAsked, toFrame, writeEvents, writeWhole } from "./right-answers.js";
import type { Asked } from "./right-answers.js";

/** A request that has arrived, the right answer to it, and the means to answer in any other way. */
export interface Exchange extends Asked {
  readonly headers: IncomingMessage["headers"];
  /** Another host, which nobody has a reason to ask. */
  readonly elsewhere: string;
  readonly socket: Socket;
  /** Resolves when whoever reads a stream has got its first piece; at once where nobody does. */
  readonly heard: Promise<void>;
  /** The right answer as JSON; what a stream ends up saying, too. */
  readonly whole: JsonObject;
  /** The right answer's body in three: before any text, the first text, and the rest. */
  readonly parts: readonly [begin: string, first: string, rest: string];
  /** The content type of the right answer. */
  readonly type: string;
  /** Sends an answer by the book. */
  send(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void;
  /** Sends the right answer. */
  answer(): void;
  /** Sends the right answer's body byte by byte. */
  dribble(): Promise<void>;
  /** Sends exactly these bytes; what comes of the connection is the caller's to say. */
  write(bytes: string | Uint8Array): Promise<void>;
}

/** A service of the test's own. */
export interface Service {
  readonly origin: string;
  /** To be told that a piece of a stream has come. */
  hear(): void;
  /** The requests with the marked prompt, in order. */
  readonly marked: readonly Exchange[];
  /** How often each prompt got the right answer. */
  readonly answered: ReadonlyMap<string, number>;
  /** How many connections were made to the other host. */
  strayed(): number;
  close(): Promise<void>;
}

/** Answers a request with the marked prompt, given how many came before it. */
export type Reply = (exchange: Exchange, before: number) => unknown;

export const MARK = "marked";

/** Opens a service that answers rightly, but for requests with the marked prompt, which `reply` answers. */
export async function openService(reply: Reply, scheme: "http" | "https" = "http"): Promise<Service> {
  const marked: Exchange[] = [];
  const answered = new Map<string, number>();
  const open = new Set<Socket>();
  const known = new WeakSet<Socket>();
  let hear = (): void => undefined;
  const heard = new Promise<void>((resolve) => (hear = resolve));
  let strayed = 0;
  const elsewhere = createServer((_request, response) => void response.end("{}"));
  elsewhere.on("connection", () => (strayed += 1));

  const listener: RequestListener = (request, response) => {
    const { socket } = request;
    if (!known.has(socket)) {
      known.add(socket);
      socket.on("error", ignore);
    }
    const begin = (body: JsonObject): void => {
      const exchange = toExchange(request, response, body, answered, {
        elsewhere: originOf(elsewhere),
        heard,
      });
      if (!exchange.prompts.some((prompt) => prompt.includes(MARK))) {
        exchange.answer();
        return;
      }
      marked.push(exchange);
      reply(exchange, marked.length - 1);
    };
    // One that breaks off in the middle of its request has asked nothing.
    readBody(request).then(begin, ignore);
  };
  const server = scheme === "http" ? createServer(listener) : createSecureServer(makeCertificate(), listener);
  // One that hangs up, or speaks another protocol, is what some of the tests are about.
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", ignore);
    socket.once("close", () => open.delete(socket));
  });
  await Promise.all([listen(server), listen(elsewhere)]);
  return {
    origin: originOf(server, scheme),
    hear: () => hear(),
    marked,
    answered,
    strayed: () => strayed,
    async close() {
      for (const socket of open) socket.destroy();
      await Promise.all([server, elsewhere].map((one) => new Promise((resolve) => one.close(resolve))));
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

function originOf(server: Server, scheme = "http"): string {
  const { port } = server.address() as AddressInfo; // listening, and not on a pipe
  return `${scheme}://127.0.0.1:${port}`;
}

function ignore(): void {}

async function readBody(request: IncomingMessage): Promise<JsonObject> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += String(piece);
  return JSON.parse(text) as JsonObject; // the client sends nothing else
}

function toExchange(
  request: IncomingMessage,
  response: ServerResponse,
  body: JsonObject,
  answered: Map<string, number>,
  around: Pick<Exchange, "elsewhere" | "heard">,
): Exchange {
  const asked = readAsked(request.url ?? "", body);
  const { socket } = request;
  const exchange: Exchange = {
    ...asked,
    headers: request.headers,
    elsewhere: around.elsewhere,
    heard: asked.streamed ? around.heard : Promise.resolve(),
    socket,
    whole: writeWhole(asked),
    parts: writeParts(asked),
    type: asked.streamed ? "text/event-stream" : "application/json",
    send(status, headers, bytes) {
      response.writeHead(status, headers);
      response.end(bytes);
    },
    answer() {
      for (const prompt of asked.prompts) answered.set(prompt, (answered.get(prompt) ?? 0) + 1);
      exchange.send(200, { "content-type": exchange.type }, exchange.parts.join(""));
    },
    async dribble() {
      response.writeHead(200, { "content-type": exchange.type });
      for (const byte of Buffer.from(exchange.parts.join(""))) {
        await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
      }
      response.end();
    },
    write: (bytes) =>
      new Promise((resolve) => {
        // A client that has gone is none to wait for.
        if (socket.destroyed) resolve();
        else socket.write(bytes, () => resolve());
      }),
  };
  return exchange;
}

function writeParts(asked: Asked): Exchange["parts"] {
  if (asked.streamed) {
    const { begin, first, rest } = writeEvents(asked);
    return [begin.map(toFrame).join(""), toFrame(first), rest.map(toFrame).join("")];
  }
  const text = JSON.stringify(writeWhole(asked));
  return [text.slice(0, 10), text.slice(10, -10), text.slice(-10)];
}
