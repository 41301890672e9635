import { ContentFilterError, InvalidRequestError, TimeoutError } from "../errors.js";
import type { AzureOpenAIError } from "../errors.js";

/**
 * What a failure is about.
 *
 * - `limit`: the deployment is at its limit (429).
 * - `trouble`: the service or the way to it failed for now (408, 409, 5xx, connection, a stream cut
 *   before its first text).
 * - `silence`: an attempt ran out of time.
 * - `nonsense`: an answer that is none.
 * - `access`: this deployment cannot be used with these settings (401, 403, 404, a redirect).
 * - `unsupported`: this deployment's model cannot do what was asked.
 * - `prompt`: one of the prompts.
 * - `request`: everything that was sent, or one of the prompts: the service did not say.
 * - `caller`: everything that was sent.
 */
export type Cause =
  "limit" | "trouble" | "silence" | "nonsense" | "access" | "unsupported" | "prompt" | "request" | "caller";

/** The request fields that hold the prompts, as services name them in a refusal. */
const PROMPT_FIELDS = /^\$?\.?(prompt|messages|input)\b/;

/** Says what a failure is about. */
export function classify(error: AzureOpenAIError): Cause {
  const { status } = error;
  if (status === 429) return "limit";
  if (status === 408 || status === 409 || (status !== undefined && status >= 500)) return "trouble";
  switch (error.code) {
    case "rate_limit":
      return "limit";
    case "connection":
      return "trouble";
    case "interrupted_stream":
      return "trouble";
    case "timeout":
      return error instanceof TimeoutError && error.scope === "total" ? "caller" : "silence";
    case "service":
      // A redirect stays one; an error inside a stream is the service's own, though it has no status.
      if (status !== undefined && status >= 300 && status < 400) return "access";
      return error.service === undefined ? "nonsense" : "trouble";
    case "authentication":
    case "permission":
    case "deployment_not_found":
      return "access";
    case "operation_not_supported":
      return "unsupported";
    case "context_length":
      return "prompt";
    case "content_filter":
      return error instanceof ContentFilterError && error.source === "completion" ? "caller" : "prompt";
    case "invalid_request":
      return classifyRefusal(error);
    case "configuration":
      return "caller";
  }
}

function classifyRefusal(error: AzureOpenAIError): Cause {
  const param = error.service?.param;
  if (!(error instanceof InvalidRequestError) || param === undefined || param === "") return "request";
  return PROMPT_FIELDS.test(param) ? "prompt" : "caller";
}

/** What the prompts of a failed request have been through. */
export interface Standing {
  /** How many prompts the request held. */
  readonly prompts: number;
  /** How many of their requests failed, this one included. */
  readonly failures: number;
  readonly maxRetries: number;
  /** True when a deployment is left that was not tried yet. */
  readonly untried: boolean;
  /** True when it is known that refusals without a field are about single prompts. */
  readonly suspect: boolean;
}

/**
 * What to do.
 *
 * - `again`: here after a while, elsewhere at once.
 * - `elsewhere`: never here again.
 * - `split`: in two halves.
 * - `sample`: one prompt by itself, to see whether it is about the prompts at all.
 * - `fail`: it is the answer.
 */
export type Verdict = "again" | "elsewhere" | "split" | "sample" | "fail";

/** How often an answer that makes no sense is asked for again. */
const NONSENSE_RETRIES = 1;

/** Decides what becomes of the prompts of a failed request. */
export function judge(cause: Cause, standing: Standing): Verdict {
  const { prompts, failures, maxRetries, untried, suspect } = standing;
  switch (cause) {
    case "limit":
    case "trouble":
      if (failures <= maxRetries) return "again";
      return untried ? "elsewhere" : "fail";
    case "nonsense":
      if (failures <= Math.min(maxRetries, NONSENSE_RETRIES)) return "again";
      return untried ? "elsewhere" : "fail";
    case "silence":
    case "access":
    case "unsupported":
      return "elsewhere";
    case "prompt":
      return prompts > 1 ? "split" : "fail";
    case "request":
      if (prompts === 1) return "fail";
      return suspect ? "split" : "sample";
    case "caller":
      return "fail";
  }
}

const FIRST_BACKOFF_MS = 500;
const FIRST_LIMIT_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 30_000;

/** How long to wait after so many failures, where the service did not say: any time up to twice as long each. */
export function backoff(failures: number, random: () => number): number {
  return random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}

/**
 * How long a whole deployment waits after so many refusals in a row (429) that did not say.
 *
 * It is at least half of the longest, as a limit takes its time; and the next one doubles it, so
 * that the default number of retries outlasts a minute's window.
 */
export function limitBackoff(refusals: number, random: () => number): number {
  const longest = Math.min(2 * LONGEST_BACKOFF_MS, FIRST_LIMIT_BACKOFF_MS * 2 ** (refusals - 1));
  return longest * (0.5 + random() / 2);
}
