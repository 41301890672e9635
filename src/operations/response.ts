import { present } from "../present.js";
import { readName } from "./identity.js";
import { isFiltered } from "./content-filter.js";
import { isObject, readObject, readObjects, readString } from "./json.js";
import { readParts } from "./message.js";
import type { MessageText } from "./message.js";
import type { AnswerIdentity, JsonObject } from "./operation.js";

/** What the messages of a response say, and the log probabilities of their tokens. */
export interface ResponseOutput extends MessageText {
  readonly tokens: readonly JsonObject[];
}

/** Joins the words of a response's messages; what else it put out (reasoning, say) is not text. */
export function readOutput(response: JsonObject): ResponseOutput {
  const parts = readObjects(response, "output")
    .filter((item) => item["type"] === "message" || item["type"] === "output_message")
    .flatMap((item) => readObjects(item, "content"));
  return { ...readParts(parts), tokens: parts.flatMap((part) => readObjects(part, "logprobs")) };
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
