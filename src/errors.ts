import type { ServiceReport } from "./report.js";

/** Marks our errors so that they are known across two copies of this package. */
const MARK = Symbol.for("langchain-azure-openai.error");

/** The stable code of each error class. */
export type AzureOpenAIErrorCode =
  | "configuration"
  | "authentication"
  | "permission"
  | "deployment_not_found"
  | "operation_not_supported"
  | "invalid_request"
  | "context_length"
  | "content_filter"
  | "rate_limit"
  | "timeout"
  | "connection"
  | "interrupted_stream"
  | "service";

/** Where an error of a code is explained: a file of this package and a section of it. */
function helpFor(code: AzureOpenAIErrorCode): string {
  return `langchain-azure-openai/docs/errors.md#${code}`;
}

const HELP = / See langchain-azure-openai\/docs\/errors\.md#\w+\./g;

/** A message without where to read on, to quote it. */
export function quoteMessage({ message }: Error): string {
  return message.replaceAll(HELP, "");
}

/** Ends a message with where to read on, and only there: errors that it quotes said so as well. */
function withHelp(message: string, code: AzureOpenAIErrorCode | undefined): string {
  const text = message.replaceAll(HELP, "");
  if (code === undefined) return text;
  const stop = /[.!?…]["')]*$/.test(text) ? "" : ".";
  return `${text}${stop} See ${helpFor(code)}.`;
}

/** What the service wrote in the body of a refusal. */
export interface ServiceMessage {
  /** Its code, such as `DeploymentNotFound`. */
  readonly code?: string;
  /** Its sentence. */
  readonly message?: string;
  /** The request field that the service complains about. */
  readonly param?: string;
}

/** What is known about a failure beside its message. */
export interface ErrorDetails {
  /** What was caught, without anything secret. */
  readonly cause?: unknown;
  /** The HTTP status, where there was an answer. */
  readonly status?: number;
  /** The host of the deployment that was asked. */
  readonly host?: string;
  /** The deployment that was asked. */
  readonly deploymentName?: string;
  /** What the answer's headers said. */
  readonly report?: ServiceReport;
  /** The service's own words. */
  readonly service?: ServiceMessage;
  /** How long the service asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * The base of every error this package throws, but for aborts, which stay `AbortError`s.
 *
 * @example
 * ```ts
 * import { AzureOpenAIError } from "langchain-azure-openai";
 *
 * try {
 *   await llm.invoke("Tell me a joke");
 * } catch (error) {
 *   if (AzureOpenAIError.isInstance(error)) console.error(error.code, error.requestId, error.message);
 *   else throw error;
 * }
 * ```
 */
export abstract class AzureOpenAIError extends Error {
  /** The stable code of the class. */
  static readonly code?: AzureOpenAIErrorCode;
  /** The stable code of the class, to switch on. */
  abstract readonly code: AzureOpenAIErrorCode;
  /** The HTTP status, where there was an answer. */
  declare readonly status?: number;
  /** The id to quote to Azure support. */
  declare readonly requestId?: string;
  /** The host of the deployment that was asked: two resources may have deployments of one name. */
  declare readonly host?: string;
  /** The deployment that was asked. */
  declare readonly deploymentName?: string;
  /** What the answer's headers said. */
  declare readonly report?: ServiceReport;
  /** The service's own words. */
  declare readonly service?: ServiceMessage;
  /** How long the service asked to wait, in milliseconds. */
  declare readonly retryAfterMs?: number;
  /** Which of the call's prompts this is about, counted from 0. */
  declare promptIndex?: number;

  constructor(message: string, details: ErrorDetails = {}) {
    super(
      withHelp(message, new.target.code),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    Object.defineProperty(this, MARK, { value: true });
    const { status, host, deploymentName, report, service, retryAfterMs } = details;
    if (status !== undefined) this.status = status;
    if (report?.requestId !== undefined) this.requestId = report.requestId;
    if (host !== undefined) this.host = host;
    if (deploymentName !== undefined) this.deploymentName = deploymentName;
    if (report !== undefined) this.report = report;
    if (service !== undefined) this.service = service;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }

  /** Where the error is explained, with each of its causes and remedies: a file of this package and a section of it. */
  get help(): string {
    return helpFor(this.code);
  }

  /** Tells whether a value is an error of this package, also of another copy of it. */
  static isInstance(value: unknown): value is AzureOpenAIError {
    return value instanceof Error && MARK in value;
  }
}

/** Adds sentences to what an error says, before where to read on. */
export function addToMessage(error: AzureOpenAIError, sentences: string): void {
  error.message = withHelp(`${quoteMessage(error)} ${sentences}`, error.code);
}

function hasCode(value: unknown, code: AzureOpenAIErrorCode): boolean {
  return AzureOpenAIError.isInstance(value) && value.code === code;
}

/** What was given cannot work: options, environment or prompts. Thrown before any request. */
export class ConfigurationError extends AzureOpenAIError {
  static override readonly code = "configuration";
  override readonly name = "ConfigurationError";
  readonly code = ConfigurationError.code;

  static override isInstance(value: unknown): value is ConfigurationError {
    return hasCode(value, ConfigurationError.code);
  }
}

/** The service did not accept the sign-in (401), or no token was to be had. */
export class AuthenticationError extends AzureOpenAIError {
  static override readonly code = "authentication";
  override readonly name = "AuthenticationError";
  readonly code = AuthenticationError.code;

  static override isInstance(value: unknown): value is AuthenticationError {
    return hasCode(value, AuthenticationError.code);
  }
}

/** The sign-in is known but not allowed to do this (403, or a missing role). */
export class PermissionError extends AzureOpenAIError {
  static override readonly code = "permission";
  override readonly name = "PermissionError";
  readonly code = PermissionError.code;

  static override isInstance(value: unknown): value is PermissionError {
    return hasCode(value, PermissionError.code);
  }
}

/** There is no such deployment, API version or route (404). */
export class DeploymentNotFoundError extends AzureOpenAIError {
  static override readonly code = "deployment_not_found";
  override readonly name = "DeploymentNotFoundError";
  readonly code = DeploymentNotFoundError.code;

  static override isInstance(value: unknown): value is DeploymentNotFoundError {
    return hasCode(value, DeploymentNotFoundError.code);
  }
}

/** The deployed model cannot do what was asked. */
export class OperationNotSupportedError extends AzureOpenAIError {
  static override readonly code = "operation_not_supported";
  override readonly name = "OperationNotSupportedError";
  readonly code = OperationNotSupportedError.code;

  static override isInstance(value: unknown): value is OperationNotSupportedError {
    return hasCode(value, OperationNotSupportedError.code);
  }
}

/** The service refused the request as wrong (another 4xx). */
export class InvalidRequestError extends AzureOpenAIError {
  static override readonly code = "invalid_request";
  override readonly name = "InvalidRequestError";
  readonly code = InvalidRequestError.code;

  static override isInstance(value: unknown): value is InvalidRequestError {
    return hasCode(value, InvalidRequestError.code);
  }
}

/** The prompt and the answer do not fit into the model's context. */
export class ContextLengthError extends AzureOpenAIError {
  static override readonly code = "context_length";
  override readonly name = "ContextLengthError";
  readonly code = ContextLengthError.code;

  static override isInstance(value: unknown): value is ContextLengthError {
    return hasCode(value, ContextLengthError.code);
  }
}

/** A rate limit (429) that outlasted every retry, or asked for a wait longer than `maxRetryDelay`. */
export class RateLimitError extends AzureOpenAIError {
  static override readonly code = "rate_limit";
  override readonly name = "RateLimitError";
  readonly code = RateLimitError.code;

  static override isInstance(value: unknown): value is RateLimitError {
    return hasCode(value, RateLimitError.code);
  }
}

/** The service could not be reached: refused, reset, DNS or TLS. */
export class ConnectionError extends AzureOpenAIError {
  static override readonly code = "connection";
  override readonly name = "ConnectionError";
  readonly code = ConnectionError.code;

  static override isInstance(value: unknown): value is ConnectionError {
    return hasCode(value, ConnectionError.code);
  }
}

/** The service failed (5xx) or answered something that makes no sense. */
export class ServiceError extends AzureOpenAIError {
  static override readonly code = "service";
  override readonly name = "ServiceError";
  readonly code = ServiceError.code;

  static override isInstance(value: unknown): value is ServiceError {
    return hasCode(value, ServiceError.code);
  }
}

/** A category of the content filter and what it found. */
export interface ContentFilterCategory {
  /** True when this category is why the text was withheld. */
  readonly filtered: boolean;
  /** True when a detector (jailbreak, profanity, protected material) fired. */
  readonly detected?: boolean;
  /** How bad it is: `safe`, `low`, `medium` or `high`. */
  readonly severity?: string;
}

/** Azure's verdict by category (`hate`, `jailbreak`, ...). */
export type ContentFilterCategories = Readonly<Record<string, ContentFilterCategory>>;

/** Azure's content filter refused the prompt or cut the whole completion. */
export class ContentFilterError extends AzureOpenAIError {
  static override readonly code = "content_filter";
  override readonly name = "ContentFilterError";
  readonly code = ContentFilterError.code;
  /** What was filtered. */
  readonly source: "prompt" | "completion";
  /** The verdict by category, as far as the service told. */
  readonly categories: ContentFilterCategories;
  /** The text that arrived before the filter cut it. */
  declare readonly partialText?: string;

  constructor(
    message: string,
    details: ErrorDetails & {
      readonly source: "prompt" | "completion";
      readonly categories: ContentFilterCategories;
      readonly partialText?: string;
    },
  ) {
    super(message, details);
    this.source = details.source;
    this.categories = details.categories;
    if (details.partialText !== undefined) this.partialText = details.partialText;
  }

  static override isInstance(value: unknown): value is ContentFilterError {
    return hasCode(value, ContentFilterError.code);
  }
}

/** A stream ended before it was whole. */
export class InterruptedStreamError extends AzureOpenAIError {
  static override readonly code = "interrupted_stream";
  override readonly name = "InterruptedStreamError";
  readonly code = InterruptedStreamError.code;
  /** The text that arrived before the end. */
  readonly partialText: string;

  constructor(message: string, details: ErrorDetails & { readonly partialText: string }) {
    super(message, details);
    this.partialText = details.partialText;
  }

  static override isInstance(value: unknown): value is InterruptedStreamError {
    return hasCode(value, InterruptedStreamError.code);
  }
}

/**
 * Which of the time limits ran out.
 *
 * - `attempt`: `timeout`, the time of one attempt.
 * - `idle`: `idleTimeout`, the longest silence.
 * - `total`: `totalTimeout` or the call's own `timeout`, the time of the whole call.
 */
export type TimeoutScope = "attempt" | "idle" | "total";

/** A time limit ran out. */
export class TimeoutError extends AzureOpenAIError {
  static override readonly code = "timeout";
  override readonly name = "TimeoutError";
  readonly code = TimeoutError.code;
  /** Which limit it was. */
  readonly scope: TimeoutScope;

  constructor(message: string, details: ErrorDetails & { readonly scope: TimeoutScope }) {
    super(message, details);
    this.scope = details.scope;
  }

  static override isInstance(value: unknown): value is TimeoutError {
    return hasCode(value, TimeoutError.code);
  }
}

/**
 * What an aborted signal means for a call: an `AbortError`, or a {@link TimeoutError} where the
 * signal is a deadline (LangChain turns a call's `timeout` into one).
 *
 * @param waitedFor - what the call waited for, where that is known.
 */
export function abortReason(signal: AbortSignal, waitedFor?: string): Error {
  const reason: unknown = signal.reason;
  // By name and not by class: the platform's errors may be of another realm (a `vm` context, a test runner).
  const name = typeof reason === "object" && reason !== null && "name" in reason ? reason.name : undefined;
  if (name === "TimeoutError") {
    return AzureOpenAIError.isInstance(reason)
      ? reason
      : new TimeoutError(
          "The call took longer than its `timeout`, or than its `signal` allows, and was ended" +
            `${waitedFor === undefined ? "" : ` while it waited for ${waitedFor}`}. Give it more time.`,
          {
            scope: "total",
            cause: reason,
          },
        );
  }
  if (name === "AbortError") return reason as Error; // the name says so
  const error = new Error("The call was aborted.", { cause: reason });
  error.name = "AbortError";
  return error;
}
