/** What a value must be, in words, and whether one is. */
export interface ValueCheck {
  /** Completes "expected … to be". */
  readonly expected: string;
  readonly is: (value: unknown) => boolean;
  /** The words of which it must be one, where it must. */
  readonly words?: readonly string[];
}

/** A check for each key of a type; the compiler sees to it that none is missing or made up. */
export type Checks<Type> = Readonly<Record<keyof Type, ValueCheck>>;

function isNumber(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}

export const aString: ValueCheck = { expected: "a string", is: (value) => typeof value === "string" };

export const aBoolean: ValueCheck = { expected: "true or false", is: (value) => typeof value === "boolean" };

export const aFunction: ValueCheck = { expected: "a function", is: (value) => typeof value === "function" };

export const aNumber: ValueCheck = { expected: "a number", is: isNumber };

/** A plain object. */
export const anObject: ValueCheck = {
  expected: "an object",
  is: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** How many, how long; `Infinity` for no end. */
export const notNegative: ValueCheck = {
  expected: "a number of at least 0",
  is: (value) => isNumber(value) && value >= 0,
};

export const aboveZero: ValueCheck = {
  expected: "a number above 0",
  is: (value) => isNumber(value) && value > 0,
};

export const aProbability: ValueCheck = {
  expected: "a number from 0 to 1",
  is: (value) => isNumber(value) && value >= 0 && value <= 1,
};

/** A whole number within bounds, both included. */
export function aWhole(min: number, max: number): ValueCheck {
  return {
    expected: `a whole number from ${min} to ${max}`,
    is: (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  };
}

/** One of a few words; the compiler sees to it that all are given. */
export function oneOf<Word extends string>(words: Readonly<Record<Word, true>>): ValueCheck {
  const known = Object.keys(words);
  return {
    expected: `one of ${listNames(known)}`,
    is: (value) => typeof value === "string" && known.includes(value),
    words: known,
  };
}

/** An array, each item of which passes. */
export function listOf(item: ValueCheck): ValueCheck {
  return {
    expected: `an array, each item ${item.expected}`,
    is: (value) => Array.isArray(value) && value.every(item.is),
  };
}

/** What passes one of several checks. */
export function anyOf(...checks: readonly ValueCheck[]): ValueCheck {
  return {
    expected: checks.map(({ expected }) => expected).join(" or "),
    is: (value) => checks.some(({ is }) => is(value)),
  };
}

/** What selects prompts. */
export const aMatch = anyOf(
  aString,
  { expected: "an expression", is: (value) => value instanceof RegExp },
  aFunction,
);

/** Names in a sentence. */
export function listNames(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
