import type { Environment } from "../settings/environment.js";
import type { ExplainedOption } from "../settings/explain.js";
import { nameSource } from "./settings-report.js";

/** With what the command signs in. */
export interface SignIn {
  readonly option: string;
  /** Where it comes from. */
  readonly source: string;
  /** The key or the token; empty for a credential. */
  readonly secret: string;
}

/** The command line's ways to sign in. */
const WAYS: readonly string[] = ["apiKey", "azureADToken", "credential"];

/** Finds the way that was given. */
export function findSignIn(options: readonly ExplainedOption[], environment: Environment): SignIn {
  const row = options.find(({ option }) => WAYS.includes(option));
  const { option, source } = row ?? { option: "credential", source: "default" };
  const name = nameSource(source);
  return { option, source: name, secret: environment(name) ?? "" };
}
