import { ConfigurationError } from "../errors.js";

/** Fields of the body that have an option, or a meaning, of their own: an answer could not be read without them. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ["model", "Name the deployment with `deploymentName`"],
  ["prompt", "Give the prompt to the call"],
  ["messages", "Give the prompt to the call, and what goes before it to `systemMessage`"],
  ["input", "Give the prompt to the call"],
  ["stream", "Call `.stream()`, or set `streaming: true`"],
  ["n", "Set the option `n`"],
  ["__proto__", "Take it out and use another name"],
]);

/** Refuses fields that `modelKwargs` may not hold. `name`: what the caller called them. */
export function checkModelKwargs(
  modelKwargs: Readonly<Record<string, unknown>> | undefined,
  name = "modelKwargs",
): void {
  for (const key of Object.keys(modelKwargs ?? {})) {
    const remedy = RESERVED.get(key);
    if (remedy !== undefined) {
      throw new ConfigurationError(`\`${name}\` may not hold \`${key}\`. ${remedy} instead.`);
    }
  }
}
