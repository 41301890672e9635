import { load } from "@langchain/core/load";
import { PromptTemplate } from "@langchain/core/prompts";
import type { RunnableSequence } from "@langchain/core/runnables";
import { AzureOpenAI, type AzureOpenAIInput } from "../../src/index.js";
import { connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

const azure = useEmulator();
useCleanEnvironment();

const optionalImportsMap = { "langchain/llms/openai": Promise.resolve({ AzureOpenAI }) };

function create(fields: AzureOpenAIInput = {}): AzureOpenAI {
  return new AzureOpenAI({
    azureEndpoint: "https://example.openai.azure.com",
    apiKey: "a key",
    deploymentName: "mine",
    ...fields,
  });
}

function reload(
  llm: unknown,
  secretsMap: Record<string, string> = { AZURE_OPENAI_API_KEY: "a key" },
): Promise<AzureOpenAI> {
  return load<AzureOpenAI>(JSON.stringify(llm), { optionalImportsMap, secretsMap });
}

test("is written under LangChain's id, with Python's names and a marker for the key", () => {
  const llm = create({ apiVersion: "2024-10-21", temperature: 0, maxTokens: 9, timeout: 30_000 });
  expect(JSON.parse(JSON.stringify(llm))).toEqual({
    lc: 1,
    type: "constructor",
    id: ["langchain", "llms", "openai", "AzureOpenAI"],
    kwargs: {
      azure_endpoint: "https://example.openai.azure.com",
      deployment_name: "mine",
      openai_api_version: "2024-10-21",
      openai_api_key: { lc: 1, type: "secret", id: ["AZURE_OPENAI_API_KEY"] },
      openai_api_type: "azure",
      temperature: 0,
      max_tokens: 9,
      request_timeout: 30,
    },
  });
});

test("what came from the environment is written, too", () => {
  process.env["AZURE_OPENAI_ENDPOINT"] = "https://ambient.openai.azure.com";
  process.env["OPENAI_API_VERSION"] = "2024-06-01";
  process.env["AZURE_OPENAI_API_KEY"] = "an ambient key";
  expect(new AzureOpenAI({ deploymentName: "mine" }).toJSON()).toMatchObject({
    kwargs: { azure_endpoint: "https://ambient.openai.azure.com", openai_api_version: "2024-06-01" },
  });
});

const configurations: readonly (readonly [string, AzureOpenAIInput])[] = [
  ["nothing more", {}],
  ["the dated API", { apiVersion: "2024-10-21" }],
  ["the preview", { apiVersion: "preview" }],
  [
    "a path before Azure's",
    { azureEndpoint: "https://gateway.example/team/openai/deployments/mine", apiVersion: "2024-10-21" },
  ],
  [
    "a gateway",
    { azureEndpoint: undefined, baseURL: "https://gateway.example/llm", apiVersion: "2024-10-21" },
  ],
  [
    "a deployments root",
    { azureEndpoint: undefined, azureOpenAIBasePath: "https://gateway.example/openai/deployments" },
  ],
  ["an instance's name", { azureEndpoint: undefined, instanceName: "resource" }],
  [
    "every parameter",
    {
      temperature: 0,
      maxTokens: -1,
      topP: 0,
      frequencyPenalty: -1,
      presencePenalty: 0,
      n: 2,
      bestOf: 3,
      logitBias: { "1": 0 },
      seed: 0,
      logprobs: 0,
      echo: false,
      suffix: "",
      user: "",
      stop: ["x"],
      systemMessage: "",
      modelKwargs: { nested: { camelCase: 1, snake_case: [null, false] } },
    },
  ],
  [
    "behaviour",
    {
      model: "gpt-4o",
      contextWindow: 1000,
      operation: "chat",
      streaming: true,
      streamUsage: false,
      onContentFilter: "return",
      batchSize: 3,
      coalesce: true,
      maxConcurrency: 7,
      maxRetries: 0,
      maxRetryDelay: 1000,
      timeout: 1500,
      idleTimeout: 500,
      totalTimeout: 2500,
      requestsPerMinute: 60,
      tokensPerMinute: 1000,
    },
  ],
  ["a scope", { azureADScope: "https://example.com/.default" }],
  ["a name with odd characters", { deploymentName: "a deployment/with?odd#characters%2f" }],
  [
    "several deployments",
    {
      deploymentName: undefined,
      deployments: [
        { deploymentName: "one", priority: 1, weight: 2, requestsPerMinute: 5 },
        {
          deploymentName: "two",
          azureEndpoint: "https://other.openai.azure.com",
          apiKey: "another key",
          operation: "chat",
        },
      ],
    },
  ],
];

test.each(configurations)("%s is the same after loading", async (_, fields) => {
  const llm = create(fields);
  const loaded = await reload(llm, {
    AZURE_OPENAI_API_KEY: "a key",
    AZURE_OPENAI_API_KEY_1: "a key",
    AZURE_OPENAI_API_KEY_2: "another key",
  });
  expect(loaded).toBeInstanceOf(AzureOpenAI);
  expect(loaded.settings).toEqual(llm.settings);
  expect(loaded.toJSON()).toEqual(llm.toJSON());
  expect(loaded._getSerializedCacheKeyParametersForCall({})).toBe(
    llm._getSerializedCacheKeyParametersForCall({}),
  );
});

test("loads whatever the environment says of another place", async () => {
  const llm = create();
  process.env["AZURE_OPENAI_ENDPOINT"] = "https://ambient.openai.azure.com";
  process.env["OPENAI_API_VERSION"] = "2024-06-01";
  process.env["AZURE_OPENAI_API_DEPLOYMENT_NAME"] = "ambient";
  process.env["OPENAI_API_TYPE"] = "azure_ad";
  expect((await reload(llm)).settings).toEqual(llm.settings);
});

describe("a loaded model", () => {
  test.each([
    ["secretsMap", { secretsMap: { AZURE_OPENAI_API_KEY: "emulator-api-key" }, optionalImportsMap }],
    ["secretsFromEnv", { secretsFromEnv: true, optionalImportsMap }],
    ["importMap", { secretsFromEnv: true, importMap: { llms__openai: { AzureOpenAI } } }],
  ])("signs in with its key, by %s", async (_, options) => {
    process.env["AZURE_OPENAI_API_KEY"] = azure().apiKey;
    const loaded = await load<AzureOpenAI>(JSON.stringify(connect(azure())), options);
    delete process.env["AZURE_OPENAI_API_KEY"];
    await loaded.invoke("Hello");
    expect(azure().requests).toMatchObject([
      { status: 200, authentication: { kind: "api-key", valid: true } },
    ]);
  });

  test("signs in with its token", async () => {
    const llm = connect(azure(), { apiKey: undefined, azureADToken: azure().token });
    expect(JSON.stringify(llm)).not.toContain(azure().token);
    await (await reload(llm, { AZURE_OPENAI_AD_TOKEN: azure().token })).invoke("Hello");
    expect(azure().requests).toMatchObject([{ authentication: { kind: "bearer", valid: true } }]);
  });

  test("is missed a secret", async () => {
    await expect(reload(create(), {})).rejects.toThrow(/AZURE_OPENAI_API_KEY/);
  });

  test("signs in from its environment where a provider or credential did", async () => {
    for (const signIn of [
      { azureADTokenProvider: () => Promise.resolve("t") },
      { credential: { getToken: () => Promise.resolve(null) } },
      { credential: "default" as const },
    ]) {
      const written = JSON.stringify(connect(azure(), { apiKey: undefined, ...signIn }));
      expect(written).not.toMatch(/credential|provider|token|secret/i);
      process.env["AZURE_OPENAI_API_KEY"] = azure().apiKey;
      await (await load<AzureOpenAI>(written, { optionalImportsMap })).invoke("Hello");
      delete process.env["AZURE_OPENAI_API_KEY"];
    }
    expect(azure().requests.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test("works inside a serialised chain, with what was bound to it", async () => {
    azure().respond("Tell me a joke", "one two three");
    const chain = PromptTemplate.fromTemplate("Tell me a {kind}").pipe(
      connect(azure()).withConfig({ stop: [" three"] }),
    );
    const written = JSON.stringify(chain);
    expect(written).not.toContain(azure().apiKey);
    const loaded = await load<RunnableSequence>(written, {
      optionalImportsMap,
      secretsMap: { AZURE_OPENAI_API_KEY: azure().apiKey },
    });
    await expect(loaded.invoke({ kind: "joke" })).resolves.toBe("one two");
  });
});

test("several deployments do not mix their keys", async () => {
  const llm = create({
    deploymentName: undefined,
    deployments: [
      { deploymentName: "one" },
      { deploymentName: "two", azureEndpoint: "https://other.openai.azure.com", apiKey: "another key" },
      { deploymentName: "three", azureEndpoint: "https://third.openai.azure.com", azureADToken: "a token" },
    ],
  });
  const { deployments } = (
    llm.toJSON() as unknown as { kwargs: { deployments: Record<string, { id: string[] }>[] } }
  ).kwargs;
  const markers = deployments.map((entry) => [entry["apiKey"]?.id, entry["azureADToken"]?.id]);
  expect(markers).toEqual([
    [["AZURE_OPENAI_API_KEY_1"], undefined],
    [["AZURE_OPENAI_API_KEY_2"], undefined],
    [undefined, ["AZURE_OPENAI_AD_TOKEN_3"]],
  ]);
});

describe("what the Python class writes", () => {
  /** As `dumps` writes it, with every field that it knows. */
  function fromPython(kwargs: Record<string, unknown>): string {
    return JSON.stringify({
      lc: 1,
      type: "constructor",
      id: ["langchain", "llms", "openai", "AzureOpenAI"],
      kwargs: {
        azure_endpoint: "https://example.openai.azure.com",
        deployment_name: "mine",
        openai_api_version: "2024-10-21",
        openai_api_type: "azure",
        openai_api_key: { lc: 1, type: "secret", id: ["AZURE_OPENAI_API_KEY"] },
        ...kwargs,
      },
    });
  }

  test("is loaded, its extra names known and its seconds milliseconds", async () => {
    const loaded = await load<AzureOpenAI>(
      fromPython({
        model_name: "gpt-4o-mini",
        temperature: 0.0,
        max_tokens: 100,
        top_p: 0.5,
        logit_bias: {},
        model_kwargs: {},
        best_of: 1,
        request_timeout: 12.5,
        max_retries: 2,
        batch_size: 20,
        tiktoken_model_name: "gpt-4",
        openai_organization: "org",
        openai_proxy: "",
        allowed_special: [],
        disallowed_special: "all",
        streaming: false,
        logprobs: null,
        seed: null,
      }),
      { optionalImportsMap, secretsMap: { AZURE_OPENAI_API_KEY: "a key" } },
    );
    expect(loaded.settings).toMatchObject({
      model: "gpt-4o-mini",
      parameters: { temperature: 0, maxTokens: 100, topP: 0.5 },
      timeoutMs: 12_500,
      maxRetries: 2,
    });
  });

  test("with azure_ad has a token for a key", async () => {
    const { host } = new URL(azure().endpoint);
    const loaded = await load<AzureOpenAI>(
      fromPython({
        azure_endpoint: `http://${host}`,
        deployment_name: "instruct",
        openai_api_type: "azure_ad",
      }),
      { optionalImportsMap, secretsMap: { AZURE_OPENAI_API_KEY: azure().token } },
    );
    await loaded.invoke("Hello");
    expect(azure().requests).toMatchObject([{ authentication: { kind: "bearer", valid: true } }]);
  });
});

test("a gateway's own layout of deployments leads back to itself", async () => {
  const llm = create({
    azureEndpoint: undefined,
    azureOpenAIBasePath: "https://gateway.example/team/deployments",
    apiVersion: "2024-10-21",
  });
  expect((await reload(llm)).settings.deployments).toEqual(llm.settings.deployments);
});

test("a cloud whose scope is not known has the one that was given", async () => {
  const options = { azureEndpoint: "https://example.openai.azure.cn", apiVersion: "2024-10-21" };
  for (const more of [{}, { azureADScope: "https://cognitiveservices.azure.cn/.default" }]) {
    const llm = create({ ...options, ...more });
    expect((await reload(llm)).settings.deployments).toEqual(llm.settings.deployments);
  }
});
