import { ConfigurationError } from "../errors.js";

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * A frozen copy, all the way down, of what plain objects and arrays hold; the rest (functions, class instances) is
 * kept as it is. What the caller changes later changes nothing here.
 */
export function freezeCopy<T>(value: T, name: string, within: readonly unknown[] = []): T {
  if (typeof value !== "object" || value === null) return value;
  if (within.includes(value)) {
    throw new ConfigurationError(`\`${name}\` contains itself, so it cannot be sent. Take the circle out.`);
  }
  const inside = [...within, value];
  const copy: unknown = Array.isArray(value)
    ? value.map((each: unknown) => freezeCopy(each, name, inside))
    : isPlain(value)
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, freezeCopy(each, name, inside)]))
      : value;
  if (copy !== value) Object.freeze(copy);
  return copy as T; // a copy has the shape of its original
}
