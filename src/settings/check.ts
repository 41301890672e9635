/** Tells whether a value is what an option takes, and in words what that is. */
export interface Check<T> {
  /** Completes "must be …". */
  readonly expected: string;
  /** The words it takes, where it takes no others: a wrong one is a slip, and no secret. */
  readonly words?: readonly string[];
  is(value: unknown): value is T;
}

/** A value in words that give nothing away: texts and objects may hold secrets. */
export function describeValue(value: unknown): string {
  if (value === null || ["undefined", "number", "boolean"].includes(typeof value)) return String(value);
  if (typeof value === "string") {
    if (value.trim() === "") return value === "" ? "an empty string" : "a blank string";
    return "a string";
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : `an array of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A word that can be no key, token or address. */
const A_WORD = /^[A-Za-z]{1,16}$/;

/** A value that a check refused, in words that give nothing away. */
export function describeRefused({ words }: Check<unknown>, value: unknown): string {
  const isSlip = words !== undefined && typeof value === "string" && A_WORD.test(value);
  return isSlip ? `"${value}"` : describeValue(value);
}

/** Tells a plain object from an array, a function, `null` and the rest. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Any string, the empty one included. */
export const aString: Check<string> = {
  expected: "a string",
  is: (value): value is string => typeof value === "string",
};

/** A string that says something. */
export const aText: Check<string> = {
  expected: "a string that is not empty",
  is: (value): value is string => typeof value === "string" && value.trim() !== "",
};

/** True or false. */
export const aBoolean: Check<boolean> = {
  expected: "true or false",
  is: (value): value is boolean => typeof value === "boolean",
};

/** A number within bounds, both included. */
export function aNumber(min: number, max: number): Check<number> {
  return {
    expected: `a number from ${min} to ${max}`,
    is: (value): value is number => typeof value === "number" && value >= min && value <= max,
  };
}

/** A whole number within bounds, both included. */
export function anInteger(min: number, max = Number.MAX_SAFE_INTEGER): Check<number> {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return {
    expected: min === Number.MIN_SAFE_INTEGER ? "a whole number" : `a whole number ${bounds}`,
    is: (value): value is number =>
      Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
  };
}

/** A whole number of at least 1, or `Infinity` for no limit. */
export const aCount: Check<number> = {
  expected: "a whole number of at least 1, or Infinity",
  is: (value): value is number => value === Infinity || (Number.isSafeInteger(value) && Number(value) >= 1),
};

/** A finite number above 0. */
export const aPositive: Check<number> = {
  expected: "a number above 0",
  is: (value): value is number => typeof value === "number" && value > 0 && value !== Infinity,
};

/** Any finite number. */
export const aFinite: Check<number> = {
  expected: "a number",
  is: (value): value is number => Number.isFinite(value),
};

/** A time in milliseconds; `Infinity` for no limit. */
export const milliseconds: Check<number> = {
  expected: "a number of milliseconds above 0",
  is: (value): value is number => typeof value === "number" && value > 0,
};

/** A time in milliseconds that may be 0. */
export const millisecondsOrZero: Check<number> = {
  expected: "a number of milliseconds, at least 0",
  is: (value): value is number => typeof value === "number" && value >= 0,
};

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): Check<T> {
  return {
    expected: words.map((word) => `"${word}"`).join(words.length === 2 ? " or " : ", "),
    words,
    is: (value): value is T => words.some((word) => word === value),
  };
}

/** A function; what it takes and returns cannot be seen from outside. */
export function aFunction<T>(): Check<T> {
  return { expected: "a function", is: (value): value is T => typeof value === "function" };
}

/** A plain object. */
export const anObject: Check<Record<string, unknown>> = { expected: "an object", is: isObject };
