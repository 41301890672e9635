import { isObject, readString } from "./json.js";
import type { JsonObject } from "./operation.js";

/** What a chat message, or a part of one, says. */
export interface MessageText {
  readonly content: string;
  readonly refusal: string;
}

/** Reads a message's words: its content as a string or as parts, and its refusal. */
export function readMessage(message: JsonObject): MessageText {
  const { content } = message;
  const refusal = readString(message, "refusal") ?? "";
  if (typeof content === "string") return { content, refusal };
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return readParts(parts.filter(isObject), refusal);
}

/** Joins the text parts and the refusal parts of a message. */
export function readParts(parts: readonly JsonObject[], refusal = ""): MessageText {
  return {
    content: parts.map((part) => readString(part, "text") ?? "").join(""),
    refusal: refusal + parts.map((part) => readString(part, "refusal") ?? "").join(""),
  };
}
