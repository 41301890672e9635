import { createRedactor } from "../../src/client/secrets.js";

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
