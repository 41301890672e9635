import type { AzureOpenAIError } from "../errors.js";
import { isObject } from "../settings/check.js";
import type { Entry } from "./input.js";
import type { Answer } from "./model.js";

/** How each line that the command writes begins: a half-written one is known by it. */
export const RECORD_START = '{"line":';

/** What a line of the output tells about the input's line that it answers. */
export interface Answered {
  readonly line: number;
  readonly hash: string;
}

function idOf({ fields }: Entry): { readonly id?: string | number } {
  const { id } = fields;
  return typeof id === "string" || typeof id === "number" ? { id } : {};
}

/** A line of the output file. */
export function toAnswerRecord(
  entry: Entry,
  { text, finishReason, usage, model, requestId }: Answer,
): object {
  // What is undefined is not written.
  return { line: entry.line, ...idOf(entry), text, finishReason, usage, model, requestId, hash: entry.hash };
}

/** A line of the file of failures. */
export function toFailureRecord(entry: Entry, error: AzureOpenAIError): object {
  const { code, status, message, requestId } = error;
  return {
    line: entry.line,
    ...idOf(entry),
    error: { code, status, message, requestId },
    input: entry.fields,
  };
}

function readRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const record: unknown = JSON.parse(text);
    return isObject(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isLineNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/** Reads a line of the output file; nothing where it is none. */
export function readAnswerRecord(text: string): Answered | undefined {
  const { line, hash, text: answer } = readRecord(text) ?? {};
  const valid = isLineNumber(line) && typeof hash === "string" && typeof answer === "string";
  return valid && /^[0-9a-f]{12}$/.test(hash) ? { line, hash } : undefined;
}

/** Tells whether a line is one of the file of failures. */
export function isFailureRecord(text: string): boolean {
  const { line, error } = readRecord(text) ?? {};
  return isLineNumber(line) && isObject(error);
}
