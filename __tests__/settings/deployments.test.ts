import { deploymentOf, refusalOf, resolve, secretsOf, WHOLE } from "./resolving.js";

const A = "https://a.openai.azure.com";
const B = "https://b.openai.azure.com";

test("each entry is a deployment, with its own sign-in, in order", () => {
  const input = {
    deployments: [
      {
        azureEndpoint: A,
        deploymentName: "one",
        apiKey: "KEY-A",
        priority: 1,
        weight: 3,
        requestsPerMinute: 60,
      },
      { azureEndpoint: B, deploymentName: "two", credential: "default", operation: "chat", model: "gpt-4o" },
    ],
  };
  const { settings, accesses } = resolve(input);
  expect(settings.deployments).toMatchObject([
    { host: "a.openai.azure.com", deploymentName: "one", priority: 1, weight: 3, requestsPerMinute: 60 },
    {
      host: "b.openai.azure.com",
      deploymentName: "two",
      priority: 0,
      weight: 1,
      operation: "chat",
      model: "gpt-4o",
    },
  ]);
  expect(accesses.map((access) => access().signIn)).toEqual([
    { kind: "key", key: "KEY-A" },
    { kind: "default" },
  ]);
});

test("an entry takes over what it does not say", () => {
  const shared = {
    azureEndpoint: A,
    apiKey: "KEY",
    apiVersion: "2024-10-21",
    operation: "completions",
    model: "m",
    tokensPerMinute: 1000,
    configuration: { defaultHeaders: { "x-gateway": "G" }, fetch },
  };
  const input = {
    ...shared,
    deployments: [{ deploymentName: "one" }, { deployment: "two", apiVersion: "v1", model: "n" }],
  };
  expect(deploymentOf(input)).toMatchObject({
    api: "dated",
    apiVersion: "2024-10-21",
    operation: "completions",
    model: "m",
    tokensPerMinute: 1000,
  });
  expect(deploymentOf(input, {}, 1)).toMatchObject({ api: "v1", model: "n", host: "a.openai.azure.com" });
  expect(secretsOf(input)).toMatchObject({
    signIn: { kind: "key", key: "KEY" },
    headers: { "x-gateway": "G" },
    fetch,
  });
});

test("an entry's own sign-in replaces the one beside it", () => {
  const input = {
    azureEndpoint: A,
    apiKey: "KEY",
    deployments: [{ deploymentName: "one", azureADToken: "TOKEN" }],
  };
  expect(secretsOf(input).signIn).toEqual({ kind: "token", token: "TOKEN" });
});

describe("no key crosses to another endpoint", () => {
  const entry = { azureEndpoint: B, deploymentName: "two" };

  test.each([
    [{ apiKey: "SECRET" }, {}],
    [{ credential: "default" }, {}],
    [{ azureEndpoint: A, apiKey: "SECRET" }, {}],
    [{ configuration: { defaultHeaders: { "api-key": "SECRET" } } }, {}],
    [{}, { AZURE_OPENAI_API_KEY: "SECRET" }],
    [{}, { OPENAI_API_TYPE: "azure_ad" }],
  ])("%j with %j leaves the entry without a sign-in", (shared, variables) => {
    const message = refusalOf(() => resolve({ ...shared, deployments: [entry] }, variables));
    expect(message).toContain("No sign-in for `deployments[0]`");
    expect(message).toContain("`deployments[0].apiKey`");
    expect(message).not.toContain("SECRET");
  });

  test("headers and query stay behind, the transport goes along", () => {
    const shared = {
      azureEndpoint: `${A}/?code=SECRET`,
      apiKey: "SECRET",
      configuration: { defaultHeaders: { "x-key": "SECRET" }, defaultQuery: { k: "SECRET" }, fetch },
    };
    const secrets = secretsOf({ ...shared, deployments: [{ ...entry, apiKey: "OWN" }] });
    expect(secrets).toEqual({ signIn: { kind: "key", key: "OWN" }, headers: {}, query: {}, fetch });
  });
});

describe("what is wrong in an entry is told with its place", () => {
  test.each([
    [{ deploymentNam: "x" }, ['"deploymentNam" is not an option of `deployments[1]`', "`deploymentName`"]],
    [{ wieght: 1 }, ["`weight`"]],
    [{ temperature: 0.5 }, ["`deployments[1].temperature`", "beside `deployments`"]],
    [{ callbacks: [] }, []],
    [{ weight: 0 }, ["`deployments[1].weight` must be a number above 0"]],
    [{ priority: "high" }, ["`deployments[1].priority` must be a number"]],
    [{ azureEndpoint: "nope" }, ["`deployments[1].azureEndpoint`"]],
    [{ apiKey: "a", azureADToken: "b" }, ["`deployments[1].apiKey`", "`deployments[1].azureADToken`"]],
    [{ configuration: { timeout: 1 } }, ["`deployments[1].configuration.timeout`"]],
    [{ configuration: { baseURL: 1 } }, ["`deployments[1].configuration.baseURL`"]],
  ] as [object, string[]][])("%j", (entry, words) => {
    const run = () =>
      resolve({
        azureEndpoint: A,
        apiKey: "K",
        deployments: [{ deploymentName: "d" }, { deploymentName: "e", ...entry }],
      });
    if (words.length === 0) {
      expect(run().settings.deployments).toHaveLength(2);
      return;
    }
    const message = refusalOf(run);
    for (const word of words) expect(message).toContain(word);
  });
});

test.each([
  [["a", "b"], 0, "a string"],
  [[{ deploymentName: "a" }, null], 1, "null"],
  [[undefined], 0, "undefined"],
  [[["a"]], 0, "an array of 1"],
])("an entry that is no object is named, with the shape it must have: %j", (deployments, at, kind) => {
  const message = refusalOf(() => resolve({ azureEndpoint: A, apiKey: "KEY", deployments }));
  expect(message).toContain(
    `\`deployments[${at}]\` must be an object such as { deploymentName: "NAME" }, not ${kind}.`,
  );
});

test("an entry's own place of another kind replaces the one beside it", () => {
  const beside = { azureEndpoint: "https://res.openai.azure.com" };
  const entry = { instanceName: "other", deploymentName: "d", apiKey: "KEY" };
  expect(deploymentOf({ ...beside, deployments: [entry] }).host).toBe("other.openai.azure.com");
});

test("an entry's own query reaches its requests, over the one beside it", () => {
  const configuration = { defaultQuery: { a: "1", b: "1" } };
  const entry = { deploymentName: "d", configuration: { defaultQuery: { b: "2" } } };
  const secrets = secretsOf({ ...WHOLE, deploymentName: undefined, configuration, deployments: [entry] });
  expect(secrets.query).toEqual({ a: "1", b: "2" });
});

test("a deployment has its own model, context window and quotas", () => {
  const own = { model: "gpt-4o", contextWindow: 1000, requestsPerMinute: 60, tokensPerMinute: 600 };
  expect(
    deploymentOf({ ...WHOLE, deploymentName: undefined, deployments: [{ deploymentName: "d", ...own }] }),
  ).toMatchObject(own);
});
