import { ServiceError } from "../../src/errors.js";
import { completions } from "../../src/operations/completions.js";
import type { JsonObject } from "../../src/operations/operation.js";
import { ask } from "./helpers.js";

function read(events: readonly (JsonObject | "[DONE]")[], n?: number) {
  const reader = completions.reader(ask(n === undefined ? {} : { n }, { stream: true }));
  return { chunks: events.flatMap((data) => reader.read({ data })), whole: reader.whole };
}

function refusalOf(events: readonly (JsonObject | "[DONE]")[], n?: number): string {
  try {
    read(events, n);
  } catch (error) {
    if (error instanceof ServiceError) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("a stream that ends before each choice has come is refused, with how many came", () => {
  expect(refusalOf(["[DONE]"])).toContain("0 choices where 1 was asked for");
  expect(refusalOf([{ choices: [{ index: 1, text: "a" }] }, "[DONE]"], 2)).toContain(
    "1 choices where 2 were asked for",
  );
  const both = [
    { index: 0, text: "a" },
    { index: 1, text: "b" },
  ];
  expect(read([{ choices: both }, "[DONE]"], 2).whole).toBe(true);
});

test("one choice twice in one event is refused", () => {
  const twice = [
    { index: 0, text: "a" },
    { index: 0, text: "b" },
  ];
  expect(refusalOf([{ choices: twice }])).toContain("two choices with the index 0");
});

test.each([
  [-1, "with the index -1"],
  [2, "with the index 2"],
  [0.5, "with the index 0.5"],
  // A gateway may put there what it was sent.
  ["0", "without a number as its index"],
  [undefined, "without a number as its index"],
])("of two choices none has the index %p, and only a number is quoted", (index, said) => {
  expect(refusalOf([{ choices: [{ index, text: "a" }] }], 2)).toContain(
    `a choice ${said}, where 0 to 1 were asked for`,
  );
});

test("an only choice may leave its index unsaid", () => {
  expect(read([{ choices: [{ text: "a" }] }]).chunks).toMatchObject([{ index: 0, text: "a" }]);
});

test.each([
  { usage: null },
  { prompt_filter_results: [] },
  { prompt_annotations: [] },
  { id: "cmpl-1" },
  { object: "text_completion" },
])("an event that says nothing new is passed over: %j", (event) => {
  expect(read([event]).chunks).toEqual([]);
});

test.each([
  [{ usage: { prompt_tokens: 1 } }, { usage: { promptTokens: 1, completionTokens: 0, totalTokens: 1 } }],
  [
    { prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false } } }] },
    { promptFilterResults: [{ hate: { filtered: false } }] },
  ],
])("what an event without choices tells comes as a piece without text: %j", (event, told) => {
  expect(read([{ choices: [], ...event }]).chunks).toEqual([{ index: 0, text: "", ...told }]);
});
