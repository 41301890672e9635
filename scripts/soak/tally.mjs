import { AzureOpenAIError, TimeoutError } from "langchain-azure-openai";

/**
 * What came of the calls.
 *
 * @typedef {object} Tally
 * @property {number} calls how many were made
 * @property {number} answers prompts that were answered rightly
 * @property {number} left calls that were left before their end, on purpose
 * @property {Record<string, number>} errors by class
 * @property {string[]} wrong what must not be: each in a sentence
 */

/** @returns {Tally} */
export function createTally() {
  return { calls: 0, answers: 0, left: 0, errors: {}, wrong: [] };
}

/** So many sentences are kept, to be read by a person. */
const KEPT = 20;

/**
 * Notes something that must not be.
 *
 * @param {Tally} tally
 * @param {string} what
 */
export function noteWrong(tally, what) {
  tally.wrong.push(tally.wrong.length < KEPT ? what : "");
}

/**
 * Counts an error: ours, or the abort that was asked for; anything else must not be.
 *
 * @param {Tally} tally
 * @param {unknown} error
 * @param {AbortSignal} [signal] the signal with which the call was made
 */
export function countError(tally, error, signal) {
  const name = error instanceof Error ? error.name : typeof error;
  if (AzureOpenAIError.isInstance(error) || (name === "AbortError" && signal?.aborted === true)) {
    const label = TimeoutError.isInstance(error) ? `${name} (${error.scope})` : name;
    tally.errors[label] = (tally.errors[label] ?? 0) + 1;
    return;
  }
  noteWrong(tally, `An error of another kind: ${error instanceof Error ? (error.stack ?? name) : name}`);
}
