import { ServiceError } from "../errors.js";
import { isObject, readArray, readNumber } from "./json.js";
import type { JsonObject } from "./operation.js";

/**
 * Sorts the choices of an answer to their prompts by `index`, which is the prompt's position times
 * `n` plus the choice's own; they may come in any order.
 */
export function placeChoices(
  body: JsonObject,
  prompts: number,
  n: number,
): readonly (readonly JsonObject[])[] {
  const choices = readArray(body, "choices");
  if (choices === undefined) throw new ServiceError("The service's answer has no `choices`.");
  const total = prompts * n;
  if (choices.length !== total) {
    throw new ServiceError(`The service gave ${choices.length} choices where ${total} were asked for.`);
  }

  const placed = new Map<number, JsonObject>();
  choices.forEach((choice: unknown, position) => {
    if (!isObject(choice)) throw new ServiceError("The service gave a choice that is not an object.");
    // One prompt's choices are alike, so their places may be left unsaid.
    const index = readNumber(choice, "index") ?? (prompts === 1 ? position : undefined);
    if (index === undefined || !Number.isInteger(index) || index < 0 || index >= total) {
      throw new ServiceError(
        `The service gave a choice ${describeIndex(choice)}, where 0 to ${total - 1} were asked for.`,
      );
    }
    if (placed.has(index)) throw new ServiceError(`The service gave two choices with the index ${index}.`);
    placed.set(index, choice);
  });

  // As many as asked for, all different and in range: so each is there.
  const inOrder = [...placed].sort(([a], [b]) => a - b).map(([, choice]) => choice);
  return Array.from({ length: prompts }, (_, prompt) => inOrder.slice(prompt * n, (prompt + 1) * n));
}

/** Other than numbers are not quoted: a gateway may put there what it was sent. */
export function describeIndex(choice: JsonObject): string {
  const index = readNumber(choice, "index");
  return index === undefined ? "without a number as its index" : `with the index ${index}`;
}
