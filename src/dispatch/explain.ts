import { addToMessage, AzureOpenAIError, quoteMessage, RateLimitError, TimeoutError } from "../errors.js";
import { present } from "../present.js";
import type { DeploymentSettings } from "../settings/settings.js";
import type { Deployment } from "./deployment.js";
import type { History, Misplaced } from "./parcel.js";

/** Names a deployment in a sentence. */
function nameOf({ deploymentName, host }: Pick<DeploymentSettings, "deploymentName" | "host">): string {
  return deploymentName === undefined ? `the deployment at ${host}` : `deployment "${deploymentName}"`;
}

/** Writes a duration as people read it. */
function toSeconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(3))} s`;
}

/** Adds which deployment it was, where the error does not say, and what was done about it. */
export function completeError(
  error: AzureOpenAIError,
  settings: DeploymentSettings,
  history: Readonly<History>,
): AzureOpenAIError {
  locate(error, settings);
  const notes: string[] = [];
  if (history.failures > 1) {
    const where = history.tried.size > 1 ? `, on ${history.tried.size} deployments` : "";
    notes.push(`It was tried ${history.failures} times${where}.`);
  }
  notes.push(...describeMisplaced(history.misplaced, error));
  if (notes.length > 0) addToMessage(error, `(${notes.join(" ")})`);
  return error;
}

/** What was wrong, whichever deployment it was wrong with. */
function kindOf(error: AzureOpenAIError): string {
  return JSON.stringify([error.code, error.status, error.service?.message ?? quoteMessage(error)]);
}

/** Says once what several deployments failed with, and of which it is true. */
function describeMisplaced(misplaced: readonly Misplaced[], last: AzureOpenAIError): string[] {
  const earlier = misplaced.filter(({ error }) => error !== last);
  const kinds = new Map(earlier.map(({ error }) => [kindOf(error), error]));
  return [...kinds].map(([kind, error]) => {
    const alike = earlier.filter(({ error }) => kindOf(error) === kind);
    const names = alike.map(({ settings: { deploymentName, host } }) =>
      deploymentName === undefined ? `Another deployment at ${host}` : `"${deploymentName}" at ${host}`,
    );
    const how = kind === kindOf(last) ? " in the same way." : `: ${quoteMessage(error)}`;
    return `${names.join(" and ")} had failed before${how}`;
  });
}

/** Writes the deployment on an error that does not name one. */
export function locate(error: AzureOpenAIError, { host, deploymentName }: DeploymentSettings): void {
  for (const [name, value] of Object.entries({ host, deploymentName })) {
    if (value === undefined || Object.hasOwn(error, name)) continue;
    Object.defineProperty(error, name, { value, enumerable: true });
  }
}

/** Another error like one, so that each prompt has its own to note things on. */
export function copyError<E extends Error>(error: E): E {
  const prototype: unknown = Reflect.getPrototypeOf(error);
  // The same prototype and the same properties make the same type.
  return Object.create(prototype as object, Object.getOwnPropertyDescriptors(error)) as E;
}

/** The error for a wait that is longer than the caller allows. */
export function tooLongError(
  cause: AzureOpenAIError | undefined,
  waitMs: number,
  maxRetryDelayMs: number,
): RateLimitError {
  const { status, host, deploymentName, report, service } = cause ?? {};
  // Not the cause's own advice, which is for waits that are waited out.
  const said = service?.message === undefined ? "" : ` The service says: "${service.message}"`;
  return new RateLimitError(
    `The service asks to wait ${toSeconds(waitMs)}, and \`maxRetryDelay\` allows ${toSeconds(maxRetryDelayMs)}.${said} ` +
      "Come back later, raise `maxRetryDelay`, have the quota of the deployment raised in Azure, or name more deployments in `deployments`.",
    { retryAfterMs: Math.ceil(waitMs), ...present({ cause, status, host, deploymentName, report, service }) },
  );
}

/** The error for a call that took too long as a whole. */
export function totalTimeoutError(
  totalTimeoutMs: number,
  waitedFor: string,
  failure: Error | undefined,
): TimeoutError {
  const last = failure === undefined ? "" : ` The last attempt failed: ${quoteMessage(failure)}`;
  return new TimeoutError(
    `The call took longer than \`totalTimeout\` (${toSeconds(totalTimeoutMs)}) and was ended while it waited for ${waitedFor}. Raise \`totalTimeout\`.${last}`,
    { scope: "total", ...present({ cause: failure }) },
  );
}

/** What there is to be said about a wait. */
export interface Wait {
  /** The deployment that was asked. */
  readonly asked: Deployment | undefined;
  readonly resting: Deployment | undefined;
  readonly failed: boolean;
  /** How many requests may be out, when they are. */
  readonly full: number | undefined;
}

/** Says what a call waits for, to end "while it waited for". */
export function describeWait({ asked, resting, failed, full }: Wait): string {
  if (asked !== undefined) return `the answer of ${nameOf(asked.settings)}`;
  if (resting !== undefined) {
    const { restCause } = resting;
    const why = failed || restCause === undefined ? "" : ` (it had failed: ${quoteMessage(restCause)})`;
    return `${nameOf(resting.settings)} to be ready again${why}`;
  }
  if (failed) return "another attempt";
  if (full !== undefined) return `one of ${full} requests (\`maxConcurrency\`) to end`;
  return "its turn under the deployment's limits";
}

const BY_TELLING: readonly AzureOpenAIError["code"][] = ["operation_not_supported", "deployment_not_found"];

/**
 * Of what each operation was told, the error that tells most: one that speaks of the model, then
 * one that speaks of the route, then the first.
 */
export function mostTelling(errors: readonly AzureOpenAIError[]): AzureOpenAIError | undefined {
  for (const code of BY_TELLING) {
    const error = errors.find((one) => one.code === code);
    if (error !== undefined) return error;
  }
  return errors[0];
}

/** Tells our errors from what anything else may throw. */
export function isOurs(error: unknown): error is AzureOpenAIError {
  return AzureOpenAIError.isInstance(error);
}
