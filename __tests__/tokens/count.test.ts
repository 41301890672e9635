import * as fc from "fast-check";
import { countTokens } from "../../src/tokens/count.js";
import { countLongPiece } from "../../src/tokens/long-piece.js";
import { loadTokenizer } from "../../src/tokens/tokenizer.js";
import type { Tokenizer } from "../../src/tokens/tokenizer.js";
import type { EncodingName } from "../../src/tokens/encoding.js";

const ENCODINGS: readonly EncodingName[] = ["cl100k_base", "o200k_base"];

test.each([
  ["gpt-35-turbo-instruct", "Tell me a joke", 4],
  ["gpt-35-turbo-instruct", "tell me a joke about mango", 6],
  ["gpt-4o", "Tell me a joke", 4],
  ["gpt-4o", "", 0],
])("%s counts %j as %d tokens", async (model, text, tokens) => {
  expect(await countTokens(text, model)).toBe(tokens);
});

test("special tokens count as text and never throw", async () => {
  for (const text of ["<|endoftext|>", "<|im_start|>system<|im_end|>", "<|fim_prefix|>"]) {
    expect(await countTokens(text, "gpt-4")).toBeGreaterThan(1);
    expect(await countTokens(text, "gpt-4o")).toBeGreaterThan(1);
  }
});

/** Counts how many characters a tokenizer was given, longest piece squared being what costs. */
function watch(tokenizer: Tokenizer): { readonly tokenizer: Tokenizer; longest(): number } {
  let longest = 0;
  const see = (text: string): string => {
    longest = Math.max(longest, text.length);
    return text;
  };
  return {
    tokenizer: {
      ...tokenizer,
      encode: (text) => tokenizer.encode(see(text)),
      count: (text) => tokenizer.count(see(text)),
    },
    longest: () => longest,
  };
}

describe.each(ENCODINGS)("a long word in %s", (name) => {
  test.each([
    ["equal letters", "a".repeat(20_000)],
    ["two letters in turn", "ab".repeat(10_000)],
    ["spaces", " ".repeat(20_000)],
    ["Chinese characters", "中文".repeat(10_000)],
    ["emoji", "😀".repeat(10_000)],
    ["accents", "é".repeat(20_000)],
    ["dashes", "-".repeat(20_000)],
  ])("of %s is never encoded at once", async (_, text) => {
    const { tokenizer, longest } = watch(await loadTokenizer(name));
    expect(tokenizer.split(text)).toHaveLength(1);
    expect(countLongPiece(text, tokenizer)).toBeGreaterThan(100);
    expect(longest()).toBeLessThan(600);
  });

  test("is counted as if it were encoded at once", async () => {
    const tokenizer = await loadTokenizer(name);
    const unit = fc.oneof(
      fc.string({
        minLength: 1,
        maxLength: 12,
        unit: fc.constantFrom("a", "b", "e", "i", "s", "t", "n", "o", "r", "ü", "é", "ñ"),
      }),
      fc.constantFrom("a", "the", "中", "文字", "کتاب", "न", "щ"),
    );
    fc.assert(
      fc.property(
        fc.array(unit, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 600, max: 1500 }),
        (units, length) => {
          const word = units.join("").repeat(length).slice(0, length);
          expect(countLongPiece(word, tokenizer)).toBe(tokenizer.count(word));
        },
      ),
      { numRuns: 60 },
    );
  });
});

test("a text with a long word in it counts what its parts count", async () => {
  for (const model of ["gpt-4", "gpt-4o"]) {
    const tokenizer = await loadTokenizer(model === "gpt-4" ? "cl100k_base" : "o200k_base");
    const text = `See  this: ${"x".repeat(1500)}\n\n  and then "${"=".repeat(700)}"  it ends.   `;
    expect(await countTokens(text, model)).toBe(tokenizer.count(text));
  }
});

test("a long word whose seams cannot be checked is counted whole", async () => {
  const tokenizer = await loadTokenizer("o200k_base");
  const never: Tokenizer = { ...tokenizer, split: () => ["two", "pieces"] };
  const word = "abc".repeat(300);
  expect(countLongPiece(word, never)).toBe(tokenizer.count(word));
  const broken = "\ud800".repeat(700);
  expect(await countTokens(broken, "gpt-4o")).toBe(tokenizer.count(broken));
});

test("a text of many short words is counted at once", async () => {
  expect(await countTokens("word ".repeat(1000), "gpt-4o")).toBe(1001);
});

test("a text of nothing has no pieces", async () => {
  for (const name of ENCODINGS) expect((await loadTokenizer(name)).split("")).toEqual([]);
});
