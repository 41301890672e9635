import type * as errors from "../../src/errors.js";

export const WAYS = ["invoke", "stream", "batch"] as const;
export type Way = (typeof WAYS)[number];

export type ErrorName = Extract<keyof typeof errors, `${string}Error`>;

/** How the marked prompt ends. */
export type Outcome = {
  /** How many requests held it; in a batch there may be more, as requests are cut into smaller ones. */
  readonly requests: number;
} & (
  | { readonly kind: "answered" }
  | {
      readonly kind: "fails";
      readonly error: ErrorName;
      /** What its message says, beside what every message does. */
      readonly says?: RegExp;
      /** What else is known of it. */
      readonly details?: Readonly<Record<string, unknown>>;
      /** The text that a stream had given out; the error of one that was interrupted holds it. */
      readonly soFar?: "the first piece" | "all of it";
    }
);

/** How the marked prompt ends when the fault lasts, and when it happens once; absent where that says nothing more. */
export interface Expected {
  readonly lasts?: Outcome;
  readonly once?: Outcome;
}

type Failure = Partial<Extract<Outcome, { kind: "fails" }>>;

/** The right answer, at once. */
export const answered: Expected = { lasts: { kind: "answered", requests: 1 } };

const answeredAfterRetry: Outcome = { kind: "answered", requests: 2 };

/** The right answer to the second request. */
export const answeredLater: Expected = { once: answeredAfterRetry };

/** The matrix is run with so many retries. */
export const MAX_RETRIES = 2;

/** Asked again, as often as retries are allowed. */
export function retried(error: ErrorName, more: Failure = {}): Expected {
  return { lasts: { kind: "fails", error, requests: MAX_RETRIES + 1, ...more }, once: answeredAfterRetry };
}

/** An answer that makes no sense is asked for once more. */
export function doubted(error: ErrorName = "ServiceError", more: Failure = {}): Expected {
  return retried(error, { requests: 2, ...more });
}

/** Not asked again. */
export function failed(error: ErrorName, more: Failure = {}): Expected {
  return { lasts: { kind: "fails", error, requests: 1, ...more } };
}

/** Some text was given out already, so nothing is asked again. */
export function interrupted(more: Failure = {}): Expected {
  return failed("InterruptedStreamError", { soFar: "the first piece", ...more });
}
