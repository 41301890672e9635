import type { AzureOpenAIInput } from "../settings/options.js";
import { MODEL_FLAGS } from "./flags.js";
import { UsageError } from "./usage-error.js";

/** What a flag was given. */
export type Value = string | boolean | (string | boolean)[] | undefined;

/** What a command was given, checked for shape. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, Value>>;

  constructor(positionals: readonly string[], values: Readonly<Record<string, Value>>) {
    this.positionals = positionals;
    this.#values = values;
  }

  has(flag: string): boolean {
    return this.#values[flag] !== undefined;
  }

  text(flag: string): string | undefined {
    const value = this.#values[flag];
    return typeof value === "string" ? value : undefined;
  }

  number(flag: string): number | undefined {
    const text = this.text(flag);
    return text === undefined ? undefined : toNumber(text, flag);
  }

  /** The model's options among what was given. */
  modelInput(): AzureOpenAIInput {
    const input = Object.entries(MODEL_FLAGS).flatMap(([name, { option, kind }]) => {
      const value = this.#values[name];
      if (value === undefined) return [];
      return [[option, kind === "number" ? this.number(name) : value]];
    });
    return Object.fromEntries(input) as AzureOpenAIInput; // each option's own check follows in the constructor
  }
}

function toNumber(text: string, flag: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new UsageError(`--${flag} wants a number, not ${JSON.stringify(text)}.`);
}
