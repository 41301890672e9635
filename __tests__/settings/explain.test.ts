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
    azureEndpoint: ["https://res.openai.azure.com/openai", "variable AZURE_OPENAI_ENDPOINT"],
    deploymentName: ["dep", "option azureOpenAIApiDeploymentName"],
    apiVersion: ["2024-10-21", "variable OPENAI_API_VERSION"],
    apiKey: ["***", "variable AZURE_OPENAI_API_KEY"],
    temperature: [0, "option temperature"],
    batchSize: [20, "default"],
  });
  expect(JSON.stringify(rows)).not.toContain("SECRET");
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
