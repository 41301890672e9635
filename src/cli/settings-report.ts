import type { ExplainedOption } from "../settings/explain.js";
import { PLACE_NAMES, SIGN_IN_NAMES } from "../settings/table.js";
import { flagOf } from "./flags.js";

/** Settings that are worth a line even with their default. */
const ALWAYS: readonly string[] = ["apiVersion", "azureADScope", "operation"];

/** What decides where requests go, and as whom, is shown first. */
const FIRST: readonly string[] = [
  ...PLACE_NAMES,
  "deploymentName",
  "apiVersion",
  ...SIGN_IN_NAMES,
  "azureADScope",
];

/** Where a setting came from, in the words of the command line. */
export function nameSource(source: string): string {
  const option = /^option (\S+)/.exec(source)?.[1];
  if (option !== undefined) return flagOf(option) ?? option;
  return source.replace(/^variable /, "");
}

/** The row of an option; what has none has its default. */
export function findRow(option: string, options: readonly ExplainedOption[]): ExplainedOption {
  return options.find((row) => row.option === option) ?? { option, value: undefined, source: "default" };
}

function rankOf({ option }: ExplainedOption): number {
  const rank = FIRST.indexOf(option);
  return rank === -1 ? FIRST.length : rank;
}

function formatValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The settings as lines of a table: name, value, where it came from. */
export function formatSettings(options: readonly ExplainedOption[], all: boolean): string[] {
  const shown = options
    .filter(({ option, source }) => all || source !== "default" || ALWAYS.includes(option))
    .sort((one, other) => rankOf(one) - rankOf(other));
  const rows = shown.map(
    ({ option, value, source }) => [option, formatValue(value), nameSource(source)] as const,
  );
  const width = (column: 0 | 1): number => Math.max(0, ...rows.map((row) => row[column].length));
  const [first, second] = [width(0), Math.min(60, width(1))];
  const lines = rows.map(
    ([option, value, source]) => `${option.padEnd(first)}  ${value.padEnd(second)}  ${source}`,
  );
  const hidden = options.length - shown.length;
  return hidden === 0 ? lines : [...lines, `and ${hidden} with their default (--all shows them)`];
}
