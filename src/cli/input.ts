import { createHash } from "node:crypto";

import { isObject } from "../settings/check.js";
import { decodeLine, explainFileError, type Line, readLines } from "./jsonl.js";
import type { Fields, Template } from "./template.js";
import { FileError } from "./usage-error.js";

/** One line of input. */
export interface Entry {
  /** The line's number, from 1. */
  readonly line: number;
  readonly fields: Fields;
  readonly prompt: string;
  /** Tells whether the line's prompt is the one that was answered. */
  readonly hash: string;
}

/** How many bad lines are told of. */
const TOLD = 10;

/** 48 bits: enough to see that a prompt has changed, and a whole number of JavaScript's. */
const HASH_DIGITS = 12;

function toEntry(line: Line, template: Template): Entry | undefined {
  let text: string;
  try {
    text = decodeLine(line);
  } catch {
    throw new Error("not UTF-8");
  }
  if (text.trim() === "") return undefined;
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch (error) {
    throw new Error(`not JSON: ${(error as SyntaxError).message}`, { cause: error }); // JSON.parse throws nothing else
  }
  if (!isObject(fields)) throw new Error("not a JSON object");
  const prompt = template(fields);
  if (prompt === "") throw new Error("the prompt is empty");
  const hash = createHash("sha256").update(prompt).digest("hex").slice(0, HASH_DIGITS);
  return { line: line.number, fields, prompt, hash };
}

/** Reads the input line by line; blank lines are passed over. */
export async function* readEntries(path: string, template: Template): AsyncGenerator<Entry, void, undefined> {
  for await (const line of readLines(path)) {
    const entry = toEntry(line, template);
    if (entry !== undefined) yield entry;
  }
}

/**
 * Reads the whole input once before anything is asked.
 *
 * Throws a {@link FileError} that names file and line of what cannot be used.
 */
export async function checkInput(
  path: string,
  template: Template,
  look: (entry: Entry) => void,
): Promise<number> {
  const problems: string[] = [];
  let bad = 0;
  let total = 0;
  try {
    for await (const line of readLines(path)) {
      let entry: Entry | undefined;
      try {
        entry = toEntry(line, template);
      } catch (error) {
        bad++;
        if (problems.length < TOLD) problems.push(`${path}:${line.number}: ${(error as Error).message}`); // toEntry throws errors
        continue;
      }
      if (entry === undefined) continue;
      total++;
      look(entry);
    }
  } catch (error) {
    throw explainFileError(error, path);
  }
  if (bad === 0) return total;
  const more = bad > problems.length ? [`… and ${bad - problems.length} more lines.`] : [];
  const lines = bad === 1 ? "a line" : `${bad} lines`;
  throw new FileError(
    [`${path} has ${lines} that cannot be used; nothing was asked.`, ...problems, ...more].join("\n"),
  );
}
