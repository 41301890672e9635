import fc from "fast-check";
import { apportion, shareUsage, sumUsage } from "../../src/dispatch/usage.js";
import type { TokenUsage } from "../../src/operations/operation.js";
import { readUsage } from "../../src/operations/usage.js";
import { testProperty } from "./property.js";

const tokens = fc.oneof(fc.nat({ max: 50 }), fc.nat(), fc.constant(0));
const lengths = fc.array(fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 10_000_000 }), fc.constant(0)), {
  minLength: 1,
  maxLength: 30,
});

/** A usage as the service may tell it, right or not. */
const told = fc
  .record(
    {
      prompt_tokens: fc.oneof(tokens, fc.jsonValue()),
      completion_tokens: fc.oneof(tokens, fc.jsonValue(), fc.double(), fc.integer()),
      total_tokens: fc.oneof(tokens, fc.jsonValue(), fc.integer()),
      prompt_tokens_details: fc.oneof(fc.record({ cached_tokens: tokens }), fc.jsonValue()),
      completion_tokens_details: fc.oneof(fc.record({ reasoning_tokens: tokens }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  .map((usage) => JSON.parse(JSON.stringify(usage)) as unknown);

const COUNTS = [
  "promptTokens",
  "completionTokens",
  "totalTokens",
  "reasoningTokens",
  "cachedTokens",
] as const;

function add(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

testProperty(
  "shares are whole numbers of at least 0 that sum to the total",
  fc.property(tokens, lengths, (total, weights) => {
    const shares = apportion(total, weights);
    expect(shares).toHaveLength(weights.length);
    for (const share of shares) expect(Number.isSafeInteger(share) && share >= 0).toBe(true);
    expect(add(shares)).toBe(total);
  }),
);

testProperty(
  "nobody's share is a whole token or more away from its exact part",
  fc.property(tokens, lengths, (total, weights) => {
    const sum = add(weights);
    apportion(total, weights).forEach((share, index) => {
      const exact = sum === 0 ? total / weights.length : (total * (weights[index] ?? 0)) / sum;
      expect(Math.abs(share - exact)).toBeLessThan(1 + 1e-6);
    });
  }),
);

testProperty(
  "a usage is read as whole numbers of at least 0, or not at all",
  fc.property(told, (value) => {
    const usage = readUsage(value);
    if (usage === undefined) return;
    for (const count of COUNTS) {
      const number = usage[count];
      if (number !== undefined) expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
    }
  }),
);

testProperty(
  "the shares of a group's usage sum to the group's, whatever the service told, and add up again",
  fc.property(
    told,
    lengths,
    fc.array(fc.nat({ max: 1000 }), { minLength: 30, maxLength: 30 }),
    (value, prompts, all) => {
      const usage = readUsage(value);
      if (usage === undefined) return;
      const shares: readonly TokenUsage[] = shareUsage(usage, prompts, all.slice(0, prompts.length));
      for (const count of COUNTS) {
        for (const share of shares) {
          const number = share[count] ?? 0;
          expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
        }
        expect(add(shares.map((share) => share[count]))).toBe(usage[count] ?? 0);
      }
      expect(sumUsage(shares)).toEqual({ ...usage, estimated: true });
    },
  ),
);
