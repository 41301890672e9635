import { ConfigurationError } from "../../src/errors.js";
import { resolveSettings, type Resolved } from "../../src/settings/resolve.js";
import type { DeploymentSettings, Secrets } from "../../src/settings/settings.js";

/** Variables as a test sets them, never the machine's own. */
export type Variables = Readonly<Record<string, string>>;

/** Resolves options with exactly these variables. */
export function resolve(input: object | undefined, variables: Variables = {}): Resolved {
  return resolveSettings(input, (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined));
}

/** The first deployment that options and variables come to. */
export function deploymentOf(input: object, variables: Variables = {}, at = 0): DeploymentSettings {
  const deployment = resolve(input, variables).settings.deployments[at];
  if (deployment === undefined) throw new Error(`no deployment ${at}`);
  return deployment;
}

/** What is secret about the first deployment. */
export function secretsOf(input: object, variables: Variables = {}, at = 0): Secrets {
  const access = resolve(input, variables).accesses[at];
  if (access === undefined) throw new Error(`no access ${at}`);
  return access();
}

/** The message of the `ConfigurationError` that a run must throw. */
export function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Options that are whole. */
export const WHOLE = {
  azureEndpoint: "https://res.openai.azure.com",
  deploymentName: "dep",
  apiKey: "KEY",
} as const;
