import type { ContentFilterCategories, ContentFilterCategory } from "../errors.js";
import { isObject, readNumber, readObject, readObjects } from "./json.js";
import type { Choice, JsonObject } from "./operation.js";

/** Reads the filter's verdicts on the prompts, by position; absent when the answer holds none. */
export function readPromptFilterResults(
  body: JsonObject,
  prompts: number,
): readonly (JsonObject | undefined)[] | undefined {
  // Azure's first previews called it `prompt_annotations`.
  const key = "prompt_filter_results" in body ? "prompt_filter_results" : "prompt_annotations";
  const entries = readObjects(body, key);
  if (entries.length === 0) return undefined;
  const results = Array.from({ length: prompts }, (): JsonObject | undefined => undefined);
  entries.forEach((entry, position) => {
    const index = readNumber(entry, "prompt_index") ?? position;
    const verdict = readFilterResults(entry);
    if (verdict !== undefined && index in results) results[index] = verdict;
  });
  return results;
}

/** Reads the filter's verdict on a prompt or a choice; absent when there is none, or an empty one. */
export function readFilterResults(holder: JsonObject): JsonObject | undefined {
  // The documented name, and the one that Azure's errors use.
  const results = readObject(holder, "content_filter_results") ?? readObject(holder, "content_filter_result");
  return results === undefined || Object.keys(results).length === 0 ? undefined : results;
}

/**
 * Tells whether a verdict says that text was withheld.
 *
 * `detected` without `filtered` is an annotation only. Blocklists come as an object or as an array.
 */
export function isFiltered(results: JsonObject): boolean {
  return Object.values(results).some((category: unknown) =>
    Array.isArray(category)
      ? category.some((entry: unknown) => isObject(entry) && entry["filtered"] === true)
      : isObject(category) && category["filtered"] === true,
  );
}

/**
 * Makes a verdict that withheld text the choice's finish reason.
 *
 * Azure's asynchronous filter may come to its verdict after the model's `stop`, and then says so in
 * an annotation alone.
 */
export function markFiltered<T extends Choice>(choice: T): T {
  return choice.contentFilterResults !== undefined && isFiltered(choice.contentFilterResults)
    ? { ...choice, finishReason: "content_filter" }
    : choice;
}

/** How a category is named, and how bad it is found: other words would be somebody else's. */
const NAME = /^[a-z]+(?:_[a-z]+)*$/;
const SEVERITY = /^(?:safe|low|medium|high)$/;

/** A verdict in the form our errors carry: by category, whatever shape each came in. */
export function toCategories(results: JsonObject = {}): ContentFilterCategories {
  return Object.fromEntries(
    Object.entries(results).flatMap(([category, finding]) =>
      NAME.test(category) && isVerdict(finding) ? [[category, toCategory(finding)] as const] : [],
    ),
  );
}

/** The filter may say, among the categories, that it was down. */
function isVerdict(finding: unknown): finding is JsonObject | readonly unknown[] {
  return Array.isArray(finding) || (isObject(finding) && ("filtered" in finding || "detected" in finding));
}

function toCategory(finding: JsonObject | readonly unknown[]): ContentFilterCategory {
  if (!isObject(finding)) return { filtered: isFiltered({ finding }) };
  const { filtered, detected, severity } = finding;
  return {
    filtered: filtered === true,
    ...(typeof detected === "boolean" && { detected }),
    ...(typeof severity === "string" && SEVERITY.test(severity) && { severity }),
  };
}
