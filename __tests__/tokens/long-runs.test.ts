import { countLongPiece } from "../../src/tokens/long-piece.js";
import { loadTokenizer } from "../../src/tokens/tokenizer.js";

// The end of a window of these is encoded otherwise when more of it follows, by two tokens and more.
test.each([
  "re",
  "ref",
  "T\u0307\ua5e8",
  "\ua653\u2d5b\u{1688a}",
  "\u121a\u{1040c}\uaabd",
  "\u{1891a}\u0976\uff2c",
])("a word that repeats %j is counted in linear time, and exactly", async (unit) => {
  const tokenizer = await loadTokenizer("o200k_base");
  const count = jest.fn(tokenizer.count);
  const [piece = ""] = tokenizer.split(unit.repeat(500));
  expect(piece.length).toBeGreaterThan(900);
  expect(countLongPiece(piece, { ...tokenizer, count })).toBe(tokenizer.count(piece));
  expect(count.mock.calls.length).toBe(0);
});
