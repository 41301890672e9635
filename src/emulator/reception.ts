import type { ServerResponse } from "node:http";

import { checkSignIn, type Credentials } from "./authentication.js";
import { refuseCustomHeaders } from "./custom-headers.js";
import { Refusal } from "./errors.js";
import { isStatusFault, nameFault, type Faults } from "./faults.js";
import { redactHeaders, type LogEntry, type LoggedRequest, type RequestLog } from "./log.js";
import { readRoute, type Route } from "./routes.js";
import type { IncomingRequest } from "./server.js";
import { readDeploymentName, readRequestPrompts, serve, type ServiceParts } from "./service.js";
import { toFaultRefusal } from "./status-fault.js";
import { sendRefusal, sendReply, strikeEarly, type Line } from "./transmit.js";

/** What one emulator is made of, as its requests see it. */
export interface Site {
  readonly parts: ServiceParts;
  readonly credentials: Credentials;
  readonly apiVersions: readonly string[] | undefined;
  readonly region: string;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly newUuid: () => string;
  readonly elapsedMs: () => number;
}

/** Answers one request: fault, sign-in, route, service. */
export async function receive(site: Site, request: IncomingRequest, response: ServerResponse): Promise<void> {
  if (request.method === "OPTIONS") {
    answerPreflight(request, response);
    return;
  }
  const route = readRoute(request.method, request.url, site.apiVersions);
  const body = parseBody(request.text);
  const signIn = checkSignIn(request.headers, route.api, site.credentials);
  const entry = toLogEntry(site, request, route, body, signIn.authentication);
  site.log.add(entry);
  const requestId = site.newUuid();
  const line = openLine(site, response, entry, requestId);

  const hit = site.faults.take(entry);
  if (hit !== undefined) {
    entry.fault = nameFault(hit.fault);
    if (isStatusFault(hit.fault)) {
      sendRefusal(line, toFaultRefusal(hit.fault, route, requestId));
      return;
    }
    if (await strikeEarly(line, hit)) return;
  }
  try {
    if (signIn.refusal !== undefined) throw signIn.refusal;
    const tooMany = refuseCustomHeaders(request.headers);
    if (tooMany !== undefined) throw tooMany;
    if (route.refuse !== undefined) throw route.refuse();
    const { reply, headers } = await serve(site.parts, route, body);
    await sendReply(withHeaders(line, { ...headers, "x-ms-rai-invoked": "true" }), reply, hit);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (!line.isGone()) sendRefusal(line, error);
  }
}

function withHeaders(line: Line, headers: Readonly<Record<string, string>>): Line {
  return {
    ...line,
    head: (status, more) => {
      line.head(status, { ...headers, ...more });
    },
  };
}

/** A browser asks first whether it may. */
function answerPreflight(request: IncomingRequest, response: ServerResponse): void {
  response.writeHead(204, {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "*",
  });
  response.end();
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toLogEntry(
  site: Site,
  request: IncomingRequest,
  route: Route,
  body: unknown,
  authentication: LoggedRequest["authentication"],
): LogEntry {
  return {
    order: site.log.received,
    method: request.method,
    path: request.url.pathname,
    query: Object.fromEntries(request.url.searchParams),
    api: route.api,
    operation: route.operation,
    deployment: readDeploymentName(route, body),
    apiVersion: route.apiVersion,
    headers: redactHeaders(request.headers),
    authentication,
    body,
    prompts: readRequestPrompts(route, body),
    stream: typeof body === "object" && body !== null && "stream" in body && body.stream === true,
    status: undefined,
    fault: undefined,
    aborted: false,
    arrivedAtMs: site.elapsedMs(),
    endedAtMs: undefined,
  };
}

/** Faults in which the emulator itself ends the connection. */
const ENDED_HERE: ReadonlySet<string | undefined> = new Set([
  "reset",
  "reset-after-headers",
  "half-header",
  "cut-stream",
]);

/** The way back to a client, and the end of its entry in the log. */
function openLine(site: Site, response: ServerResponse, entry: LogEntry, requestId: string): Line {
  let isGone = false;
  let leave: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  response.once("close", () => {
    isGone = true;
    entry.aborted = !response.writableFinished && !ENDED_HERE.has(entry.fault);
    entry.endedAtMs = site.elapsedMs();
    leave();
    site.log.end();
  });
  return {
    response,
    isGone: () => isGone,
    wait: (event) => Promise.race([event, gone]),
    sleep: async (ms) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const elapsed = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      await Promise.race([elapsed, gone]);
      clearTimeout(timer);
    },
    head: (status, headers = {}) => {
      entry.status = status;
      response.writeHead(status, { ...commonHeaders(site, requestId), ...headers });
    },
  };
}

function commonHeaders(site: Site, requestId: string): Record<string, string> {
  return {
    "apim-request-id": requestId,
    "x-ms-client-request-id": requestId,
    "x-request-id": site.newUuid(),
    "x-ms-region": site.region,
    "cache-control": "no-cache, must-revalidate",
    "access-control-allow-origin": "*",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
  };
}
