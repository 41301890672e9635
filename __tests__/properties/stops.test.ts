import fc from "fast-check";
import { createStopCutter } from "../../src/operations/stop-cutter.js";
import { testProperty } from "./property.js";

/** Few letters, so that stop sequences are found, begun and interlaced. */
const letters = fc.constantFrom("a", "b", "ä", "😀");
const stops = fc.array(fc.string({ unit: letters, maxLength: 4 }), { maxLength: 4 });
const pieces = fc.array(fc.string({ unit: letters, maxLength: 6 }), { maxLength: 10 });

/** Writes letter by letter until the text ends with a stop sequence, as a model does. */
function writeUntilStop(text: string, sequences: readonly string[]): { text: string; found: boolean } {
  for (let end = 1; end <= text.length; end++) {
    const written = text.slice(0, end);
    const found = sequences.filter((sequence) => sequence !== "" && written.endsWith(sequence));
    if (found.length > 0) {
      return { text: written.slice(0, end - Math.max(...found.map(({ length }) => length))), found: true };
    }
  }
  return { text, found: false };
}

testProperty(
  "the pieces joined are the text before the first stop sequence, and no piece has a part of one",
  fc.property(pieces, stops, (texts, sequences) => {
    const cutter = createStopCutter(sequences);
    const given: string[] = [];
    for (const text of texts) {
      given.push(cutter.push(text));
      // Whatever the caller has seen by now never has to be taken back.
      const whole = writeUntilStop(texts.join(""), sequences).text;
      expect(whole.startsWith(given.join(""))).toBe(true);
    }
    given.push(cutter.flush());
    const expected = writeUntilStop(texts.join(""), sequences);
    expect(given.join("")).toBe(expected.text);
    expect(cutter.found).toBe(expected.found);
    expect(cutter.holding).toBe(false);
    for (const sequence of sequences) {
      if (sequence !== "") expect(given.join("")).not.toContain(sequence);
    }
  }),
);

testProperty(
  "text that cannot begin a stop sequence is never held back",
  fc.property(pieces, stops, (texts, sequences) => {
    const cutter = createStopCutter(sequences);
    for (const text of [...texts, "x"]) cutter.push(text);
    expect(cutter.holding).toBe(false);
  }),
);
