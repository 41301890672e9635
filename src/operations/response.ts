import { ServiceError } from "../errors.js";
import { present } from "../present.js";
import { readName } from "./identity.js";
import { isFiltered } from "./content-filter.js";
import { isObject, readArray, readObject, readObjects, readString } from "./json.js";
import { readParts } from "./message.js";
import type { MessageText } from "./message.js";
import type { AnswerIdentity, JsonObject } from "./operation.js";

/** What the messages of a response say, and the log probabilities of their tokens. */
export interface ResponseOutput extends MessageText {
  readonly tokens: readonly JsonObject[];
}

/** Throws for a response that has nothing to read, or would say something twice. */
export function assertOutput(response: JsonObject): void {
  if (readArray(response, "output") === undefined) {
    throw new ServiceError("The service's response has no `output`.");
  }
  const ids = readMessages(response).flatMap((message) => readName(message, "id") ?? []);
  if (new Set(ids).size < ids.length) {
    throw new ServiceError("The service's response has two messages with the same `id`.");
  }
}

/** Joins the words of a response's messages; what else it put out (reasoning, say) is not text. */
export function readOutput(response: JsonObject): ResponseOutput {
  const parts = readMessages(response).flatMap((message) => readObjects(message, "content"));
  return { ...readParts(parts), tokens: parts.flatMap((part) => readObjects(part, "logprobs")) };
}

function readMessages(response: JsonObject): readonly JsonObject[] {
  return readObjects(response, "output").filter(
    ({ type }) => type === "message" || type === "output_message",
  );
}

/** Turns a response's status into a finish reason. */
export function readFinishReason(response: JsonObject): string {
  if (readObjects(response, "content_filters").some((entry) => entry["blocked"] === true)) {
    return "content_filter";
  }
  if (response["status"] !== "incomplete") return "stop";
  const reason = readString(readObject(response, "incomplete_details") ?? {}, "reason");
  return reason === "max_output_tokens" ? "length" : (reason ?? "incomplete");
}

/** Reads what a response tells about itself and its prompt. */
export function readResponseIdentity(response: JsonObject): AnswerIdentity {
  const verdict = readVerdict(response, "prompt");
  return present({
    id: readName(response, "id"),
    model: readName(response, "model"),
    promptFilterResults: verdict === undefined ? undefined : [verdict],
  });
}

/** Reads the content filter's verdict on the prompt or the completion; one that withheld text wins. */
export function readVerdict(response: JsonObject, source: "prompt" | "completion"): JsonObject | undefined {
  const verdicts = readObjects(response, "content_filters")
    .filter((entry) => entry["source_type"] === source)
    .map((entry) => readObject(entry, "content_filter_results") ?? {});
  const categories = new Map<string, unknown>();
  for (const [category, verdict] of verdicts.flatMap((results) => Object.entries(results))) {
    const before = categories.get(category);
    const settled = isObject(before) && isFiltered({ before });
    if (!settled) categories.set(category, verdict);
  }
  return categories.size === 0 ? undefined : Object.fromEntries(categories);
}
