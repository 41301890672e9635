import { OperationNotSupportedError } from "../errors.js";
import type { AzureOpenAIError, ServiceMessage } from "../errors.js";
import type { DeploymentSettings, OperationName, Parameters } from "../settings/settings.js";
import { present } from "../present.js";
import { toDefaultFields } from "./completions.js";
import type { Dialect } from "./operation.js";
import { readProposedField, readRefusedFields } from "./refused-fields.js";
import { maxTokensFields, optionBehind } from "./wire-names.js";

/** What an answer taught: ask another operation, or speak this one differently. */
export type Lesson = { readonly kind: "operation" } | { readonly kind: "dialect"; readonly dialect: Dialect };

/** How a deployment is spoken to before it has taught anything. */
export const plainDialect: Dialect = Object.freeze({ refused: new Set<string>(), streamUsage: true });

/** Names that only models of the completions operation bear. */
const COMPLETIONS_HINT = /instruct|davinci|babbage/i;

/** The names that a limit of new tokens has on some model or other. */
const LIMIT_NAMES: ReadonlySet<string> = new Set([
  "max_tokens",
  "max_completion_tokens",
  "max_output_tokens",
]);

/** Lists the operations to ask a deployment for, in order. Names are hints for the order alone. */
export function candidates(
  deployment: Pick<DeploymentSettings, "operation" | "deploymentName" | "model">,
): readonly OperationName[] {
  const { operation, deploymentName = "", model = "" } = deployment;
  if (operation !== "auto") return [operation];
  return COMPLETIONS_HINT.test(deploymentName) || COMPLETIONS_HINT.test(model)
    ? ["completions", "chat", "responses"]
    : ["chat", "responses", "completions"];
}

/**
 * Says what a failure teaches about the deployment, if anything.
 *
 * A dialect that comes of it always differs from the one given, and following lessons comes to an
 * end: each refuses one field more, or renames the limit of new tokens, which happens once.
 */
export function lessonOf(
  error: AzureOpenAIError,
  operation: OperationName,
  parameters: Parameters,
  dialect: Dialect,
): Lesson | undefined {
  if (lacksOperation(error, operation)) return { kind: "operation" };
  const learnt = dialectAfter(error, operation, parameters, dialect);
  return learnt === undefined ? undefined : { kind: "dialect", dialect: learnt };
}

/** Makes the error for a refused field that the caller asked for; nothing when it is about something else. */
export function refusedOption(
  error: AzureOpenAIError,
  operation: OperationName,
  parameters: Parameters,
): OperationNotSupportedError | undefined {
  const { status, host, deploymentName, report, service } = error;
  if (!isRefusal(error) || service === undefined) return undefined;
  const options = [
    ...new Set(readRefusedFields(service).flatMap((field) => optionBehind(field, parameters) ?? [])),
  ];
  if (options.length === 0) return undefined;
  const names = options.map((option) => `\`${option}\``).join(", ");
  return new OperationNotSupportedError(
    `The deployed model refuses ${names} on the ${operation} operation: ${service.message ?? "it gave no reason"} ` +
      `Leave ${names} out or give it the value the model takes, or use a deployment of a model that supports it.`,
    present({ cause: error, status, host, deploymentName, report, service }),
  );
}

function lacksOperation({ status, service }: AzureOpenAIError, operation: OperationName): boolean {
  if (service?.code === "OperationNotSupported") return true;
  if (status === 405) return true;
  if (status === 404) return service?.code !== "DeploymentNotFound";
  // Dated versions from before the operation was there say so in a 400.
  return (
    status === 400 &&
    operation === "responses" &&
    /Responses API is enabled only/i.test(service?.message ?? "")
  );
}

/** Azure answers 400; gateways that check bodies themselves, 422. */
function isRefusal({ status }: AzureOpenAIError): boolean {
  return status === 400 || status === 422;
}

/** Gateways refuse it in words of their own; what names it is about it, as nobody else has asked for it. */
function namesStreamOptions({ message = "", param = "" }: ServiceMessage): boolean {
  return /\bstream_options\b/.test(`${param} ${message}`);
}

function dialectAfter(
  error: AzureOpenAIError,
  operation: OperationName,
  parameters: Parameters,
  dialect: Dialect,
): Dialect | undefined {
  const { service } = error;
  if (!isRefusal(error) || service === undefined) return undefined;
  const fields = readRefusedFields(service);

  if (namesStreamOptions(service)) {
    const own = optionBehind("stream_options", parameters) === undefined;
    return dialect.streamUsage && own ? { ...dialect, streamUsage: false } : undefined;
  }

  const limit = dialect.maxTokensField ?? maxTokensFields[operation];
  if (fields.includes(limit)) {
    const proposed =
      readProposedField(service) ?? (operation === "chat" ? "max_completion_tokens" : undefined);
    const rename = proposed !== undefined && LIMIT_NAMES.has(proposed) && proposed !== limit;
    if (rename && dialect.maxTokensField === undefined) return { ...dialect, maxTokensField: proposed };
  }

  if (fields.some((field) => optionBehind(field, parameters) !== undefined)) return undefined;
  const defaults = operation === "completions" ? toDefaultFields(dialect) : {};
  const news = fields.filter((field) => Object.hasOwn(defaults, field) && !dialect.refused.has(field));
  return news.length === 0 ? undefined : { ...dialect, refused: new Set([...dialect.refused, ...news]) };
}
