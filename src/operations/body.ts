import { ConfigurationError } from "../errors.js";
import { present } from "../present.js";
import { checkModelKwargs } from "../settings/model-kwargs.js";
import type { JsonObject } from "./operation.js";
import type { Parameters } from "../settings/settings.js";

/**
 * Puts a request body together: the fields that are set, then the caller's `modelKwargs` as they are.
 *
 * `modelKwargs` cannot change what the call is (a stream, one model, these prompts), or its answer
 * could not be read.
 */
export function buildBody(fields: JsonObject, { modelKwargs }: Parameters): JsonObject {
  checkModelKwargs(modelKwargs);
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
