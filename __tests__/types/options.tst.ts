import {
  AzureCliCredential,
  ChainedTokenCredential,
  DefaultAzureCredential,
  getBearerTokenProvider,
  ManagedIdentityCredential,
} from "@azure/identity";
import {
  AzureOpenAI,
  type AzureOpenAIInput,
  type ClientConfiguration,
  type DeploymentInput,
  type RetryEvent,
} from "langchain-azure-openai";
import { describe, expect, test } from "tstyche";

describe("the options of the constructor", () => {
  test("may all be left out", () => {
    expect(AzureOpenAI).type.toBeConstructableWith();
    expect(AzureOpenAI).type.toBeConstructableWith({});
  });

  test("may all be undefined, also where optional properties are exact", () => {
    expect<Record<keyof AzureOpenAIInput, undefined>>().type.toBeAssignableTo<AzureOpenAIInput>();
    expect<Record<keyof DeploymentInput, undefined>>().type.toBeAssignableTo<DeploymentInput>();
    expect<Record<keyof ClientConfiguration, undefined>>().type.toBeAssignableTo<ClientConfiguration>();
  });

  test("are refused where they are misspelt", () => {
    expect(AzureOpenAI).type.not.toBeConstructableWith({ temprature: 0 });
    expect(AzureOpenAI).type.not.toBeConstructableWith({ deployments: [{ deploymentname: "instruct" }] });
    expect(AzureOpenAI).type.not.toBeConstructableWith({ configuration: { defaultheaders: {} } });
  });

  test("are refused where they have another type", () => {
    expect(AzureOpenAI).type.not.toBeConstructableWith({ temperature: "0" });
    expect(AzureOpenAI).type.not.toBeConstructableWith({ temperature: null });
    expect(AzureOpenAI).type.not.toBeConstructableWith({ streaming: "true" });
    expect(AzureOpenAI).type.not.toBeConstructableWith({ apiKey: async () => "token" });
  });

  test("have the literals that they take, and only those", () => {
    expect<AzureOpenAIInput["operation"]>().type.toBe<
      "auto" | "completions" | "chat" | "responses" | undefined
    >();
    expect<AzureOpenAIInput["onContentFilter"]>().type.toBe<"throw" | "return" | undefined>();
    expect(AzureOpenAI).type.toBeConstructableWith({ credential: "default" as const });
    expect(AzureOpenAI).type.not.toBeConstructableWith({ credential: "cli" });
  });

  test("take the lists of others as they are, frozen ones too", () => {
    const stop = ["\n", "END"] as const;
    const deployments = [{ deploymentName: "east", priority: 0 }, { deploymentName: "west" }] as const;
    expect(AzureOpenAI).type.toBeConstructableWith({ stop });
    expect(AzureOpenAI).type.toBeConstructableWith({ stopSequences: stop });
    expect(AzureOpenAI).type.toBeConstructableWith({ stop: "\n" });
    expect(AzureOpenAI).type.toBeConstructableWith({ deployments });
    expect(AzureOpenAI).type.toBeConstructableWith(
      Object.freeze({
        logitBias: Object.freeze({ "50256": -100 }),
        modelKwargs: Object.freeze({ store: true }),
      }),
    );
  });

  test("are accepted by the names that existing code uses", () => {
    expect(AzureOpenAI).type.toBeConstructableWith({
      azureOpenAIApiKey: "key",
      azureOpenAIApiInstanceName: "my-resource",
      azureOpenAIApiDeploymentName: "instruct",
      azureOpenAIApiCompletionsDeploymentName: "instruct",
      azureOpenAIApiEmbeddingsDeploymentName: "embeddings",
      azureOpenAIApiVersion: "2024-10-21",
      azureOpenAIBasePath: "https://my-resource.openai.azure.com/openai/deployments",
      azureOpenAIEndpoint: "https://my-resource.openai.azure.com",
      modelName: "gpt-3.5-turbo-instruct",
      maxCompletionTokens: 100,
      stopSequences: ["\n"],
    });
    expect(AzureOpenAI).type.toBeConstructableWith({
      endpoint: "https://my-resource.openai.azure.com",
      openAIApiKey: "key",
      openAIApiVersion: "2024-10-21",
      openAIBasePath: "https://my-resource.openai.azure.com",
      azureDeployment: "instruct",
      deployment: "instruct",
    });
  });

  test("include LangChain's own", () => {
    expect(AzureOpenAI).type.toBeConstructableWith({
      callbacks: [{ handleLLMNewToken: (token: string) => console.log(token) }],
      tags: ["evaluation"],
      metadata: { row: 1 },
      cache: true,
      verbose: false,
      maxConcurrency: 5,
      maxRetries: 2,
      onFailedAttempt: (error: Error) => console.log(error.message),
    });
  });

  test("tell of each retry", () => {
    expect<Parameters<NonNullable<AzureOpenAIInput["onRetry"]>>>().type.toBe<[event: RetryEvent]>();
  });
});

describe("signing in", () => {
  test("takes every credential of @azure/identity", () => {
    const credential = new ChainedTokenCredential(new ManagedIdentityCredential(), new AzureCliCredential());
    expect(AzureOpenAI).type.toBeConstructableWith({ credential });
    expect(AzureOpenAI).type.toBeConstructableWith({ credential: new DefaultAzureCredential() });
  });

  test("takes the token provider of @azure/identity", () => {
    const azureADTokenProvider = getBearerTokenProvider(
      new DefaultAzureCredential(),
      "https://ai.azure.com/.default",
    );
    expect(AzureOpenAI).type.toBeConstructableWith({ azureADTokenProvider });
    expect(AzureOpenAI).type.not.toBeConstructableWith({ azureADTokenProvider: () => 1 });
  });
});

describe("the configuration of the client", () => {
  test("takes the platform's fetch and one of your own", () => {
    expect<{ fetch: typeof fetch }>().type.toBeAssignableTo<ClientConfiguration>();
    expect(AzureOpenAI).type.toBeConstructableWith({
      configuration: {
        fetch: async (input: string | URL | Request, init?: RequestInit) => fetch(input, init),
      },
    });
  });

  test("takes headers in each of their shapes", () => {
    expect<Headers>().type.toBeAssignableTo<ClientConfiguration["defaultHeaders"]>();
    expect<Record<string, string>>().type.toBeAssignableTo<ClientConfiguration["defaultHeaders"]>();
    expect<{ "x-team": string; "x-off": null }>().type.toBeAssignableTo<
      ClientConfiguration["defaultHeaders"]
    >();
    expect<[string, string][]>().type.toBeAssignableTo<ClientConfiguration["defaultHeaders"]>();
    expect<number>().type.not.toBeAssignableTo<ClientConfiguration["defaultHeaders"]>();
  });
});
