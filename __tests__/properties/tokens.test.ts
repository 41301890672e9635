import fc from "fast-check";
import { countTokens as countCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import { countTokens } from "../../src/tokens/count.js";
import { answerJson, askModel } from "./answering.js";
import { outcomeOfPromise } from "./outcome.js";
import { testProperty } from "./property.js";

const PLAIN = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
const MODELS = {
  "gpt-35-turbo-instruct": (text: string) => countCl100k(text, PLAIN),
  "gpt-4o": (text: string) => countO200k(text, PLAIN),
} as const;
const models = fc.constantFrom("gpt-35-turbo-instruct" as const, "gpt-4o" as const);

/** What long runs are made of. */
const units = fc.oneof(
  fc.constantFrom(
    "a",
    " ",
    "\n",
    "\t",
    "=",
    "0",
    "é",
    "漢",
    "😀",
    "👩‍🚀",
    "\u0301",
    "ab",
    "Ab",
    "<|endoftext|>",
    "\ud800",
    "\u00a0",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 3 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 3 }),
);
const repeat = (times: fc.Arbitrary<number>) =>
  fc.tuple(units, times).map(([unit, count]) => unit.repeat(count));
const run = (most: number) => repeat(fc.integer({ min: 1, max: most }));
/** One in ten is very long: length takes time. */
const longRun = (most: number) =>
  repeat(
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: most / 100 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: most }) },
    ),
  );
const texts = fc
  .array(fc.oneof(fc.lorem(), fc.string({ unit: "binary" }), run(700)), { maxLength: 5 })
  .map((parts) => parts.join(""));

testProperty(
  "a text has as many tokens as the tokenizer itself says, long runs included",
  fc.asyncProperty(models, texts, async (model, text) => {
    expect(await countTokens(text, model)).toBe(MODELS[model](text));
  }),
  0.3,
);

testProperty(
  "a very long run of anything is counted, at most a token a byte",
  fc.asyncProperty(models, longRun(60_000), longRun(20_000), async (model, one, other) => {
    const text = one + other;
    const count = await countTokens(text, model);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(Buffer.byteLength(text));
  }),
  0.3,
);

testProperty(
  "`maxTokens: -1` asks for all that the context leaves and never for more",
  fc.asyncProperty(models, texts, fc.integer({ min: 1, max: 4000 }), async (model, prompt, contextWindow) => {
    let asked: unknown;
    const llm = askModel(
      ({ body }) => {
        asked = body["max_tokens"];
        return answerJson({ choices: [{ index: 0, text: "ok", finish_reason: "stop" }] });
      },
      { operation: "completions", maxTokens: -1, model, contextWindow },
    );
    const outcome = await outcomeOfPromise(() => llm.invoke(prompt));
    const taken = MODELS[model](prompt);
    if ("error" in outcome) {
      // A prompt that nobody could send, or one that leaves no room.
      if (outcome.error.code !== "configuration") expect(outcome.error.code).toBe("context_length");
      if (outcome.error.code === "context_length") expect(taken).toBeGreaterThanOrEqual(contextWindow);
      expect(asked).toBeUndefined();
    } else {
      expect(asked).toBe(contextWindow - taken);
    }
  }),
  0.3,
);
