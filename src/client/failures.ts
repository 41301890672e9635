import {
  AuthenticationError,
  ContentFilterError,
  ContextLengthError,
  DeploymentNotFoundError,
  InvalidRequestError,
  OperationNotSupportedError,
  PermissionError,
  quoteMessage,
  RateLimitError,
  ServiceError,
} from "../errors.js";
import type { AzureOpenAIError, ContentFilterCategories, ErrorDetails, ServiceMessage } from "../errors.js";
import { toCategories } from "../operations/content-filter.js";
import type { JsonObject } from "../operations/operation.js";
import type { ServiceReport } from "../report.js";
import type { DeploymentSettings, SignIn } from "../settings/settings.js";
import { present } from "../present.js";
import { readRefusal, readRefusalObject } from "./refusal.js";
import type { Refusal } from "./refusal.js";
import { remedies } from "./remedies.js";
import type { ReadHeader } from "./report.js";
import { readRetryAfter } from "./retry-after.js";
import type { Redactor } from "./secrets.js";

/** What was asked, as far as a failure may tell. */
export interface Asked {
  readonly settings: DeploymentSettings;
  /** Where it was sent, without the query. */
  readonly url: string;
  readonly signIn: SignIn["kind"];
  readonly redactor: Redactor;
}

/** A refusal as it came. */
export interface Answered {
  readonly status: number;
  readonly header: ReadHeader;
  readonly text: string;
  readonly report: ServiceReport;
}

/** Makes the error for an answer that is not a success. */
export function toFailure(
  { status, header, text, report }: Answered,
  asked: Asked,
  now: number,
): AzureOpenAIError {
  if (status >= 300 && status < 400) return toRedirectFailure(status, header("location"), report, asked);
  const refusal = readRefusal(text, asked.redactor);
  const retryAfterMs = readRetryAfter(status, header, refusal.message ?? "", report, now);
  return classify(refusal, status, asked, { status, report, ...present({ retryAfterMs }) });
}

/**
 * Makes the error for one that came inside an answer, such as a stream.
 *
 * The status was 200, so only the words tell what it is.
 */
export function toFailureInside(body: JsonObject, report: ServiceReport, asked: Asked): AzureOpenAIError {
  const refusal = readRefusalObject(body);
  const status = impliedStatus(refusal);
  const retryAfterMs = readRetryAfter(status, () => undefined, refusal.message ?? "", report, 0);
  return classify(refusal, status, asked, { report, ...present({ retryAfterMs }) });
}

/** Makes the error for an answer that is not the service's own, such as a sign-in page of what stands between. */
export function toForeignAnswerFailure(details: ErrorDetails): ServiceError {
  return new ServiceError(
    "The service answered something that is not JSON. If `azureEndpoint` (AZURE_OPENAI_ENDPOINT) or `baseURL` names a gateway, check that its path is right.",
    details,
  );
}

/** Makes the error for an answer that holds nothing at all. */
export function toEmptyAnswerFailure(details: ErrorDetails): ServiceError {
  return new ServiceError(`The service answered with nothing. ${remedies.nonsense}`, details);
}

/** Adds what is known of the answer, and what to do, to an error that was made from its body alone. */
export function withDetails(error: AzureOpenAIError, details: ErrorDetails): AzureOpenAIError {
  if (!ServiceError.isInstance(error) || error.report !== undefined) return error;
  return new ServiceError(`${quoteMessage(error)} ${remedies.nonsense}`, {
    ...details,
    ...present({ cause: error.cause, service: error.service }),
  });
}

function toRedirectFailure(
  status: number,
  location: string | undefined,
  report: ServiceReport,
  asked: Asked,
): ServiceError {
  const target = readHost(location);
  const { redactor } = asked;
  return new ServiceError(
    `${redactor.mask(asked.url)} redirects${target === undefined ? "" : ` to ${redactor.mask(target)}`} (${status}), and redirects are not followed: they would take the sign-in along. ` +
      "If you trust that host, set `azureEndpoint` (AZURE_OPENAI_ENDPOINT) or `baseURL` to it.",
    { status, report, ...deploymentOf(asked) },
  );
}

function readHost(location: string | undefined): string | undefined {
  return location !== undefined && URL.canParse(location) ? new URL(location).host : undefined;
}

function impliedStatus({ code, type, innerCode }: Refusal): number {
  if (/^[45]\d\d$/.test(code ?? "")) return Number(code);
  const words = `${code ?? ""} ${type ?? ""}`;
  if (/rate_limit|too_many_requests|insufficient_quota/i.test(words)) return 429;
  if (/server_error|internal|timeout|unavailable/i.test(words)) return 500;
  if (innerCode !== undefined || /invalid|content_filter|context_length|unsupported/i.test(words)) return 400;
  return 500;
}

