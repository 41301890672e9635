import { OperationNotSupportedError } from "../errors.js";
import type { OperationName, Parameters } from "../settings/settings.js";

const ASKED = {
  bestOf: ({ bestOf, n = 1 }) => bestOf !== undefined && bestOf > n,
  echo: ({ echo }) => echo === true,
  frequencyPenalty: ({ frequencyPenalty = 0 }) => frequencyPenalty !== 0,
  logitBias: ({ logitBias = {} }) => Object.keys(logitBias).length > 0,
  presencePenalty: ({ presencePenalty = 0 }) => presencePenalty !== 0,
  seed: ({ seed }) => seed !== undefined,
  suffix: ({ suffix = "" }) => suffix !== "",
  systemMessage: ({ systemMessage = "" }) => systemMessage !== "",
} as const satisfies Partial<Record<keyof Parameters, (parameters: Parameters) => boolean>>;

/** An option that some operation lacks. */
export type LackableOption = keyof typeof ASKED;

/**
 * Throws for options that an operation has no place for, where they ask for something: a penalty of
 * 0 or an empty suffix is what such an operation does anyway.
 */
export function refuseLacking(
  operation: OperationName,
  parameters: Parameters,
  options: readonly LackableOption[],
  having: readonly OperationName[],
): void {
  const asked = options.filter((option) => ASKED[option](parameters));
  if (asked.length === 0) return;
  const names = asked.map((option) => `\`${option}\``).join(", ");
  const others = having.map((name) => `\`operation: "${name}"\``).join(" or ");
  throw new OperationNotSupportedError(
    `The ${operation} operation has no ${names}. Leave ${names} out, or use ${others} with a deployment whose model serves it.`,
  );
}
