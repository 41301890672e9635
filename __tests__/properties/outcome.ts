import { AzureOpenAIError } from "../../src/errors.js";

/** What came of a call: a value, or an error of ours. */
export type Outcome<T> = { readonly value: T } | { readonly error: AzureOpenAIError };

function toOutcome(error: unknown): { readonly error: AzureOpenAIError } {
  if (AzureOpenAIError.isInstance(error)) return { error };
  throw error;
}

/** Runs something that may only end well or with an error of ours; any other error fails the test. */
export function outcomeOf<T>(run: () => T): Outcome<T> {
  try {
    return { value: run() };
  } catch (error) {
    return toOutcome(error);
  }
}

/** Waits for something that may only end well or with an error of ours; any other error fails the test. */
export async function outcomeOfPromise<T>(run: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await run() };
  } catch (error) {
    return toOutcome(error);
  }
}
