/** A number for a text, the same on every machine (FNV-1a, 32 bits). */
export function hash(text: string, seed = 0): number {
  let value = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value;
}

/** A generator of numbers in [0, 1) that a seed decides (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Makes the ids of an emulator, which its seed decides. */
export function createIds(random: () => number): {
  readonly newId: (prefix: string) => string;
  readonly newUuid: () => string;
} {
  const letters = (count: number): string => {
    let text = "";
    for (let i = 0; i < count; i++) text += ALPHABET.charAt(Math.floor(random() * ALPHABET.length));
    return text;
  };
  const hex = (count: number): string => {
    let text = "";
    for (let i = 0; i < count; i++) text += Math.floor(random() * 16).toString(16);
    return text;
  };
  return {
    newId: (prefix) => prefix + letters(29),
    newUuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
  };
}
