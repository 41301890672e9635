import { ConfigurationError } from "../errors.js";
import { aCount, aFunction, anInteger, type Check, describeValue } from "./check.js";
import { isAbsent } from "./said.js";

/** The longest that the platform's `AbortSignal.timeout` takes, of which LangChain makes a call's timeout. */
const LONGEST_TIMEOUT_MS = 2 ** 32 - 1;

const aTimeout: Check<number> = {
  ...anInteger(1, LONGEST_TIMEOUT_MS),
  expected: `a whole number of milliseconds from 1 to ${LONGEST_TIMEOUT_MS}; leave it out for no limit`,
};

/** Refuses a call's `timeout` of which LangChain could make no signal. */
export function checkTimeout(timeout: unknown): void {
  if (!isAbsent(timeout)) assertIs(aTimeout, "timeout", timeout);
}

/** Refuses what a batch cannot run with, and would wait for ever. */
export function checkBatch(options: {
  readonly maxConcurrency: unknown;
  readonly onProgress: unknown;
}): void {
  const { maxConcurrency, onProgress } = options;
  if (!isAbsent(maxConcurrency)) assertIs(aCount, "maxConcurrency", maxConcurrency);
  if (!isAbsent(onProgress)) assertIs(aFunction(), "onProgress", onProgress);
}

function assertIs<T>(check: Check<T>, name: string, value: unknown): void {
  if (check.is(value)) return;
  throw new ConfigurationError(
    `The \`${name}\` of a call must be ${check.expected}, not ${describeValue(value)}.`,
  );
}
