import { deploymentOf, refusalOf, type Variables } from "./resolving.js";

const SIGNED = { apiKey: "KEY", deploymentName: "dep" };
const GATEWAY = "https://gateway.example";

function placeOf(options: object, variables: Variables = {}) {
  const { api, apiVersion, baseURL } = deploymentOf({ ...SIGNED, ...options }, variables);
  return { api, apiVersion, baseURL };
}

describe("an endpoint with a deployment's path and no version", () => {
  test.each([
    [
      "of Azure has the v1 API",
      { azureEndpoint: "https://res.openai.azure.com/openai/deployments/dep" },
      "v1",
    ],
    ["of a gateway with Azure's layout, too", { azureEndpoint: `${GATEWAY}/openai/deployments/dep` }, "v1"],
    ["of a gateway with its own layout has not", { azureEndpoint: `${GATEWAY}/deployments/dep` }, "dated"],
    ["that is said to be a deployments root has not", { azureOpenAIBasePath: `${GATEWAY}/any` }, "dated"],
  ])("%s", (_, options, api) => {
    expect(placeOf(options)).toMatchObject({ api, apiVersion: undefined });
  });

  test.each([
    ["takes a dated version from the variable", "2024-10-21", "dated", "2024-10-21"],
    ["takes no version of an API that it has not", "preview", "dated", undefined],
  ])("of a gateway's own %s", (_, OPENAI_API_VERSION, api, apiVersion) => {
    expect(placeOf({ azureEndpoint: `${GATEWAY}/deployments/dep` }, { OPENAI_API_VERSION })).toMatchObject({
      api,
      apiVersion,
    });
  });

  test("of Azure takes any version from the variable", () => {
    const azureEndpoint = "https://res.openai.azure.com/openai/deployments/dep";
    expect(placeOf({ azureEndpoint }, { OPENAI_API_VERSION: "preview" })).toMatchObject({
      api: "v1",
      apiVersion: "preview",
    });
  });
});

test("a deployments root that is not Azure's own takes a dated version from the option", () => {
  const options = { azureOpenAIBasePath: `${GATEWAY}/any`, apiVersion: "2024-10-21" };
  expect(placeOf(options)).toMatchObject({ api: "dated", apiVersion: "2024-10-21" });
});

test("a version in `configuration` that is none is told with its place", () => {
  const configuration = { defaultQuery: { "api-version": "latest" } };
  const azureEndpoint = "https://res.openai.azure.com";
  expect(refusalOf(() => placeOf({ azureEndpoint, configuration }))).toContain(
    '`configuration.defaultQuery["api-version"]` must be',
  );
});

test("a version in the endpoint's query that is none is told with its place", () => {
  const azureEndpoint = "https://res.openai.azure.com/?api-version=latest";
  expect(refusalOf(() => placeOf({ azureEndpoint }))).toContain("`api-version in azureEndpoint` must be");
});

describe("the scope that a token is asked for", () => {
  const DATED = "https://cognitiveservices.azure.com/.default";
  const V1 = "https://ai.azure.com/.default";
  test.each([
    [{ baseURL: GATEWAY }, V1],
    [{ baseURL: GATEWAY, apiVersion: "v1" }, V1],
    [{ baseURL: GATEWAY, apiVersion: "2024-10-21" }, DATED],
    [{ baseURL: `${GATEWAY}/deployments/dep` }, DATED],
    [{ azureEndpoint: "https://res.openai.azure.com/openai/deployments/dep" }, V1],
    [{ azureEndpoint: GATEWAY }, V1],
    [{ azureEndpoint: GATEWAY, apiVersion: "2024-10-21" }, DATED],
    [{ azureEndpoint: GATEWAY, azureADScope: " api://mine/.default " }, "api://mine/.default"],
  ])("with %j is %s", (options, scope) => {
    const credential = { getToken: () => Promise.resolve(null) };
    expect(deploymentOf({ deploymentName: "dep", credential, ...options }).scope).toBe(scope);
  });

  test.each(["default", { getToken: () => Promise.resolve(null) }])(
    "must be told in a cloud where none is documented (%#)",
    (credential) => {
      const options = { azureEndpoint: "https://res.openai.azure.cn", deploymentName: "dep", credential };
      expect(refusalOf(() => deploymentOf(options))).toContain("`azureADScope`");
    },
  );
});
