import { explainSettings } from "../../src/settings/explain.js";
import type { Variables } from "./resolving.js";

function explain(input: object, variables: Variables) {
  const { options, problem } = explainSettings(input, (name) => variables[name]);
  return {
    rows: Object.fromEntries(options.map(({ option, value, source }) => [option, [value, source]])),
    problem,
    options,
  };
}

test("each setting is told with where it came from", () => {
  const { rows, problem } = explain(
    { azureOpenAIApiDeploymentName: "dep", temperature: 0 },
    {
      AZURE_OPENAI_ENDPOINT: "https://res.openai.azure.com/?code=SECRET",
      OPENAI_API_VERSION: "2024-10-21",
      AZURE_OPENAI_API_KEY: "SECRET",
    },
  );
  expect(problem).toBeUndefined();
  expect(rows).toMatchObject({
    azureEndpoint: ["https://res.openai.azure.com", "variable AZURE_OPENAI_ENDPOINT"],
    deploymentName: ["dep", "option azureOpenAIApiDeploymentName"],
    apiVersion: ["2024-10-21", "variable OPENAI_API_VERSION"],
    apiKey: ["***", "variable AZURE_OPENAI_API_KEY"],
    temperature: [0, "option temperature"],
    batchSize: [20, "default"],
  });
  expect(JSON.stringify(rows)).not.toContain("SECRET");
});

test("a place is told as its option is given, without what every request adds to it", () => {
  const said = { deploymentName: "dep", apiKey: "SECRET" };
  const rowsOf = (place: object) => explain({ ...said, ...place }, {}).rows;
  expect(rowsOf({ baseURL: "https://gw.example/openai" })).toMatchObject({
    baseURL: ["https://gw.example/openai", "option baseURL"],
  });
  expect(rowsOf({ azureOpenAIBasePath: "https://gw.example/openai/deployments" })).toMatchObject({
    azureOpenAIBasePath: ["https://gw.example/openai/deployments", "option azureOpenAIBasePath"],
  });
  expect(rowsOf({ azureEndpoint: "https://gw.example/openai-team/openai" })).toMatchObject({
    azureEndpoint: ["https://gw.example/openai-team", "option azureEndpoint"],
  });
});

test("an option that has a default is told with who said it", () => {
  expect(explain({ batchSize: 5 }, {}).rows).toMatchObject({ batchSize: [5, "option batchSize"] });
});

test("what is wrong is told beside what was found", () => {
  const { rows, problem } = explain({ deploymentName: "dep" }, { AZURE_OPENAI_API_KEY: "SECRET" });
  expect(problem?.message).toContain("No endpoint");
  expect(rows).toMatchObject({ apiKey: ["***", "variable AZURE_OPENAI_API_KEY"] });
});

test("each of several deployments is told", () => {
  const entry = { azureEndpoint: "https://a.openai.azure.com", deploymentName: "d", apiKey: "SECRET" };
  const { rows } = explain({ deployments: [entry], modelKwargs: { key: "SECRET" } }, {});
  expect(rows).toMatchObject({
    "deployments[0].apiKey": ["***", "option deployments[0].apiKey"],
    modelKwargs: ["***", "option modelKwargs"],
  });
  expect(JSON.stringify(rows)).not.toContain("SECRET");
});

test.each([
  [{ AZURE_OPENAI_API_KEY: "SECRET" }, "apiKey", "AZURE_OPENAI_API_KEY"],
  [{ AZURE_OPENAI_AD_TOKEN: "SECRET" }, "azureADToken", "AZURE_OPENAI_AD_TOKEN"],
  [{ OPENAI_API_TYPE: "azure_ad", OPENAI_API_KEY: "SECRET" }, "azureADToken", "OPENAI_API_KEY"],
  [{ OPENAI_API_TYPE: "azuread" }, "credential", "OPENAI_API_TYPE"],
] as [Variables, string, string][])("a sign-in by %j is told as %s", (variables, option, variable) => {
  const place = { azureEndpoint: "https://res.openai.azure.com", deploymentName: "dep" };
  expect(explain(place, variables).rows).toHaveProperty(option, ["***", `variable ${variable}`]);
});

test("the caller's own header is told by its name alone", () => {
  const configuration = { defaultHeaders: { "api-key": "SECRET" } };
  const place = { azureEndpoint: "https://res.openai.azure.com", deploymentName: "dep" };
  const { rows } = explain({ ...place, configuration }, {});
  expect(rows).toMatchObject({ configuration: ["***", "option configuration (api-key)"] });
});

test("a scope is told where a token is asked for, and only there", () => {
  const place = { azureEndpoint: "https://res.openai.azure.com", deploymentName: "dep" };
  expect(explain({ ...place, credential: "default" }, {}).rows).toMatchObject({
    azureADScope: ["https://ai.azure.com/.default", "default"],
    apiVersion: ["v1", "default"],
  });
  expect(explain({ ...place, apiKey: "SECRET" }, {}).rows).not.toHaveProperty("azureADScope");
});

test("what is not secret about one of several deployments is shown", () => {
  const entry = { azureEndpoint: "https://a.openai.azure.com", deploymentName: "d", apiKey: "SECRET" };
  expect(explain({ deployments: [entry] }, {}).rows).toMatchObject({
    "deployments[0].deploymentName": ["d", "option deployments[0].deploymentName"],
  });
});

test("a failure that is none of the settings' is not taken for one", () => {
  const broken = () => {
    throw new TypeError("broken");
  };
  expect(() => explainSettings({}, broken)).toThrow(TypeError);
});
