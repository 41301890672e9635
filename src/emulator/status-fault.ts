import type { OperationName } from "./deployments.js";
import {
  deploymentNotFound,
  networkDenied,
  otherStatus,
  rateLimited,
  Refusal,
  serverError,
  timedOut,
  unavailable,
  wrongToken,
} from "./errors.js";
import type { StatusFault } from "./faults.js";
import { OPERATION_IDS } from "./operation-ids.js";
import type { Route } from "./routes.js";

/** The answer of a {@link StatusFault}. */
export function toFaultRefusal(fault: StatusFault, route: Route, requestId: string): Refusal {
  const { body, retryAfterMs, retryAfter } = fault;
  const usual = usualRefusal(fault, route, requestId);
  const text = body === undefined ? usual.body : typeof body === "string" ? body : JSON.stringify(body);
  return new Refusal(fault.status, text, {
    ...usual.headers,
    ...(retryAfterMs === undefined ? {} : { "retry-after-ms": String(retryAfterMs) }),
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    ...fault.headers,
  });
}

function usualRefusal(fault: StatusFault, route: Route, requestId: string): Refusal {
  switch (fault.status) {
    case 401:
      return wrongToken();
    case 403:
      return networkDenied();
    case 404:
      return deploymentNotFound();
    case 408:
      return timedOut();
    case 429:
      return rateLimited({
        kind: "token",
        operationId: isOperation(route.operation) ? OPERATION_IDS[route.operation] : undefined,
        apiVersion: route.apiVersion ?? "v1",
        retrySeconds: fault.retryAfterInText,
      });
    case 500:
      return serverError(requestId);
    case 503:
      return unavailable();
    default:
      return otherStatus(fault.status, "The emulator was asked for this status.");
  }
}

function isOperation(operation: Route["operation"]): operation is OperationName {
  return operation !== undefined && operation !== "models";
}
