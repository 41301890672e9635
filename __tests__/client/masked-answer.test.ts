import { createRedactor } from "../../src/client/secrets.js";
import { maskAnswer, maskChoice } from "../../src/client/masked-answer.js";

const KEY = 'a-"key"-of-a/gateway\\';
const redactor = createRedactor({ signIn: { kind: "key", key: KEY }, headers: {}, query: {} });

test("what repeats no secret is left as it is", () => {
  const value = { id: "an-id", verdict: { hate: { filtered: false } }, none: undefined };
  expect(redactor.maskAll(value)).toBe(value);
});

test("texts and names are masked wherever they are, and nothing else changes", () => {
  const value = { id: KEY, list: [1, null, true, `as ${KEY}`], [KEY]: { __proto__: null, deep: "x" } };
  expect(redactor.maskAll(value)).toEqual({
    id: "***",
    list: [1, null, true, "as ***"],
    "***": { deep: "x" },
  });
});

describe("a header that is a word of everyday", () => {
  const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };

  test.each(["prompt", "system", "content", "Tokens", "Reason", "choices", "length", "filter"])(
    "%p takes nothing from an answer but itself",
    (word) => {
      const words = createRedactor({ signIn: { kind: "headers" }, headers: { "x-word": word }, query: {} });
      const answer = {
        id: `as ${word}`,
        systemFingerprint: "fp",
        promptFilterResults: [{ hate: { severity: "safe" } }],
        usage,
        choices: ["stop", "length", "content_filter"].map((finishReason) => [
          { text: "", finishReason, contentFilterResults: { hate: { severity: "safe" } } },
        ]),
      };
      expect(maskAnswer(answer, words)).toEqual({ ...answer, id: "as ***" });
      const piece = { index: 0, text: "", systemFingerprint: `as ${word}` };
      expect(maskChoice(piece, words)).toEqual({ ...piece, systemFingerprint: "as ***" });
    },
  );
});

test.each(["x-model", "azureml-model-deployment", "x-deployment-name", "X-Model-Id"])(
  "the model that the header %s asks for is told as what answered",
  (name) => {
    const headers = { [name]: "gpt-4o-mini", "x-team": "of a secret" };
    const words = createRedactor({ signIn: { kind: "headers" }, headers, query: {} });
    const answer = { id: "of a secret", model: "gpt-4o-mini-2024-07-18", choices: [] };
    expect(maskAnswer(answer, words)).toEqual({ ...answer, id: "***" });
  },
);