function classify(refusal: Refusal, status: number, asked: Asked, details: ErrorDetails): AzureOpenAIError {
  const service = toService(refusal, asked.redactor);
  const all: ErrorDetails = {
    ...details,
    ...deploymentOf(asked),
    ...(Object.keys(service).length > 0 && { service }),
  };
  const said = service.message === undefined ? "" : ` The service says: "${service.message}"`;
  const where = `${asked.redactor.mask(asked.url)} ${details.status === undefined ? "sent an error inside its answer" : `answered ${details.status}`}.`;
  const message = (what: string, ...remedy: readonly string[]): string =>
    [what, `${where}${said}`, ...remedy].filter((part) => part !== "").join(" ");

  if (isContentFilter(refusal)) {
    const categories = maskNames(toCategories(refusal.categories), asked.redactor);
    const fired = Object.entries(categories).flatMap(([name, { filtered }]) => (filtered ? [name] : []));
    return new ContentFilterError(
      message(
        `Azure's content filter refused the prompt${fired.length > 0 ? ` (${fired.join(", ")})` : ""}.`,
        remedies.contentFilter,
      ),
      { ...all, source: "prompt", categories },
    );
  }
  if (isContextLength(refusal)) {
    return new ContextLengthError(
      message("The prompt and the answer do not fit.", remedies.contextLength),
      all,
    );
  }
  if (refusal.code === "OperationNotSupported") {
    return new OperationNotSupportedError(
      message("The deployed model does not serve this operation.", remedies.operation),
      all,
    );
  }
  if (isTenantMismatch(refusal)) {
    return new AuthenticationError(message("The token is of another tenant.", remedies.tenant), all);
  }
  if (status === 401) {
    return isMissingRole(refusal)
      ? new PermissionError(message("The sign-in lacks a role.", remedies.role), all)
      : new AuthenticationError(message("The sign-in was not accepted.", remedies.signIn(asked)), all);
  }
  if (status === 403) {
    return new PermissionError(message("The request is not allowed.", remedies.forbidden(refusal)), all);
  }
  if (status === 404) {
    return new DeploymentNotFoundError(
      message(
        refusal.code === "DeploymentNotFound"
          ? "The resource has no deployment of that name."
          : "There is nothing at that address.",
        remedies.notFound(refusal, asked.settings),
      ),
      all,
    );
  }
  if (status === 429) {
    return new RateLimitError(message("The rate limit was reached.", remedies.rateLimit), all);
  }
  if (status === 408 || status === 424 || status >= 500 || status < 400) {
    return new ServiceError(message("The service failed.", remedies.service), all);
  }
  return new InvalidRequestError(
    message("The service refused the request.", remedies.refused(refusal, status, asked.settings)),
    all,
  );
}

function deploymentOf({ settings }: Asked): Pick<ErrorDetails, "deploymentName"> {
  return present({ deploymentName: settings.deploymentName });
}

function toService({ code, message, param }: Refusal, redactor: Redactor): ServiceMessage {
  const mask = (text: string | undefined): string | undefined =>
    text === undefined ? text : redactor.mask(text);
  return present({ code: mask(code), message: mask(message), param: mask(param) });
}

function maskNames(categories: ContentFilterCategories, redactor: Redactor): ContentFilterCategories {
  return Object.fromEntries(Object.entries(categories).map(([name, found]) => [redactor.mask(name), found]));
}

function isContentFilter({ code, innerCode }: Refusal): boolean {
  return code === "content_filter" || innerCode === "ResponsibleAIPolicyViolation";
}

/** The completions engine gives no code for it, only the sentence. */
function isContextLength({ code, message = "" }: Refusal): boolean {
  return code === "context_length_exceeded" || /maximum context length is \d+/i.test(message);
}

/** The code of this one is a sentence. */
function isTenantMismatch({ code = "", message = "" }: Refusal): boolean {
  const said = `${code} ${message}`.toLowerCase();
  const tenant = said.indexOf("tenant");
  return tenant !== -1 && said.includes("does not match", tenant);
}

/** A missing role is a 401 and not a 403. A wrong key has the same word in its status line, not in its code. */
function isMissingRole({ code, message = "" }: Refusal): boolean {
  return (
    code === "PermissionDenied" ||
    /lacks the required data action|does not have access to API\/Operation/i.test(message)
  );
}
