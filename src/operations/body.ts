import { ConfigurationError } from "../errors.js";
import { present } from "./json.js";
import type { JsonObject } from "./operation.js";
import type { Parameters } from "../settings/settings.js";

/** Wire fields that belong to the call itself, and the way to set each. */
const RESERVED: Readonly<Record<string, string>> = {
  model: "the option `deploymentName`",
  prompt: "the prompt of the call",
  messages: "the prompt of the call and the option `systemMessage`",
  input: "the prompt of the call",
  stream: "`.stream()` or the option `streaming`",
  n: "the option `n`",
};

/**
 * Puts a request body together: the fields that are set, then the caller's `modelKwargs` as they are.
 *
 * `modelKwargs` cannot change what the call is (a stream, one model, these prompts), or its answer
 * could not be read.
 */
export function buildBody(fields: JsonObject, { modelKwargs }: Parameters): JsonObject {
  for (const key of Object.keys(modelKwargs ?? {})) {
    const way = Object.hasOwn(RESERVED, key) ? RESERVED[key] : undefined;
    if (way !== undefined) {
      throw new ConfigurationError(`\`modelKwargs\` cannot set \`${key}\`. Use ${way} instead.`);
    }
  }
  return { ...present(fields), ...modelKwargs };
}

/** The prompt of an operation that takes one a request. */
export function onlyPrompt(prompts: readonly string[]): string {
  const [prompt, ...others] = prompts;
  if (prompt === undefined || others.length > 0) {
    throw new ConfigurationError(`This operation takes one prompt a request, not ${prompts.length}.`);
  }
  return prompt;
}
