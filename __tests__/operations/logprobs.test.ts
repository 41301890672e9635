import {
  cutLogprobs,
  readLogprobs,
  toCompletionsLogprobs,
  toLogprobs,
} from "../../src/operations/logprobs.js";

const TOKENS = [
  { token: "a", logprob: -1, top_logprobs: [{ token: "a", logprob: -1 }, {}] },
  { token: "bc", logprob: -2 },
];

test("the list of chat becomes the form of completions", () => {
  expect(toLogprobs(TOKENS, 5)).toEqual({
    tokens: ["a", "bc"],
    tokenLogprobs: [-1, -2],
    topLogprobs: [{ a: -1, "": 0 }, {}],
    textOffset: [5, 6],
  });
  expect(toLogprobs([])).toBeUndefined();
});

test("a token called __proto__ is a token", () => {
  const [top] =
    toLogprobs([{ token: "x", logprob: 0, top_logprobs: [{ token: "__proto__", logprob: -1 }] }])
      ?.topLogprobs ?? [];
  expect(Object.entries(top ?? {})).toEqual([["__proto__", -1]]);
});

test.each([
  [0, undefined],
  [1, ["a"]],
  [2, ["a", "bc"]],
  [9, ["a", "bc"]],
])("cut at %d characters they keep the tokens that begin before", (length, tokens) => {
  expect(cutLogprobs(toLogprobs(TOKENS), length)?.tokens).toEqual(tokens);
});

test("what the service wrote is read back to what it wrote", () => {
  const wire = {
    tokens: ["a", "b"],
    token_logprobs: [null, -1],
    top_logprobs: [null, { b: -1 }],
    text_offset: [0, 1],
  };
  const read = readLogprobs(wire);
  expect(read && toCompletionsLogprobs(read)).toEqual(wire);
});

test.each([null, undefined, "x", {}, { tokens: null }])("%j holds none", (value) => {
  expect(readLogprobs(value)).toBeUndefined();
});

test("missing columns are empty", () => {
  expect(readLogprobs({ tokens: ["a"], top_logprobs: null })).toEqual({
    tokens: ["a"],
    tokenLogprobs: [],
    topLogprobs: [],
    textOffset: [],
  });
});

test("a cut takes away from every column", () => {
  const [first, second] = [TOKENS[0]!, TOKENS[1]!];
  expect(cutLogprobs(toLogprobs([first, second]), 1)).toEqual(toLogprobs([first]));
});

test("what is no number is none", () => {
  expect(toLogprobs([{ token: "a", logprob: "-1" }])?.tokenLogprobs).toEqual([null]);
  expect(
    readLogprobs({
      tokens: ["a"],
      token_logprobs: ["-1"],
      top_logprobs: [{ a: -1, b: "x" }],
      text_offset: [0, "1"],
    }),
  ).toEqual({ tokens: ["a"], tokenLogprobs: [null], topLogprobs: [{ a: -1 }], textOffset: [0] });
});

test("a token without its text takes no place", () => {
  expect(toLogprobs([{ logprob: -1 }, { token: "b", logprob: -2 }])).toMatchObject({
    tokens: ["", "b"],
    textOffset: [0, 0],
  });
});
