import { isObject } from "../settings/check.js";
import { findNearest } from "../settings/nearest.js";
import { UsageError } from "./usage-error.js";

/** The fields of one line of input. */
export type Fields = Readonly<Record<string, unknown>>;

/** Makes the prompt of one line; throws an error that says what the line lacks. */
export type Template = (fields: Fields) => string;

const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Reads a template: `{field}` stands for a field, `{{` and `}}` for braces. */
export function parseTemplate(text: string): Template {
  const parts: (string | { readonly field: string })[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const field = match[1]?.trim();
    if (match[0] === "{{") parts.push("{");
    else if (match[0] === "}}") parts.push("}");
    else if (field === undefined || field === "") throw badBrace(match[0], match.index);
    else parts.push({ field });
  }
  parts.push(text.slice(from));
  if (!parts.some((part) => typeof part !== "string")) {
    throw new UsageError(
      "--template names no field, so that every line would get the same prompt. Write {field} where a field of the line goes.",
    );
  }
  return (fields) =>
    parts.map((part) => (typeof part === "string" ? part : toText(fields, part.field))).join("");
}

function badBrace(brace: string, index: number): UsageError {
  const what = brace === "{}" ? "{} names no field" : `${JSON.stringify(brace)} opens or closes nothing`;
  return new UsageError(
    `--template: ${what} (character ${index + 1}). Write {field} for a field, and {{ or }} for a brace.`,
  );
}

/** The template where none is given: the field `prompt`. */
export function promptField(fields: Fields): string {
  const prompt = readField(fields, "prompt", " Give --template to make the prompt from other fields.");
  if (typeof prompt === "string") return prompt;
  throw new Error(`"prompt" is not a text but ${kindOf(prompt)}`);
}

function readField(fields: Fields, field: string, hint = ""): unknown {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (value !== undefined && value !== null) return value;
  if (value === null) throw new Error(`"${field}" is null`);
  const names = Object.keys(fields);
  const nearest = findNearest(field, names);
  const there =
    nearest === undefined
      ? names.length === 0
        ? "the line has none"
        : `it has ${names
            .slice(0, 8)
            .map((name) => JSON.stringify(name))
            .join(", ")}`
      : `is ${JSON.stringify(nearest)} meant?`;
  throw new Error(`no field "${field}" (${there}).${hint}`);
}

function toText(fields: Fields, field: string): string {
  const value = readField(fields, field);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  return isObject(value) ? "an object" : `a ${typeof value}`;
}
