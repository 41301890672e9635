/** A type without the keys that may hold `undefined`: each is there with a value, or absent. */
export type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Copies what is an object's own, without the keys that hold `undefined`. Runs for every chunk of a stream. */
export function present<T extends object>(object: T): Present<T> {
  const copy: Present<T> = {};
  for (const key in object) {
    // What others put on `Object.prototype` is none of it; and what is not undefined is what the narrower type holds.
    if (Object.hasOwn(object, key) && object[key] !== undefined)
      copy[key] = object[key] as Exclude<T[typeof key], undefined>;
  }
  return copy;
}
