import type { ServiceMessage } from "../errors.js";

/** The codes with which a model says that it lacks a field, or will not take its value. */
const CODES: ReadonlySet<string> = new Set([
  "unsupported_parameter",
  "unsupported_value",
  "unknown_parameter",
]);

/** The sentences that say it, each with the fields in its first group. */
const SENTENCES: readonly RegExp[] = [
  /Unsupported (?:parameter|value): ['"`]?([\w.[\]]+)/i,
  /Unknown parameter: ['"`]?([\w.[\]]+)/i,
  /Unrecognized request arguments? supplied: ([\w.]+(?:, *[\w.]+)*)/i,
  /([\w]+(?:(?:, *| and |, and )[\w]+)*) parameters? (?:is|are) not available/i,
];

/** Reads which wire fields a 400 complains about as unknown to the model; none when it is about something else. */
export function readRefusedFields({ code, message = "", param }: ServiceMessage): readonly string[] {
  if (code !== undefined && CODES.has(code) && param !== undefined && param !== "") return [toField(param)];
  for (const sentence of SENTENCES) {
    const list = sentence.exec(message)?.[1];
    if (list !== undefined) return list.split(/, *and |, *| and /).map(toField);
  }
  return [];
}

/** Reads the field that the service proposes instead of the refused one. */
export function readProposedField({ message = "" }: ServiceMessage): string | undefined {
  return /\bUse ['"`](\w+)['"`] instead/i.exec(message)?.[1];
}

/** `messages[0].role` is about `messages`. */
function toField(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? path;
}
