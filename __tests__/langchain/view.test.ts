import type { AzureOpenAIInput } from "../../src/index.js";
import { AzureOpenAI } from "../../src/index.js";
import { useCleanEnvironment } from "../support/environment.js";

useCleanEnvironment();

function create(fields: AzureOpenAIInput): AzureOpenAI {
  return new AzureOpenAI({
    azureEndpoint: "https://example.openai.azure.com",
    apiKey: "a key",
    deploymentName: "mine",
    ...fields,
  });
}

const COMPLETIONS = {
  deployment_name: "mine",
  model_name: "gpt-3.5-turbo-instruct",
  temperature: 0.7,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: 0,
  n: 1,
  logit_bias: {},
  max_tokens: 256,
};

const views: readonly (readonly [string, AzureOpenAIInput, Record<string, unknown>])[] = [
  ["the documented line by default", {}, COMPLETIONS],
  ["the same for explicit completions", { operation: "completions" }, COMPLETIONS],
  ["the model that is said", { model: "davinci-002" }, { ...COMPLETIONS, model_name: "davinci-002" }],
  [
    "zeros",
    { temperature: 0, maxTokens: 0, topP: 0 },
    { ...COMPLETIONS, temperature: 0, top_p: 0, max_tokens: 0 },
  ],
  ["bestOf above n", { n: 2, bestOf: 3 }, { ...COMPLETIONS, n: 2, best_of: 3 }],
  ["bestOf that is n, as Python does", { n: 2, bestOf: 2 }, { ...COMPLETIONS, n: 2, best_of: 2 }],
  ["no bestOf of 1", { bestOf: 1 }, COMPLETIONS],
  [
    "extras after the others",
    {
      seed: 0,
      logprobs: 0,
      echo: false,
      suffix: "",
      user: "u",
      stop: ["x"],
      systemMessage: "s",
      modelKwargs: { k: 1 },
    },
    {
      ...COMPLETIONS,
      seed: 0,
      logprobs: 0,
      echo: false,
      suffix: "",
      user: "u",
      stop: ["x"],
      system_message: "s",
      k: 1,
    },
  ],
  ["nothing but the name for chat", { operation: "chat" }, { deployment_name: "mine" }],
  ["nothing but the name for responses", { operation: "responses" }, { deployment_name: "mine" }],
  [
    "what is sent for chat",
    { operation: "chat", model: "gpt-4o", temperature: 0, maxTokens: 9, stop: ["x"], seed: 1 },
    { deployment_name: "mine", model_name: "gpt-4o", temperature: 0, max_tokens: 9, seed: 1, stop: ["x"] },
  ],
  [
    "what is sent for responses",
    { operation: "responses", topP: 0.5, systemMessage: "s" },
    { deployment_name: "mine", top_p: 0.5, system_message: "s" },
  ],
  [
    "the names of several deployments",
    { deploymentName: undefined, deployments: [{ deploymentName: "one" }, { deploymentName: "two" }] },
    { ...COMPLETIONS, deployment_name: ["one", "two"] },
  ],
];

test.each(views)("shows %s, in its order", (_, fields, view) => {
  const llm = create(fields);
  const [name, params] = String(llm).split("\nParams: ");
  expect(name).toBe("AzureOpenAI");
  expect(params).toBe(JSON.stringify(view));
  expect(llm.identifyingParams()).toEqual(view);
});

test("invocation parameters are those of the call", () => {
  expect(create({ temperature: 0.2 }).invocationParams({ maxTokens: 5, stop: ["x"] })).toEqual({
    ...COMPLETIONS,
    temperature: 0.2,
    max_tokens: 5,
    stop: ["x"],
  });
});

test("identifying parameters say where it is, too", () => {
  expect(create({ apiVersion: "2024-10-21" })._identifyingParams()).toEqual({
    ...COMPLETIONS,
    endpoint: "example.openai.azure.com",
    api: "dated",
    api_version: "2024-10-21",
    operation: "auto",
  });
});

test("several deployments are told from others by where each of them is", () => {
  const mine = { deploymentName: "mine", apiKey: "a key" };
  const llm = new AzureOpenAI({
    deployments: [
      { azureEndpoint: "https://one.openai.azure.com", apiVersion: "2024-10-21", ...mine },
      { azureEndpoint: "https://two.openai.azure.com", ...mine },
    ],
  });
  expect(llm._identifyingParams()).toMatchObject({
    deployments: [
      { endpoint: "one.openai.azure.com", api: "dated", api_version: "2024-10-21" },
      { endpoint: "two.openai.azure.com", api: "v1" },
    ],
  });
});
