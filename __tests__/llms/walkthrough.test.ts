import { StringOutputParser } from "@langchain/core/output_parsers";
import { PromptTemplate } from "@langchain/core/prompts";
import { AzureOpenAI } from "../../src/index.js";
import { bodies, collect, useEmulator, WALKTHROUGH_DEPLOYMENT } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

/** The line that the Python class's documentation shows, as JSON. */
const PRINTED =
  "AzureOpenAI\n" +
  'Params: {"deployment_name":"gpt-35-turbo-instruct-0914","model_name":"gpt-3.5-turbo-instruct","temperature":0.7,' +
  '"top_p":1,"frequency_penalty":0,"presence_penalty":0,"n":1,"logit_bias":{},"max_tokens":256}';

const azure = useEmulator();
useCleanEnvironment();

describe("the walk-through of the Python documentation", () => {
  beforeEach(() => {
    process.env["OPENAI_API_VERSION"] = "2024-10-21";
    process.env["AZURE_OPENAI_ENDPOINT"] = azure().endpoint;
    process.env["AZURE_OPENAI_API_KEY"] = azure().apiKey;
    azure().respond(/joke/, "Why did the chicken cross the road?");
  });

  test("answers a prompt with only the three variables and the deployment's name", async () => {
    const llm = new AzureOpenAI({ deploymentName: WALKTHROUGH_DEPLOYMENT });

    await expect(llm.invoke("Tell me a joke")).resolves.toBe("Why did the chicken cross the road?");
  });

  test("asks the dated completions route with the key, once", async () => {
    await new AzureOpenAI({ deploymentName: WALKTHROUGH_DEPLOYMENT }).invoke("Tell me a joke");

    expect(azure().requests).toMatchObject([
      {
        path: `/openai/deployments/${WALKTHROUGH_DEPLOYMENT}/completions`,
        query: { "api-version": "2024-10-21" },
        authentication: { kind: "api-key", valid: true },
        status: 200,
      },
    ]);
  });

  test("sends what the Python class sends", async () => {
    await new AzureOpenAI({ deploymentName: WALKTHROUGH_DEPLOYMENT }).invoke("Tell me a joke");

    expect(bodies(azure())).toEqual([
      {
        model: WALKTHROUGH_DEPLOYMENT,
        prompt: ["Tell me a joke"],
        temperature: 0.7,
        top_p: 1,
        frequency_penalty: 0,
        presence_penalty: 0,
        n: 1,
        max_tokens: 256,
      },
    ]);
  });

  test("prints the line of the documentation, character for character", () => {
    expect(String(new AzureOpenAI({ deploymentName: WALKTHROUGH_DEPLOYMENT }))).toBe(PRINTED);
  });

  test("works in a chain and as a stream", async () => {
    const llm = new AzureOpenAI({ deploymentName: WALKTHROUGH_DEPLOYMENT });
    const chain = PromptTemplate.fromTemplate("Tell me a {kind}").pipe(llm).pipe(new StringOutputParser());

    await expect(chain.invoke({ kind: "joke" })).resolves.toBe("Why did the chicken cross the road?");
    const pieces = await collect(await llm.stream("Tell me a joke"));
    expect(pieces.join("")).toBe("Why did the chicken cross the road?");
    expect(pieces.length).toBeGreaterThan(2);
  });

  test("signs in with a token in OPENAI_API_KEY when OPENAI_API_TYPE is azure_ad", async () => {
    delete process.env["AZURE_OPENAI_API_KEY"];
    process.env["OPENAI_API_TYPE"] = "azure_ad";
    process.env["OPENAI_API_KEY"] = azure().token;

    await new AzureOpenAI({ deploymentName: WALKTHROUGH_DEPLOYMENT }).invoke("Tell me a joke");

    expect(azure().requests[0]?.authentication).toMatchObject({ kind: "bearer", valid: true });
  });
});

describe("a program written for @langchain/openai", () => {
  test("runs with its option names", async () => {
    const llm = new AzureOpenAI({
      temperature: 0.9,
      azureOpenAIApiKey: azure().apiKey,
      azureOpenAIEndpoint: azure().endpoint,
      azureOpenAIApiDeploymentName: WALKTHROUGH_DEPLOYMENT,
      azureOpenAIApiVersion: "2024-10-21",
      modelName: "gpt-3.5-turbo-instruct",
      maxTokens: 50,
      stopSequences: ["\n\n"],
      maxRetries: 1,
    });

    await llm.invoke("Hello", { options: { headers: { "x-team": "search" } } });

    expect(azure().requests).toMatchObject([
      {
        deployment: WALKTHROUGH_DEPLOYMENT,
        apiVersion: "2024-10-21",
        headers: { "x-team": "search" },
        body: { temperature: 0.9, max_tokens: 50, stop: ["\n\n"] },
      },
    ]);
  });

  test("runs with its environment variables", async () => {
    process.env["AZURE_OPENAI_API_KEY"] = azure().apiKey;
    process.env["AZURE_OPENAI_BASE_PATH"] = `${azure().endpoint}/openai/deployments`;
    process.env["AZURE_OPENAI_API_DEPLOYMENT_NAME"] = WALKTHROUGH_DEPLOYMENT;
    process.env["AZURE_OPENAI_API_VERSION"] = "2024-10-21";

    await new AzureOpenAI().invoke("Hello");

    expect(azure().requests).toMatchObject([{ deployment: WALKTHROUGH_DEPLOYMENT, status: 200 }]);
  });
});
