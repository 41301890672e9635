import { readUsage } from "../../src/operations/usage.js";

test("the parts and the total are the service's", () => {
  expect(
    readUsage({
      prompt_tokens: 3,
      completion_tokens: 4,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 1 },
    }),
  ).toEqual({ promptTokens: 3, completionTokens: 4, totalTokens: 7, cachedTokens: 2, reasoningTokens: 1 });
});

test("one part alone is known, and the total is at least the parts", () => {
  expect(readUsage({ prompt_tokens: 3 })).toEqual({ promptTokens: 3, completionTokens: 0, totalTokens: 3 });
  expect(readUsage({ completion_tokens: 4 })).toEqual({
    promptTokens: 0,
    completionTokens: 4,
    totalTokens: 4,
  });
  expect(readUsage({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 1 })?.totalTokens).toBe(7);
  expect(readUsage({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 9 })?.totalTokens).toBe(9);
});

test.each([-1, 0.5, "3", null, 2 ** 40 + 1, Number.NaN])("%p is no number of tokens", (count) => {
  expect(readUsage({ prompt_tokens: count })).toBeUndefined();
  expect(readUsage({ prompt_tokens: count, completion_tokens: 2 ** 40 })).toEqual({
    promptTokens: 0,
    completionTokens: 2 ** 40,
    totalTokens: 2 ** 40,
  });
});

test.each([undefined, null, "none", [], {}, { total_tokens: 7 }])("nothing is known from %j", (usage) => {
  expect(readUsage(usage)).toBeUndefined();
});
