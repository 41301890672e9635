import { exactKindOf, formOf, kindOf } from "../../src/dispatch/kind.js";

const chat = (parameters: object, streamsUsage = false) => kindOf("chat", streamsUsage, parameters);

test("calls with the same options are of one kind, in whatever order and whatever they say", () => {
  const kind = chat({ maxTokens: 16, temperature: 0, modelKwargs: { store: true } });
  expect(chat({ modelKwargs: { store: false }, temperature: 1, maxTokens: 5 })).toBe(kind);
});

test.each([
  ["another option", { maxTokens: 16, seed: 1 }],
  ["an option more", { maxTokens: 16, temperature: 0, seed: 1 }],
  ["a further field of the body", { maxTokens: 16, temperature: 0, modelKwargs: { store: true } }],
  ["a further field that is called like an option", { maxTokens: 16, modelKwargs: { temperature: 0 } }],
])("%s makes another kind", (_what, parameters) => {
  expect(chat(parameters)).not.toBe(chat({ maxTokens: 16, temperature: 0 }));
});

test("so does another further field of the body, another operation, and a stream that tells its usage", () => {
  const store = { modelKwargs: { store: true } };
  const kinds = [
    chat(store),
    chat({ modelKwargs: { verbosity: "low" } }),
    kindOf("responses", false, store),
    chat(store, true),
  ];
  expect(new Set(kinds).size).toBe(4);
  expect(formOf(true, store)).not.toBe(formOf(false, store));
});

test("models of the completions operation take all its options, so that only a stream is of another kind", () => {
  const kind = kindOf("completions", false, { maxTokens: 16 });
  expect(kindOf("completions", false, { seed: 1 })).toBe(kind);
  expect(kindOf("completions", true, { seed: 1 })).not.toBe(kind);
  expect(chat({ maxTokens: 16 })).not.toBe(kind);
});

test("requests are exactly alike where the values are as well", () => {
  const cold = { temperature: 0 };
  const kind = exactKindOf("chat", cold);
  expect(exactKindOf("chat", { temperature: 0 })).toBe(kind);
  expect(exactKindOf("chat", cold)).toBe(kind);
  expect(exactKindOf("responses", cold)).not.toBe(kind);
  expect(exactKindOf("chat", { temperature: 1 })).not.toBe(kind);
});
