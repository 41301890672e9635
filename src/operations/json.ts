import type { JsonObject } from "./operation.js";

/** Tells whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a string field; absent when it is anything else. */
export function readString(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" ? value : undefined;
}

/** Reads a number field; absent when it is anything else. */
export function readNumber(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Reads an object field; absent when it is anything else. */
export function readObject(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isObject(value) ? value : undefined;
}

/** Reads an array field; absent when it is anything else. */
export function readArray(object: JsonObject, key: string): readonly unknown[] | undefined {
  const value: unknown = object[key];
  return Array.isArray(value) ? value : undefined;
}

/** Reads the objects of an array field, leaving out whatever else is in it. */
export function readObjects(object: JsonObject, key: string): readonly JsonObject[] {
  return readArray(object, key)?.filter(isObject) ?? [];
}
