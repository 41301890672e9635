import { createServer } from "node:http";
import type { IncomingHttpHeaders, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";

import { createConnection } from "../../src/client/client.js";
import { isErrorLike } from "../../src/client/secrets.js";
import { ServiceError } from "../../src/errors.js";
import { readErrorFrame } from "../../src/operations/error-frame.js";
import type {
  Chunk,
  Connection,
  JsonObject,
  Operation,
  OperationRequest,
  SendOptions,
} from "../../src/operations/operation.js";
import type { DeploymentSettings, Secrets } from "../../src/settings/settings.js";

/** A request as the service saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: JsonObject;
}

/** A service of the test's own. */
export interface Service {
  readonly origin: string;
  readonly port: number;
  readonly seen: Seen[];
  /** How many connections are open. */
  readonly open: () => number;
  /** Resolves when no connection is open. */
  readonly idle: () => Promise<void>;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** Answers a request; given how many came before. */
export type Answerer = (response: ServerResponse, seen: Seen, count: number) => unknown;

const services: Service[] = [];

/** Closes what `serve` started. */
export async function closeServices(): Promise<void> {
  await Promise.all(services.splice(0).map((service) => service.close()));
}

export async function serve(answer: Answerer): Promise<Service> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const waiting: (() => void)[] = [];
  const listener: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const text = Buffer.concat(pieces).toString();
      const entry: Seen = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body: text === "" ? {} : (JSON.parse(text) as JsonObject),
      };
      seen.push(entry);
      void answer(response, entry, seen.length - 1);
    });
  };
  const server: Server = createServer(listener);
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) waiting.splice(0).forEach((wake) => wake());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const service: Service = {
    origin: `http://127.0.0.1:${port}`,
    port,
    seen,
    open: () => sockets.size,
    connections: () => connections,
    idle: () =>
      sockets.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => void waiting.push(resolve)),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  services.push(service);
  return service;
}

/** Sends a JSON answer. */
export function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

export function gzipped(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
  response.end(gzipSync(JSON.stringify(body)));
}

export const ANSWER = { choices: [{ text: "Ha." }] };

/** An operation small enough to be seen through. */
export const echoOperation: Operation = {
  name: "completions",
  path: "/completions",
  deploymentScoped: true,
  promptsPerRequest: 20,
  choicesPerRequest: 1,
  check: () => undefined,
  estimateTokens: () => 1,
  toBody: ({ prompts, stream, parameters }) => ({
    prompt: prompts,
    ...(stream && { stream }),
    ...parameters.modelKwargs,
  }),
  toAnswer(body) {
    const choices = (body as { choices?: { text: string }[] }).choices;
    if (choices === undefined) throw new ServiceError("The answer has no choices.");
    return { choices: [choices.map(({ text }) => ({ text }))] };
  },
  reader() {
    let whole = false;
    let satisfied = false;
    return {
      get whole() {
        return whole;
      },
      get satisfied() {
        return satisfied;
      },
      read({ name, data }): readonly Chunk[] {
        if (data === "[DONE]") {
          whole = true;
          return [];
        }
        const text = data["text"];
        if (text === "ENOUGH") satisfied = true;
        return typeof text === "string" ? [{ index: 0, text, ...(name !== undefined && { id: name }) }] : [];
      },
    };
  },
  errorIn: readErrorFrame,
};

export const responsesLike: Operation = {
  ...echoOperation,
  name: "responses",
  path: "/responses",
  deploymentScoped: false,
};

export function request(stream = false, parameters: OperationRequest["parameters"] = {}): OperationRequest {
  return {
    prompts: ["Tell me a joke"],
    parameters,
    dialect: { refused: new Set(), streamUsage: true },
    stream,
    streamUsage: false,
  };
}

export const KEY = "marked-secret-key";

export function dated(origin: string, settings: Partial<DeploymentSettings> = {}): DeploymentSettings {
  return {
    deploymentName: "instruct",
    api: "dated",
    baseURL: `${origin}/openai`,
    deploymentRoot: `${origin}/openai/deployments/instruct`,
    apiVersion: "2024-10-21",
    host: new URL(origin).host,
    cloud: "public",
    scope: "https://cognitiveservices.azure.com/.default",
    operation: "completions",
    priority: 0,
    weight: 1,
    ...settings,
  };
}

export function v1(origin: string, settings: Partial<DeploymentSettings> = {}): DeploymentSettings {
  const { deploymentRoot: _root, apiVersion: _version, ...rest } = dated(origin);
  return { ...rest, api: "v1", baseURL: `${origin}/openai/v1`, ...settings };
}

export function secrets(overrides: Partial<Secrets> = {}): Secrets {
  return { signIn: { kind: "key", key: KEY }, headers: {}, query: {}, ...overrides };
}

export function connect(settings: DeploymentSettings, overrides: Partial<Secrets> = {}): Connection {
  const held = secrets(overrides);
  return createConnection(settings, () => held);
}

export function options(overrides: Partial<SendOptions> = {}): SendOptions {
  return { signal: new AbortController().signal, timeoutMs: 30_000, ...overrides };
}

/** Sends one request and says how it failed. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (isErrorLike(error)) return error;
    throw new Error("Something else than an error was thrown.", { cause: error });
  }
  throw new Error("It did not fail.");
}

export async function collect(chunks: AsyncIterable<Chunk>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += chunk.text;
  return text;
}

/** Begins a stream of events. */
export function events(response: ServerResponse): ServerResponse {
  response.writeHead(200, { "content-type": "text/event-stream", "apim-request-id": "req-1" });
  response.flushHeaders();
  return response;
}

export function frame(data: unknown): string {
  return `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}
