/** Cuts a text that comes in pieces at the first stop sequence. */
export interface StopCutter {
  /** Takes the next piece; gives what is certain to stand before any stop sequence. */
  push(text: string): string;
  /** Ends the text; gives what was held back. */
  flush(): string;
  /** True once a stop sequence was found: nothing comes after it. */
  readonly found: boolean;
  /** True while some text is held back. */
  readonly holding: boolean;
}

/**
 * Makes a cutter. The stop sequence that is complete first wins, as it would where a model stops
 * while writing; so the pieces' borders make no difference.
 */
export function createStopCutter(stop: readonly string[] = []): StopCutter {
  const stops = stop.filter((sequence) => sequence !== "");
  let held = "";
  let found = false;
  return {
    get found() {
      return found;
    },
    get holding() {
      return held !== "";
    },
    push(text) {
      if (found) return "";
      const buffer = held + text;
      const start = findFirst(buffer, stops);
      if (start !== undefined) {
        found = true;
        held = "";
        return buffer.slice(0, start);
      }
      const safe = buffer.length - longestStart(buffer, stops);
      held = buffer.slice(safe);
      return buffer.slice(0, safe);
    },
    flush() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** Where the sequence begins that ends first; of two that end together, the longer. */
function findFirst(text: string, stops: readonly string[]): number | undefined {
  const [first] = stops
    .map((sequence) => ({ start: text.indexOf(sequence), length: sequence.length }))
    .filter(({ start }) => start !== -1)
    .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start);
  return first?.start;
}

/** The length of the longest end of a text that may be the beginning of a stop sequence. */
function longestStart(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map((sequence) => sequence.length - 1));
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(-length);
    if (stops.some((sequence) => sequence.startsWith(end))) return length;
  }
  return 0;
}
