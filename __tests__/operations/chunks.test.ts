import { toChunks } from "../../src/operations/chunks.js";

const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };

test("a whole answer becomes a piece a choice, and the last has the usage", () => {
  const choices = [[{ text: "a", finishReason: "stop" }, { text: "b" }]];
  expect(toChunks({ choices, usage, id: "x", model: "m" })).toEqual([
    { index: 0, text: "a", finishReason: "stop", id: "x", model: "m" },
    { index: 1, text: "b", id: "x", model: "m", usage },
  ]);
});

test("an answer without usage has none in its pieces", () => {
  expect(toChunks({ choices: [[{ text: "a" }]] })).toEqual([{ index: 0, text: "a" }]);
});
