import { operations } from "../../src/operations/operations.js";

test.each([
  ["completions", "/completions", true, 2048, 128],
  ["chat", "/chat/completions", true, 1, 128],
  ["responses", "/responses", false, 1, 1],
] as const)(
  "%s is asked at %s, on the dated API below the deployment: %p",
  (name, path, deploymentScoped, promptsPerRequest, choicesPerRequest) => {
    expect(operations[name]).toMatchObject({
      name,
      path,
      deploymentScoped,
      promptsPerRequest,
      choicesPerRequest,
    });
  },
);

test("what an operation lacks is named, each with its option and the operations that have it", () => {
  expect(() => operations.responses.check({ suffix: "x", echo: true })).toThrow(
    /responses operation has no `suffix`, `echo`.*`operation: "completions"` with/,
  );
  expect(() => operations.completions.check({ systemMessage: "Be brief." })).toThrow(
    /completions operation has no `systemMessage`.*`operation: "chat"` or `operation: "responses"`/,
  );
});
