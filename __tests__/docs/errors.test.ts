import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as errors from "../../src/errors.js";
import { AzureOpenAI } from "../../src/index.js";
import { useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { ROOT } from "./blocks.js";

const page = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
const azure = useEmulator();
useCleanEnvironment();

/** One error of each class. */
const samples: readonly errors.AzureOpenAIError[] = [
  new errors.ConfigurationError("What is wrong."),
  new errors.AuthenticationError("What is wrong."),
  new errors.PermissionError("What is wrong."),
  new errors.DeploymentNotFoundError("What is wrong."),
  new errors.OperationNotSupportedError("What is wrong."),
  new errors.InvalidRequestError("What is wrong."),
  new errors.ContextLengthError("What is wrong."),
  new errors.ContentFilterError("What is wrong.", { source: "prompt", categories: {} }),
  new errors.RateLimitError("What is wrong."),
  new errors.TimeoutError("What is wrong.", { scope: "total" }),
  new errors.ConnectionError("What is wrong."),
  new errors.InterruptedStreamError("What is wrong.", { partialText: "" }),
  new errors.ServiceError("What is wrong."),
];

test("every error class is looked at", () => {
  const classes = Object.keys(errors).filter((name) => name.endsWith("Error") && name !== "AzureOpenAIError");
  expect(samples.map(({ name }) => name).sort()).toEqual(classes.sort());
});

describe.each(samples.map((error) => [error.code, error] as const))("%s", (code, error) => {
  test("has a section, which names its class", () => {
    const [, section = ""] = page.split(`\n## ${code}\n`);
    expect(section.trim().startsWith(`\`${error.name}\`: `)).toBe(true);
  });

  test("is named by the message of its errors", () => {
    expect(error.help).toBe(`langchain-azure-openai/docs/errors.md#${code}`);
    expect(error.message).toBe(`What is wrong. See ${error.help}.`);
  });
});

test("a message that quotes another of its kind names the section once", () => {
  const { message, help } = new errors.RateLimitError("No room.");
  expect(new errors.RateLimitError(`Given up. ${message}`).message.split(help)).toHaveLength(2);
});

test("a message that ends without a full stop gets one", () => {
  expect(new errors.ConnectionError("connect ECONNREFUSED").message).toMatch(/^connect ECONNREFUSED\. See /);
});

test("an error of a call names its section", async () => {
  const llm = new AzureOpenAI({
    azureEndpoint: azure().endpoint,
    apiKey: "another key",
    deploymentName: "instruct",
  });
  await expect(llm.invoke("Hello")).rejects.toThrow(
    "See langchain-azure-openai/docs/errors.md#authentication.",
  );
});
