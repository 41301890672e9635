import { AzureOpenAIError } from "../errors.js";
import { type Environment, readVariable } from "./environment.js";
import { resolveRecorded } from "./resolve.js";
import { canonicalName, optionEntry } from "./table.js";

/** Where one setting came from. */
export interface ExplainedOption {
  readonly option: string;
  /** What it is; `"***"` in place of what is secret. */
  readonly value: unknown;
  /** `option X`, `variable Y` or `default`. */
  readonly source: string;
}

/** Where every setting came from, and what is wrong with them, if anything. */
export interface Explanation {
  readonly options: readonly ExplainedOption[];
  readonly problem?: AzureOpenAIError;
}

function isSecret(option: string): boolean {
  // The body can carry keys of further services (a search index, say).
  if (option === "modelKwargs") return true;
  const canonical = canonicalName(option.slice(option.lastIndexOf(".") + 1));
  return canonical === undefined || optionEntry(canonical).secret === true;
}

/** Tells where each setting comes from, with secrets masked; what is wrong is told, not thrown. */
export function explainSettings(input?: object, environment: Environment = readVariable): Explanation {
  const options = new Map<string, ExplainedOption>();
  try {
    resolveRecorded(input, environment, (option, value, source) => {
      options.set(option, { option, value: isSecret(option) ? "***" : value, source });
    });
    return { options: [...options.values()] };
  } catch (error) {
    if (AzureOpenAIError.isInstance(error)) return { options: [...options.values()], problem: error };
    throw error;
  }
}
