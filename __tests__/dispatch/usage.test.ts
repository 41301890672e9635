import { apportion, shareUsage, sumUsage } from "../../src/dispatch/usage.js";

const usage = { promptTokens: 3, completionTokens: 7, totalTokens: 10 };

test.each([
  [10, [1, 1, 1], [4, 3, 3]],
  [10, [0, 0], [5, 5]],
  [3, [0, 0], [2, 1]],
  [0, [2, 5], [0, 0]],
  [7, [1, 3], [2, 5]],
])("%d cut by %j is %j: whole shares that sum to it", (total, weights, shares) => {
  expect(apportion(total, weights)).toEqual(shares);
});

test("each prompt of a group gets its share of everything that the service told, marked as estimated", () => {
  const told = { ...usage, totalTokens: 12, reasoningTokens: 4, cachedTokens: 2 };
  expect(shareUsage(told, [1, 2], [3, 4])).toEqual([
    {
      promptTokens: 1,
      completionTokens: 3,
      totalTokens: 5,
      reasoningTokens: 2,
      cachedTokens: 1,
      estimated: true,
    },
    {
      promptTokens: 2,
      completionTokens: 4,
      totalTokens: 7,
      reasoningTokens: 2,
      cachedTokens: 1,
      estimated: true,
    },
  ]);
});

test("what the service did not tell is in no share", () => {
  expect(shareUsage(usage, [1], [1])).toEqual([{ ...usage, estimated: true }]);
});

test("the usage of several requests is their sum, estimated where one told none or was", () => {
  expect(sumUsage([undefined, undefined])).toBeUndefined();
  const twice = { promptTokens: 6, completionTokens: 14, totalTokens: 20 };
  expect(sumUsage([usage, usage])).toEqual(twice);
  expect(sumUsage([usage, undefined])).toEqual({ ...usage, estimated: true });
  expect(sumUsage([usage, { ...usage, estimated: true }])).toEqual({ ...twice, estimated: true });
  expect(sumUsage([usage, { ...usage, reasoningTokens: 1, cachedTokens: 2 }])).toEqual({
    ...twice,
    reasoningTokens: 1,
    cachedTokens: 2,
  });
});
