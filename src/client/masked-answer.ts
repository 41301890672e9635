import type { Answer, Choice } from "../operations/operation.js";
import type { Redactor } from "./secrets.js";

/** An answer without the secrets that a gateway may repeat beside its text; the text is what was asked for. */
export function maskAnswer({ choices, ...about }: Answer, redactor: Redactor): Answer {
  const masked = choices.map((some) => some.map((choice) => maskChoice(choice, redactor)));
  return { ...redactor.maskAll(about), choices: masked };
}

/** The same of one choice, or of a piece of one. */
export function maskChoice<C extends Choice>(choice: C, redactor: Redactor): C {
  const { text, refusal, logprobs, ...about } = choice;
  const masked = redactor.maskAll(about);
  return masked === about ? choice : { ...choice, ...masked };
}
