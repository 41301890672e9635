import { countLongPiece } from "../../src/tokens/long-piece.js";
import type { Tokenizer } from "../../src/tokens/tokenizer.js";

/** A tokenizer of one token a letter, but for what a test changes. */
function tokenizer(changed: Partial<Tokenizer>): Tokenizer {
  return {
    encode: (text) => Array.from(text, (letter) => letter.charCodeAt(0)),
    split: (text) => [text],
    count: () => 4711,
    ...changed,
  };
}

const PIECE = "ab".repeat(300);

test("a piece is counted by windows where their seams hold", () => {
  expect(countLongPiece(PIECE, tokenizer({}))).toBe(600);
});

test.each([
  ["no end of a window is a token", { encode: (text: string) => [text.length, text.length] }],
  ["all of a window depends on what follows", { encode: (text: string) => [text.length] }],
  ["a window is several pieces", { split: (text: string) => text.split(/(?=a)/) }],
  ["no beginning of a window is a token", { encode: (text: string) => [text.length, 1] }],
  [
    "neighbours become another token when they meet",
    { encode: (text: string) => (text.length === 2 ? [0] : Array.from(text, (l) => l.charCodeAt(0))) },
  ],
])("it is counted whole where %s", (_, changed) => {
  expect(countLongPiece(PIECE, tokenizer(changed))).toBe(4711);
});

test("no window begins or ends within a character", () => {
  const windows: string[] = [];
  const split = (text: string): string[] => {
    windows.push(text);
    return [text];
  };
  const encode = (text: string): number[] => Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
  // The odd letter puts where a window would end into the middle of a pair.
  expect(countLongPiece(`a${"\u{20000}".repeat(300)}`, tokenizer({ split, encode }))).toBe(301);
  for (const window of windows) expect(window).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
});
