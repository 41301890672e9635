import {
  isFiltered,
  readFilterResults,
  readPromptFilterResults,
  toCategories,
} from "../../src/operations/content-filter.js";

test.each([
  [{ hate: { filtered: true, severity: "high" } }, true],
  [{ hate: { filtered: false, severity: "safe" }, jailbreak: { detected: true, filtered: true } }, true],
  [{ custom_blocklists: [{ filtered: true, id: "mine" }] }, true],
  [{ custom_blocklists: { filtered: true, details: [] } }, true],
  [{ custom_blocklists: [{ filtered: false, id: "mine" }] }, false],
  [{ profanity: { detected: true, filtered: false } }, false],
  [{ error: { code: "content_filter_error", message: "The contents are not filtered" } }, false],
  [{ hate: null, odd: "x", list: [null] }, false],
  [{}, false],
])("the verdict %j withheld text: %s", (verdict, withheld) => {
  expect(isFiltered(verdict)).toBe(withheld);
});

test("both spellings of the results are read, and empty ones are none", () => {
  const results = { hate: { filtered: false } };
  expect(readFilterResults({ content_filter_results: results })).toEqual(results);
  expect(readFilterResults({ content_filter_result: results })).toEqual(results);
  expect(readFilterResults({ content_filter_results: {} })).toBeUndefined();
  expect(readFilterResults({ content_filter_results: null })).toBeUndefined();
});

test("a verdict becomes categories of one shape", () => {
  expect(
    toCategories({
      hate: { filtered: true, severity: "high" },
      jailbreak: { filtered: false, detected: true },
      custom_blocklists: [{ filtered: true, id: "mine" }],
      error: { code: "content_filter_error", message: "The contents are not filtered" },
      odd: null,
    }),
  ).toEqual({
    hate: { filtered: true, severity: "high" },
    jailbreak: { filtered: false, detected: true },
    custom_blocklists: { filtered: true },
  });
  expect(toCategories()).toEqual({});
});

test("one blocked entry among a blocklist's many withholds the text", () => {
  expect(isFiltered({ custom_blocklists: [{ filtered: false }, { filtered: true }] })).toBe(true);
});

test("what a category holds beside its verdict is kept only in its documented type", () => {
  expect(
    toCategories({ hate: { filtered: true, detected: "yes", severity: 3 }, a: { detected: true } }),
  ).toEqual({
    hate: { filtered: true },
    a: { filtered: false, detected: true },
  });
});

test("of a category's name and severity only words of the filter's kind are kept", () => {
  expect(
    toCategories({
      personally_identifiable_information: { filtered: true, severity: "s3cr3t" },
      "s3cr3t-key": { filtered: true },
    }),
  ).toEqual({ personally_identifiable_information: { filtered: true } });
});

test("a prompt's verdict is not lost to a later entry without one", () => {
  const verdict = { hate: { filtered: false } };
  const entries = [{ prompt_index: 0, content_filter_results: verdict }, { prompt_index: 0 }];
  expect(readPromptFilterResults({ prompt_filter_results: entries }, 1)).toEqual([verdict]);
});
