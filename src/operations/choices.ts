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
        `The service gave a choice with the index ${String(choice["index"])}, where 0 to ${total - 1} were asked for.`,
      );
    }
    if (placed.has(index)) throw new ServiceError(`The service gave two choices with the index ${index}.`);
    placed.set(index, choice);
  });

  return Array.from({ length: prompts }, (_, prompt) =>
    Array.from({ length: n }, (_, choice) => {
      const found = placed.get(prompt * n + choice);
      if (found === undefined)
        throw new ServiceError(`The service left out the choice ${prompt * n + choice}.`);
      return found;
    }),
  );
}
