import { optionEntry, type OptionName } from "../settings/table.js";

/** One flag of the command line. */
export interface Flag {
  /** What follows it, in the help; a flag without one is a switch. */
  readonly placeholder?: string;
  /** How its value is read. A `number` is checked for being one, `texts` may be given several times. */
  readonly kind: "switch" | "text" | "number" | "texts";
  readonly about: string;
  /** One letter that means the same. */
  readonly short?: string;
}

/** A flag that is an option of the model. */
export interface ModelFlag extends Flag {
  readonly option: OptionName;
}

/** The meaning and the variables are those of the options table, written once. */
function modelFlag(
  option: OptionName,
  placeholder: string,
  kind: Exclude<Flag["kind"], "switch">,
): ModelFlag {
  const { description, environment = [] } = optionEntry(option);
  const variables = environment.length === 0 ? "" : ` [${environment.join(", ")}]`;
  return { option, placeholder, kind, about: `${description.replaceAll("`", "")}${variables}` };
}

/** The model's options that the command line takes. Keys and tokens are none of them. */
export const MODEL_FLAGS: Readonly<Record<string, ModelFlag>> = {
  endpoint: modelFlag("azureEndpoint", "URL", "text"),
  "base-url": modelFlag("baseURL", "URL", "text"),
  deployment: modelFlag("deploymentName", "NAME", "text"),
  "api-version": modelFlag("apiVersion", "VERSION", "text"),
  operation: modelFlag("operation", "NAME", "text"),
  model: modelFlag("model", "NAME", "text"),
  credential: modelFlag("credential", "default", "text"),
  scope: modelFlag("azureADScope", "SCOPE", "text"),
  system: modelFlag("systemMessage", "TEXT", "text"),
  temperature: modelFlag("temperature", "NUMBER", "number"),
  "max-tokens": modelFlag("maxTokens", "NUMBER", "number"),
  "top-p": modelFlag("topP", "NUMBER", "number"),
  "frequency-penalty": modelFlag("frequencyPenalty", "NUMBER", "number"),
  "presence-penalty": modelFlag("presencePenalty", "NUMBER", "number"),
  seed: modelFlag("seed", "NUMBER", "number"),
  stop: modelFlag("stop", "TEXT", "texts"),
  concurrency: modelFlag("maxConcurrency", "NUMBER", "number"),
  "batch-size": modelFlag("batchSize", "NUMBER", "number"),
  "max-retries": modelFlag("maxRetries", "NUMBER", "number"),
  timeout: modelFlag("timeout", "MS", "number"),
  "requests-per-minute": modelFlag("requestsPerMinute", "NUMBER", "number"),
  "tokens-per-minute": modelFlag("tokensPerMinute", "NUMBER", "number"),
};

/** What every command takes. */
export const COMMON_FLAGS: Readonly<Record<string, Flag>> = {
  help: { kind: "switch", short: "h", about: "Shows this help." },
};

/** The flag that stands for an option of the model. */
export function flagOf(option: string): string | undefined {
  const found = Object.entries(MODEL_FLAGS).find(([, flag]) => flag.option === option);
  return found === undefined ? undefined : `--${found[0]}`;
}
