import { AzureOpenAIError, type AzureOpenAIInput, OperationNotSupportedError } from "../../src/index.js";
import { bodies, collect, connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { failureOf } from "./matrix.js";

// What is learnt is kept for the process: each test has deployments of its own.
const azure = useEmulator({ deployments: {} });
useCleanEnvironment();

/** The operations that were asked, and the answers' statuses, in order. */
function asked(): readonly string[] {
  return azure().requests.map(({ operation, status }) => `${operation} ${status}`);
}

const kinds = [
  ["a completions model", "gpt-35-turbo-instruct", "completions"],
  ["a chat model", "gpt-4o", "chat"],
  ["a reasoning model", "gpt-5-mini", "chat"],
  ["a model of responses only", "gpt-5-pro", "responses"],
  ["an old chat model", "gpt-35-turbo", "chat"],
] as const;

describe.each(["v1", "2025-04-01-preview"])("with apiVersion %s", (apiVersion) => {
  describe.each(kinds)("%s", (_, model, operation) => {
    const deploymentName = `any-${model}-${apiVersion}`;
    beforeEach(() => {
      azure().deploy(deploymentName, { model });
      azure().respond("sea", "Wide and blue.");
    });

    test("answers with nothing said but the deployment's name", async () => {
      const llm = connect(azure(), { deploymentName, apiVersion });
      await expect(llm.invoke("the sea")).resolves.toBe("Wide and blue.");
      expect((await collect(await llm.stream("the sea"))).join("")).toBe("Wide and blue.");
      await expect(llm.batch(["the sea", "the sea"])).resolves.toEqual(["Wide and blue.", "Wide and blue."]);
      expect(azure().requests.at(-1)?.operation).toBe(operation);
    });

    test("is learnt once: another instance asks nothing twice", async () => {
      await connect(azure(), { deploymentName, apiVersion }).invoke("the sea");
      expect(asked()).toEqual([`${operation} 200`]);
    });

    test("shows nothing of what was learnt", async () => {
      const llm = connect(azure(), { deploymentName, apiVersion });
      const before = [String(llm), llm._getSerializedCacheKeyParametersForCall({})];
      await llm.invoke("the sea");
      expect([String(llm), llm._getSerializedCacheKeyParametersForCall({})]).toEqual(before);
    });
  });
});

test("a name that hints at a completions model is asked that first", async () => {
  azure().deploy("my-davinci", { model: "gpt-35-turbo-instruct" });
  await connect(azure(), { deploymentName: "my-davinci" }).invoke("Hello");
  expect(asked()).toEqual(["completions 200"]);
});

test("1,000 prompts on an undetected chat deployment cost 1,001 requests at most", async () => {
  azure().deploy("misleading-instruct", { model: "gpt-4o" });
  azure().respond(/./, (prompt) => `<${prompt}>`);
  const prompts = Array.from({ length: 1000 }, (_, index) => `prompt ${index}`);
  const answers = await connect(azure(), { deploymentName: "misleading-instruct" }).batch(prompts);
  expect(answers).toEqual(prompts.map((prompt) => `<${prompt}>`));
  expect(azure().requests.length).toBeLessThanOrEqual(1001);
});

test("concurrent first calls learn it once, and what a reasoning model refuses with it", async () => {
  azure().deploy("new-instruct", { model: "gpt-5-mini" });
  const llm = connect(azure(), { deploymentName: "new-instruct", maxTokens: 200 });
  await Promise.all(Array.from({ length: 30 }, (_, index) => llm.invoke(`Hello ${index}`)));
  expect(asked().filter((each) => !each.endsWith("200"))).toEqual(["completions 400", "chat 400"]);
  expect(azure().requests).toHaveLength(32);
});

test("instances made for each web request learn it together", async () => {
  azure().deploy("web-instruct", { model: "gpt-4o" });
  await Promise.all(
    Array.from({ length: 20 }, () => connect(azure(), { deploymentName: "web-instruct" }).invoke("Hello")),
  );
  expect(azure().requests).toHaveLength(21);
});

test("a deployment that was redeployed with another kind of model is learnt anew", async () => {
  const llm = connect(azure(), { deploymentName: "changing" });
  azure().deploy("changing", { model: "gpt-4o" });
  await llm.invoke("Hello");
  azure().deploy("changing", { model: "gpt-35-turbo-instruct" });
  await llm.invoke("Hello");
  azure().deploy("changing", { model: "gpt-5-pro" });
  await collect(await llm.stream("Hello"));
  azure().deploy("changing", { model: "gpt-4o" });
  await expect(llm.batch(["a", "b", "c"])).resolves.toHaveLength(3);
});

test("max_tokens becomes max_completion_tokens, learnt once, in invoke and stream", async () => {
  azure().deploy("thinker", { model: "gpt-5-mini" });
  const llm = connect(azure(), { deploymentName: "thinker", operation: "chat", maxTokens: 300 });
  await llm.invoke("Hello");
  await collect(await llm.stream("Hello"));
  await connect(azure(), { deploymentName: "thinker", operation: "chat" }).invoke("Hello", {
    maxTokens: 100,
  });
  expect(bodies(azure())).toMatchObject([
    { max_tokens: 300 },
    { max_completion_tokens: 300 },
    { max_completion_tokens: 300 },
    { max_completion_tokens: 100 },
  ]);
});

const refusals: readonly (readonly ["auto" | "chat" | "responses", AzureOpenAIInput, string])[] = [
  ["chat", { temperature: 0.2 }, "temperature"],
  ["chat", { stop: ["."] }, "stop"],
  ["chat", { logprobs: 1 }, "logprobs"],
  ["chat", { presencePenalty: 1 }, "presencePenalty"],
  ["responses", { temperature: 0.2 }, "temperature"],
  ["auto", { temperature: 0.2 }, "temperature"],
];

test.each(refusals)(
  "on a reasoning model, %s with %o is an error that names it and the way out",
  async (operation, option, name) => {
    azure().deploy("stern", { model: "gpt-5-mini" });
    for (const attempt of [1, 2]) {
      const error = await failureOf(
        connect(azure(), { deploymentName: "stern", operation, ...option }).invoke("Hello"),
      );
      expect(error).toBeInstanceOf(OperationNotSupportedError);
      expect(String(error)).toContain(`\`${name}\``);
      expect(String(error)).toContain(operation === "responses" ? "responses" : "chat");
      expect(String(error)).toMatch(/Leave .* out/);
      expect(azure().requests.length).toBeLessThanOrEqual(attempt);
    }
  },
);

test("a deployment that does not exist is not asked for every operation", async () => {
  const error = await failureOf(connect(azure(), { deploymentName: "nowhere" }).invoke("Hello"));
  expect(error).toMatchObject({ code: "deployment_not_found", deploymentName: "nowhere" });
  expect(azure().requests).toHaveLength(1);
});

test("a wrong explicit operation is an error that says which to use", async () => {
  azure().deploy("only-chat", { model: "gpt-4o" });
  const error = await failureOf(
    connect(azure(), { deploymentName: "only-chat", operation: "completions" }).invoke("Hello"),
  );
  expect(error).toBeInstanceOf(AzureOpenAIError);
  expect(error).toMatchObject({ code: "operation_not_supported" });
  expect(String(error)).toMatch(/`operation`|operation: "/);
});
