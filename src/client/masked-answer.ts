import type { Answer, Choice } from "../operations/operation.js";
import type { Redactor } from "./secrets.js";

/** The finish reasons that an answer is judged by. */
const REASONS: readonly unknown[] = ["stop", "length", "content_filter"];

/** An answer without the secrets that a gateway may repeat beside its text; the text is what was asked for. */
export function maskAnswer({ choices, ...about }: Answer, redactor: Redactor): Answer {
  const masked = choices.map((some) => some.map((choice) => maskChoice(choice, redactor)));
  return { ...maskFields(about, redactor), choices: masked };
}

/** The same of one choice, or of a piece of one. */
export function maskChoice<C extends Choice>(choice: C, redactor: Redactor): C {
  if (Object.keys(choice).every(saysNothing)) return choice;
  const { text, refusal, logprobs, ...about } = choice;
  const masked = maskFields(about, redactor);
  return masked === about ? choice : { ...choice, ...masked };
}

/** All that most pieces of a stream have: a number, and the text itself. */
function saysNothing(name: string): boolean {
  return name === "text" || name === "index";
}

/** Masks what came from the service: the names of the fields are ours, and so are those of the usage. */
function maskFields<T extends object>(about: T, redactor: Redactor): T {
  if (redactor.maskAll(about) === about) return about;
  return Object.fromEntries(
    Object.entries(about).map(([name, value]: [string, unknown]) =>
      name === "usage" || REASONS.includes(value) ? [name, value] : [name, redactor.maskAll(value)],
    ),
  ) as T; // the same names, with values of the same types
}
