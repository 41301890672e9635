import { present } from "../present.js";
import { readPromptFilterResults } from "./content-filter.js";
import { readString } from "./json.js";
import type { AnswerIdentity, JsonObject } from "./operation.js";

/** Reads what an answer or a chunk of completions and chat tells about itself. */
export function readIdentity(body: JsonObject, prompts: number): AnswerIdentity {
  return present({
    id: readName(body, "id"),
    model: readName(body, "model"),
    systemFingerprint: readName(body, "system_fingerprint"),
    promptFilterResults: readPromptFilterResults(body, prompts),
  });
}

/** Azure's annotation chunks carry empty names; those say nothing. */
export function readName(body: JsonObject, key: string): string | undefined {
  const value = readString(body, key);
  return value === "" ? undefined : value;
}
