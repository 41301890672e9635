import type { Environment } from "../settings/environment.js";
import type { ExplainedOption } from "../settings/explain.js";
import { optionEntry, PLACE_NAMES, SIGN_IN_NAMES } from "../settings/table.js";
import { hasQuotationMarks } from "./quotation-marks.js";
import { nameSource } from "./settings-report.js";

/** Variables of other clients, which this package does not read and whose content it does not send. */
const FOREIGN = [
  "OPENAI_BASE_URL",
  "OPENAI_ORG_ID",
  "OPENAI_ORGANIZATION",
  "OPENAI_PROJECT_ID",
  "OPENAI_CUSTOM_HEADERS",
] as const;

/** Names that people and other tools give to what this package reads under another. */
const MISNAMED = [
  ["AZURE_OPENAI_API_BASE", "AZURE_OPENAI_ENDPOINT"],
  ["OPENAI_API_BASE", "AZURE_OPENAI_ENDPOINT"],
  ["AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_API_DEPLOYMENT_NAME"],
  ["AZURE_OPENAI_DEPLOYMENT_NAME", "AZURE_OPENAI_API_DEPLOYMENT_NAME"],
  ["AZURE_OPENAI_MODEL", "AZURE_OPENAI_API_DEPLOYMENT_NAME"],
  ["AZURE_OPENAI_VERSION", "AZURE_OPENAI_API_VERSION"],
  ["AZURE_OPENAI_KEY", "AZURE_OPENAI_API_KEY"],
] as const;

/** Options of which one counts, and the variables that can say it. */
const RIVALS = [PLACE_NAMES, ["deploymentName"], ["apiVersion"], SIGN_IN_NAMES] as const;

/** The names of an option's variables, without the conditions that the table adds to some. */
function variablesOf(option: (typeof RIVALS)[number][number]): string[] {
  return (optionEntry(option).environment ?? []).filter((name) => /^\w+$/.test(name));
}

/** Says of each variable that is set and changes nothing why that is. */
export function explainEnvironment(
  options: readonly ExplainedOption[],
  environment: Environment,
  isBlank: (name: string) => boolean,
): string[] {
  const notes: string[] = [];
  for (const rivals of RIVALS) {
    const names: readonly string[] = rivals;
    const used = options.find(({ option }) => names.includes(option));
    const winner = used === undefined ? undefined : /^variable (\w+)/.exec(used.source)?.[1];
    for (const variable of rivals.flatMap(variablesOf)) {
      if (isBlank(variable)) notes.push(`${variable} is set but blank, which counts as not set.`);
      const value = environment(variable);
      if (value !== undefined && hasQuotationMarks(value)) {
        notes.push(`${variable} has quotation marks around it, which are taken as part of it.`);
      }
      if (used === undefined || used.source === "default" || value === undefined) continue;
      if (variable === winner || (winner !== undefined && environment(winner) === value)) continue;
      notes.push(`${variable} is set as well and not used: ${nameSource(used.source)} comes first.`);
    }
  }
  for (const [name, right] of MISNAMED) {
    if (environment(name) !== undefined) {
      notes.push(`${name} is set and not read: the variable's name is ${right}.`);
    }
  }
  const type = environment("OPENAI_API_TYPE")?.toLowerCase();
  const entra = type === "azure_ad" || type === "azuread";
  if (!entra && environment("OPENAI_API_KEY") !== undefined) {
    notes.push(
      "OPENAI_API_KEY is set and not read: it belongs to OpenAI's own platform, unless OPENAI_API_TYPE is azure_ad.",
    );
  }
  for (const name of FOREIGN) {
    if (environment(name) === undefined) continue;
    notes.push(
      `${name} is set and not read: it belongs to other clients, and nothing of it is sent to Azure.`,
    );
  }
  return notes;
}
