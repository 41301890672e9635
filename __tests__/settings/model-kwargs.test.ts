import { assertJson, checkModelKwargs } from "../../src/settings/model-kwargs.js";
import { refusalOf } from "./resolving.js";

test.each([
  ["model", "`deploymentName`"],
  ["prompt", "to the call"],
  ["messages", "`systemMessage`"],
  ["input", "to the call"],
  ["stream", "`streaming: true`"],
  ["n", "the option `n`"],
  ["headers", "`configuration.defaultHeaders`"],
  ["extra_headers", "`configuration.defaultHeaders`"],
  ["extra_query", "`configuration.defaultQuery`"],
  ["__proto__", "another name"],
  ["toJSON", "another name"],
])("`modelKwargs` may not hold %s, and the error says what to do instead", (key, remedy) => {
  const message = refusalOf(() => {
    checkModelKwargs(JSON.parse(`{ "${key}": 1 }`) as Record<string, unknown>);
  });
  expect(message).toContain(`\`modelKwargs\` may not hold \`${key}\`.`);
  expect(message).toContain(remedy);
});

test("fields of the service that are no option's may be there", () => {
  expect(() => {
    checkModelKwargs({ store: true, data_sources: [] });
  }).not.toThrow();
});

test("what JSON cannot carry is refused before the first call, with what JSON said as the cause", () => {
  expect(() => {
    assertJson({ seed: 1n });
  }).toThrow(
    expect.objectContaining({
      name: "ConfigurationError",
      message: expect.stringContaining("`modelKwargs` holds a value that JSON cannot carry") as string,
      cause: expect.any(TypeError) as TypeError,
    }),
  );
  expect(() => {
    assertJson({ seed: 1 });
  }).not.toThrow();
});
