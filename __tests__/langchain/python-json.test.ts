import { load } from "@langchain/core/load";
import * as ours from "../../src/index.js";
import type { AzureOpenAIInput } from "../../src/index.js";
import { bodies, connect, useEmulator, WALKTHROUGH_DEPLOYMENT } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

const azure = useEmulator();
useCleanEnvironment();

type Json = Record<string, unknown>;

function marker(variable: string): Json {
  return { lc: 1, type: "secret", id: [variable] };
}

/** What `dumps` of langchain-openai 1.7.3 writes: its defaults as well, unless they are 0 or empty. */
function writtenByPython(kwargs: Json = {}): Json {
  return {
    model_name: "gpt-3.5-turbo-instruct",
    temperature: 0.7,
    max_tokens: 256,
    top_p: 1,
    n: 1,
    best_of: 1,
    openai_api_key: marker("AZURE_OPENAI_API_KEY"),
    batch_size: 20,
    max_retries: 2,
    disallowed_special: "all",
    azure_endpoint: azure().endpoint,
    deployment_name: WALKTHROUGH_DEPLOYMENT,
    openai_api_version: "2024-10-21",
    openai_api_type: "azure",
    validate_base_url: true,
    ...kwargs,
  };
}

function loadHere(kwargs: Json): Promise<ours.AzureOpenAI> {
  const id = ["langchain", "llms", "openai", "AzureOpenAI"];
  return load(JSON.stringify({ lc: 1, type: "constructor", id, kwargs, name: "AzureOpenAI" }), {
    secretsMap: { AZURE_OPENAI_API_KEY: azure().apiKey, AZURE_OPENAI_AD_TOKEN: azure().token },
    optionalImportsMap: { "langchain/llms/openai": { ...ours } },
  });
}

function write(llm: ours.AzureOpenAI): Json {
  return JSON.parse(JSON.stringify(llm)).kwargs;
}

describe("what Python wrote", () => {
  test.each<[string, Json, AzureOpenAIInput]>([
    ["of its defaults", {}, {}],
    ["of what differs from them", { temperature: 0, n: 2, best_of: 3 }, { temperature: 0, n: 2, bestOf: 3 }],
    ["of several completions, with the best_of of 1 that it never sends", { n: 2 }, { n: 2 }],
    ["of seconds", { request_timeout: 2.5 }, { timeout: 2500 }],
    ["of seconds to connect and to read", { request_timeout: [1, 2.5] }, { timeout: 3500 }],
    [
      "of fields of two kinds for the body",
      { model_kwargs: { user: "u" }, extra_body: { cache_level: 1 } },
      { modelKwargs: { user: "u", cache_level: 1 } },
    ],
  ])("%s is the model made here with the same options", async (_, kwargs, options) => {
    const made = connect(azure(), {
      apiVersion: "2024-10-21",
      maxRetries: 2,
      ...options,
    });

    expect((await loadHere(writtenByPython(kwargs))).settings).toEqual(made.settings);
  });

  test("of its defaults sends a chat model none of them", async () => {
    const llm = await loadHere(writtenByPython({ deployment_name: "chat", operation: "chat" }));

    await llm.invoke("Hello");
    expect(bodies(azure())[0]).not.toHaveProperty("temperature");
  });

  test("can ask for several completions in a call", async () => {
    const { generations } = await (await loadHere(writtenByPython())).generate(["Hello"], { n: 2 });

    expect(generations[0]).toHaveLength(2);
  });

  test("with both a key and a token signs in with the token, as Python does", async () => {
    const llm = await loadHere(writtenByPython({ azure_ad_token: marker("AZURE_OPENAI_AD_TOKEN") }));

    await llm.invoke("Hello");
    expect(azure().requests).toMatchObject([{ authentication: { kind: "bearer", valid: true } }]);
  });
});

describe("what is written for Python", () => {
  test("names in model_kwargs what its client takes as an argument, and the rest in extra_body", () => {
    const llm = connect(azure(), { modelKwargs: { user: "u", cache_level: 1 } });

    expect(write(llm)).toMatchObject({ model_kwargs: { user: "u" }, extra_body: { cache_level: 1 } });
  });

  test("asks it not to refuse a gateway's base beside a deployment's name", () => {
    const llm = connect(azure(), { azureEndpoint: undefined, baseURL: "http://127.0.0.1:1/gateway" });

    expect(write(llm)["validate_base_url"]).toBe(false);
  });

  test.each<[string, AzureOpenAIInput]>([
    ["a dated version", { baseURL: "http://127.0.0.1:1/gateway", apiVersion: "2024-10-21" }],
    ["a deployment in its path", { baseURL: "http://127.0.0.1:1/openai/deployments/mine" }],
    ["neither", { baseURL: "http://127.0.0.1:1/gateway" }],
  ])("has no scope that nobody set, for a gateway with %s", (_, options) => {
    const llm = connect(azure(), { azureEndpoint: undefined, ...options });

    expect(write(llm)).not.toHaveProperty("azure_ad_scope");
  });
});

test.each<[string, AzureOpenAIInput]>([
  ["modelKwargs of both kinds", { modelKwargs: { cache_level: 1, user: "u" } }],
  ["values that are defaults", { temperature: 0.7, maxTokens: 256, topP: 1, n: 1, bestOf: 1 }],
  ["no limit of requests", { maxConcurrency: Infinity }],
  ["no limit of time", { timeout: Infinity }],
  ["a gateway", { azureEndpoint: undefined, baseURL: "http://127.0.0.1:1/gateway" }],
])("written and loaded, %s is what it was", async (_, options) => {
  const llm = connect(azure(), options);

  expect((await loadHere(write(llm))).settings).toEqual(llm.settings);
});
