import type { OpenAI } from "openai";

import { AzureOpenAIError } from "../errors.js";
import type { ErrorDetails } from "../errors.js";
import { isObject } from "../operations/json.js";
import type {
  Answer,
  Connection,
  Operation,
  OperationRequest,
  SendOptions,
} from "../operations/operation.js";
import type { ServiceReport } from "../report.js";
import type { Access, DeploymentSettings, OperationName, Secrets } from "../settings/settings.js";
import { present } from "../present.js";
import { untilAborted } from "./abort.js";
import { startAttempt } from "./attempt.js";
import type { Attempt } from "./attempt.js";
import { createAuthenticator } from "./auth.js";
import type { Authenticator } from "./auth.js";
import { toConnectionFailure } from "./connection-failures.js";
import {
  toEmptyAnswerFailure,
  toFailure,
  toFailureInside,
  toForeignAnswerFailure,
  withDetails,
} from "./failures.js";
import type { Asked } from "./failures.js";
import { addCallHeaders, buildDefaultHeaders } from "./headers.js";
import type { HeaderRecord } from "./headers.js";
import { maskAnswer } from "./masked-answer.js";
import { parseJson } from "./refusal.js";
import { readReport } from "./report.js";
import { addModel, buildRoute } from "./route.js";
import type { Route } from "./route.js";
import { createClient, post } from "./sdk.js";
import { createRedactor, secretHeaders } from "./secrets.js";
import type { Redactor } from "./secrets.js";
import { readStream } from "./stream.js";
import { chooseTransport } from "./transport.js";
import { readText, release } from "./wire.js";
import type { Transport, WireResponse } from "./wire.js";

/**
 * Makes the connection to one deployment.
 *
 * Nothing is opened, loaded or asked before the first request.
 */
export function createConnection(deployment: DeploymentSettings, access: Access): Connection {
  const line = openLine(deployment, access());

  return {
    async send(operation, request, options) {
      const attempt = startAttempt(options, deployment.host, deployment.deploymentName);
      try {
        const { response, report, asked } = await exchange(line, operation, request, options, attempt);
        const text = await readAnswer(response, attempt, asked);
        const details = { status: response.status, report, ...line.details };
        return { answer: toAnswer(operation, request, text, asked, details), report };
      } finally {
        attempt.finish();
      }
    },

    async stream(operation, request, options) {
      const attempt = startAttempt(options, deployment.host, deployment.deploymentName);
      try {
        const reader = operation.reader(request);
        const { response, report, asked } = await exchange(line, operation, request, options, attempt);
        const chunks = await readStream({ response, report, attempt, operation, request, reader, asked });
        return { report, chunks };
      } catch (error) {
        attempt.finish();
        throw error;
      }
    },
  };
}

/** What the requests to one deployment have in common. */
interface Line {
  readonly settings: DeploymentSettings;
  readonly secrets: Secrets;
  readonly defaults: HeaderRecord;
  readonly authenticator: Authenticator;
  readonly redactor: Redactor;
  readonly details: ErrorDetails;
  route(operation: Operation): Route;
  client(): Promise<OpenAI>;
  transport(): Transport;
}

function openLine(settings: DeploymentSettings, secrets: Secrets): Line {
  const redactor = createRedactor(secrets);
  const routes = new Map<OperationName, Route>();
  let client: Promise<OpenAI> | undefined;
  let transport: Transport | undefined;
  return {
    settings,
    secrets,
    redactor,
    defaults: buildDefaultHeaders(secrets.headers),
    authenticator: createAuthenticator(secrets.signIn, settings, redactor),
    details: present({ deploymentName: settings.deploymentName }),
    route(operation) {
      const route = routes.get(operation.name) ?? buildRoute(settings, operation, secrets.query);
      routes.set(operation.name, route);
      return route;
    },
    client: () => (client ??= createClient(settings.baseURL)),
    transport: () => (transport ??= chooseTransport(secrets)),
  };
}

/** A successful answer whose body is still to be read. */
interface Exchanged {
  readonly response: WireResponse;
  readonly report: ServiceReport;
  readonly asked: Asked;
}

/** Sends a request, and once more with a fresh token when the service refuses the one it got. */
async function exchange(
  line: Line,
  operation: Operation,
  request: OperationRequest,
  options: SendOptions,
  attempt: Attempt,
): Promise<Exchanged> {
  const { settings, secrets, authenticator } = line;
  const route = line.route(operation);
  const redactor = line.redactor.including(secretHeaders(options.headers));
  const asked: Asked = { settings, url: route.shown, signIn: secrets.signIn.kind, redactor };
  const body = addModel(operation.toBody(request), settings);
  const { headers, signedIn } = addCallHeaders(line.defaults, options.headers);

  const send = (client: OpenAI, signIn: readonly [string, string] | undefined): Promise<WireResponse> => {
    attempt.listen();
    return post(client, route.shown, body, {
      transport: line.transport(),
      request: {
        url: route.url,
        headers: signIn === undefined ? headers : { ...headers, [signIn[0]]: signIn[1] },
        signal: attempt.signal,
      },
    });
  };

  try {
    const client = await untilAborted(line.client(), attempt.signal);
    const signIn = signedIn ? undefined : await authenticator.header(attempt.signal);
    let response = await send(client, signIn);
    if (response.status === 401 && signIn !== undefined && authenticator.forget(signIn[1])) {
      const renewed = await authenticator.header(attempt.signal);
      if (renewed !== undefined && renewed[1] !== signIn[1]) {
        await release(response);
        response = await send(client, renewed);
      }
    }
    const header = response.header.bind(response);
    const report = maskReport(readReport(header), redactor);
    if (response.status >= 200 && response.status < 300) return { response, report, asked };
    const text = await readText(response, () => {
      attempt.listen();
    });
    throw toFailure({ status: response.status, header, text, report }, asked, Date.now());
  } catch (error) {
    throw attempt.signal.aborted ? attempt.signal.reason : toConnectionFailure(error, asked);
  }
}

/** A gateway may repeat in its headers what it was sent. */
function maskReport(report: ServiceReport, redactor: Redactor): ServiceReport {
  const masked = (text: string | undefined): string | undefined =>
    text === undefined ? text : redactor.mask(text);
  const { requestId, region, servedDeployment } = report;
  const names = {
    requestId: masked(requestId),
    region: masked(region),
    servedDeployment: masked(servedDeployment),
  };
  return { ...report, ...present(names) };
}

async function readAnswer(response: WireResponse, attempt: Attempt, asked: Asked): Promise<string> {
  try {
    return await readText(response, () => {
      attempt.listen();
    });
  } catch (error) {
    throw attempt.signal.aborted ? attempt.signal.reason : toConnectionFailure(error, asked);
  }
}

function toAnswer(
  operation: Operation,
  request: OperationRequest,
  text: string,
  asked: Asked,
  details: ErrorDetails & { readonly report: ServiceReport },
): Answer {
  const body = parseJson(text);
  if (body === undefined) {
    throw text.trim() === "" ? toEmptyAnswerFailure(details) : toForeignAnswerFailure(details);
  }
  const error = isObject(body) ? operation.errorIn({ data: body }) : undefined;
  if (error !== undefined) throw toFailureInside(error, details.report, asked);
  try {
    return maskAnswer(operation.toAnswer(body, request), asked.redactor);
  } catch (error) {
    throw AzureOpenAIError.isInstance(error) ? withDetails(error, details) : error;
  }
}
