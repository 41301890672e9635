import { isObject, readString } from "./json.js";
import type { JsonObject } from "./operation.js";

/** Finds the error in a stream's event: an `error` field, or a whole event of that name or type. */
export function readErrorFrame(event: {
  readonly name?: string;
  readonly data: JsonObject | "[DONE]";
}): JsonObject | undefined {
  if (event.data === "[DONE]") return undefined;
  const { error } = event.data;
  if (isObject(error)) return { error };
  if (typeof error === "string" && error !== "") return { error: { message: error } };
  if (event.name !== "error" && event.data["type"] !== "error") return undefined;
  return {
    error: { ...event.data, message: readString(event.data, "message") ?? "The stream ended with an error." },
  };
}
