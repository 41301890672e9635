import { parseTemplate, promptField } from "../../src/cli/template.js";

test.each([
  ["a list", ["a"], "an array"],
  ["an object", { a: 1 }, "an object"],
  ["a truth value", true, "a boolean"],
])("a prompt that is %s is refused by its kind", (_what, prompt, kind) => {
  expect(() => promptField({ prompt })).toThrow(`"prompt" is not a text but ${kind}`);
});

test("a line without fields is said to have none", () => {
  expect(() => parseTemplate("About {topic}")({})).toThrow('no field "topic" (the line has none).');
});

test("where no field has a name like it, some of those that are there are told", () => {
  const fields = Object.fromEntries(
    ["title", "year", "c", "d", "e", "f", "g", "h", "i"].map((name) => [name, 1]),
  );
  expect(() => promptField(fields)).toThrow(
    'no field "prompt" (it has "title", "year", "c", "d", "e", "f", "g", "h"). Give --template',
  );
});
