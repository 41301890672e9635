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
  ["a window is several pieces", { split: (text: string) => text.split(/(?=a)/) }],
  ["no beginning of a window is a token", { encode: (text: string) => [text.length, 1] }],
  [
    "neighbours become another token when they meet",
    { encode: (text: string) => (text.length === 2 ? [0] : Array.from(text, (l) => l.charCodeAt(0))) },
  ],
])("it is counted whole where %s", (_, changed) => {
  expect(countLongPiece(PIECE, tokenizer(changed))).toBe(4711);
});
