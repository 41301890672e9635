import { readVariable } from "../../src/settings/environment.js";
import { resolveSettings } from "../../src/settings/resolve.js";
import { deploymentOf, refusalOf, resolve, secretsOf, WHOLE } from "./resolving.js";

describe("the walk-through", () => {
  const variables = {
    OPENAI_API_VERSION: "2023-12-01-preview",
    AZURE_OPENAI_ENDPOINT: "https://your-resource-name.openai.azure.com",
    AZURE_OPENAI_API_KEY: "KEY",
  };

  test("its three variables and a deployment's name are enough", () => {
    expect(deploymentOf({ deploymentName: "gpt-35-turbo-instruct-0914" }, variables)).toEqual({
      deploymentName: "gpt-35-turbo-instruct-0914",
      api: "dated",
      apiVersion: "2023-12-01-preview",
      baseURL: "https://your-resource-name.openai.azure.com/openai",
      deploymentRoot:
        "https://your-resource-name.openai.azure.com/openai/deployments/gpt-35-turbo-instruct-0914",
      host: "your-resource-name.openai.azure.com",
      cloud: "public",
      scope: "https://cognitiveservices.azure.com/.default",
      operation: "auto",
      priority: 0,
      weight: 1,
    });
    expect(secretsOf({ deploymentName: "d" }, variables).signIn).toEqual({ kind: "key", key: "KEY" });
  });

  test("variables set in the running process are seen", () => {
    const before = { ...process.env };
    Object.assign(process.env, variables);
    try {
      expect(resolveSettings({ deploymentName: "d" }).settings.deployments[0]?.apiVersion).toBe(
        readVariable("OPENAI_API_VERSION"),
      );
    } finally {
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
    }
  });
});

describe("a configuration of @langchain/openai's AzureOpenAI", () => {
  test("its option names resolve", () => {
    const deployment = deploymentOf({
      azureOpenAIApiKey: "KEY",
      azureOpenAIApiInstanceName: "my-instance",
      azureOpenAIApiDeploymentName: "my-deployment",
      azureOpenAIApiVersion: "2024-02-01",
      azureOpenAIApiEmbeddingsDeploymentName: "embeddings",
      temperature: 0,
      maxRetries: 2,
      verbose: true,
    });
    expect(deployment.deploymentRoot).toBe(
      "https://my-instance.openai.azure.com/openai/deployments/my-deployment",
    );
    expect(deployment.apiVersion).toBe("2024-02-01");
  });

  test("its variables resolve", () => {
    const deployment = deploymentOf(
      {},
      {
        AZURE_OPENAI_API_INSTANCE_NAME: "my-instance",
        AZURE_OPENAI_API_DEPLOYMENT_NAME: "my-deployment",
        AZURE_OPENAI_API_KEY: "KEY",
        AZURE_OPENAI_API_VERSION: "2024-02-01",
      },
    );
    expect(deployment.deploymentRoot).toBe(
      "https://my-instance.openai.azure.com/openai/deployments/my-deployment",
    );
  });

  test("its base path gets /NAME appended", () => {
    const deployment = deploymentOf({
      azureOpenAIApiKey: "KEY",
      azureOpenAIBasePath: "https://westeurope.api.cognitive.microsoft.com/openai/deployments",
      azureOpenAIApiDeploymentName: "dep",
      azureOpenAIApiVersion: "2024-02-01",
    });
    expect(deployment).toMatchObject({
      api: "dated",
      deploymentRoot: "https://westeurope.api.cognitive.microsoft.com/openai/deployments/dep",
      baseURL: "https://westeurope.api.cognitive.microsoft.com/openai",
    });
  });

  test("its completions deployment beats the general one, in either order", () => {
    const names = {
      azureOpenAIApiDeploymentName: "general",
      azureOpenAIApiCompletionsDeploymentName: "special",
    };
    const swapped = Object.fromEntries(Object.entries(names).reverse());
    const rest = { azureEndpoint: WHOLE.azureEndpoint, apiKey: "KEY" };
    expect(deploymentOf({ ...rest, ...names }).deploymentName).toBe("special");
    expect(deploymentOf({ ...rest, ...swapped }).deploymentName).toBe("special");
    const variables = {
      AZURE_OPENAI_API_DEPLOYMENT_NAME: "general",
      AZURE_OPENAI_API_COMPLETIONS_DEPLOYMENT_NAME: "special",
    };
    expect(deploymentOf(rest, variables).deploymentName).toBe("special");
  });
});

describe("an option wins over the environment, which never conflicts", () => {
  const ambient = {
    AZURE_OPENAI_ENDPOINT: "https://ambient.openai.azure.com",
    AZURE_OPENAI_BASE_PATH: "https://ambient-path.example/deployments",
    AZURE_OPENAI_API_INSTANCE_NAME: "ambient-instance",
    AZURE_OPENAI_API_DEPLOYMENT_NAME: "ambient-dep",
    AZURE_OPENAI_API_VERSION: "2024-02-01",
    OPENAI_API_VERSION: "2023-05-15",
    AZURE_OPENAI_API_KEY: "AMBIENT",
  };

  test.each([
    [{ azureEndpoint: "https://said.openai.azure.com" }, "said.openai.azure.com"],
    [{ instanceName: "said" }, "said.openai.azure.com"],
    [{ azureOpenAIBasePath: "https://said.example/x" }, "said.example"],
    [{ baseURL: "https://said.example/x" }, "said.example"],
    [{}, "ambient.openai.azure.com"],
  ])("place %j", (said, host) => {
    expect(deploymentOf(said, ambient).host).toBe(host);
  });

  test("among the variables the endpoint comes first, then the base path, then the instance", () => {
    const withoutEndpoint = { ...ambient, AZURE_OPENAI_ENDPOINT: "" };
    const withInstance = { ...withoutEndpoint, AZURE_OPENAI_BASE_PATH: "" };
    expect(deploymentOf({}, withoutEndpoint).host).toBe("ambient-path.example");
    expect(deploymentOf({}, withInstance).host).toBe("ambient-instance.openai.azure.com");
  });

  test.each([
    [{ deploymentName: "said" }, "said"],
    [{ azureEndpoint: "https://a.openai.azure.com/openai/deployments/pasted" }, "pasted"],
    [
      { azureEndpoint: "https://a.openai.azure.com/openai/deployments/pasted", deploymentName: "said" },
      "said",
    ],
    [{}, "ambient-dep"],
  ])("deployment %j", (said, name) => {
    expect(deploymentOf(said, ambient).deploymentName).toBe(name);
  });

  test("a blank variable is an absent one", () => {
    const refusal = refusalOf(() =>
      resolve({ deploymentName: "d", apiKey: "k" }, { AZURE_OPENAI_ENDPOINT: " " }),
    );
    expect(refusal).toContain("No endpoint");
  });

  test("a variable is taken without the spaces around it", () => {
    const variables = { ...ambient, AZURE_OPENAI_API_DEPLOYMENT_NAME: " ambient-dep\n" };
    expect(deploymentOf({}, variables).deploymentName).toBe("ambient-dep");
  });

  test("undefined and null are absent options", () => {
    expect(
      deploymentOf({ azureEndpoint: undefined, deploymentName: null, apiKey: undefined }, ambient),
    ).toMatchObject({
      host: "ambient.openai.azure.com",
      deploymentName: "ambient-dep",
    });
  });
});

describe("API and version: the option, the endpoint's, the variables, the v1 API", () => {
  const root = "https://res.openai.azure.com";
  const v1 = { api: "v1", apiVersion: undefined, baseURL: `${root}/openai/v1`, deploymentRoot: undefined };
  const dated = (apiVersion: string) => ({
    api: "dated",
    apiVersion,
    baseURL: `${root}/openai`,
    deploymentRoot: `${root}/openai/deployments/dep`,
  });
  const pasted = `${root}/openai/deployments/dep/completions?api-version=2024-06-01`;
  const both = { AZURE_OPENAI_API_VERSION: "2024-02-01", OPENAI_API_VERSION: "2023-05-15" };

  test.each([
    ["nothing", root, undefined, {}, v1],
    ["nothing, though the path has a deployment", `${root}/openai/deployments/dep`, undefined, {}, v1],
    ["an option with a date", root, "2024-10-21", both, dated("2024-10-21")],
    ["an option with a preview's date", root, "2024-08-01-preview", {}, dated("2024-08-01-preview")],
    ["an option v1", root, "v1", both, v1],
    ["an option preview", root, "preview", both, { ...v1, apiVersion: "preview" }],
    ["the option before the query", pasted, "2024-10-21", both, dated("2024-10-21")],
    ["the query before the variables", pasted, undefined, both, dated("2024-06-01")],
    ["the path before the variables", `${root}/openai/v1/`, undefined, both, v1],
    ["the path before its query", `${root}/openai/v1?api-version=2024-10-21`, undefined, {}, v1],
    [
      "preview of the v1 API",
      `${root}/openai/v1?api-version=preview`,
      undefined,
      {},
      { ...v1, apiVersion: "preview" },
    ],
    ["a dated option over a v1 path", `${root}/openai/v1/`, "2024-10-21", {}, dated("2024-10-21")],
    ["a v1 option over a dated path", pasted, "v1", both, v1],
    ["the first variable", root, undefined, both, dated("2024-02-01")],
    ["the second variable", root, undefined, { OPENAI_API_VERSION: "2023-05-15" }, dated("2023-05-15")],
    ["a variable v1", root, undefined, { OPENAI_API_VERSION: "v1" }, v1],
  ])("%s", (_case, azureEndpoint, apiVersion, variables, expected) => {
    const found = deploymentOf({ ...WHOLE, azureEndpoint, apiVersion }, variables);
    const { api, baseURL, deploymentRoot } = found;
    expect({ api, apiVersion: found.apiVersion, baseURL, deploymentRoot }).toEqual(expected);
  });

  test.each([["latest"], ["2024"], ["v2024-10-21"], ["2024-10-21?x=y"], ["../x"]])(
    "%j is no version",
    (apiVersion) => {
      expect(refusalOf(() => resolve({ ...WHOLE, apiVersion }))).toContain(
        "`apiVersion` must be a dated API version",
      );
    },
  );

  test("a variable that is no version is named", () => {
    expect(refusalOf(() => resolve(WHOLE, { OPENAI_API_VERSION: "newest" }))).toContain(
      "`OPENAI_API_VERSION`",
    );
  });

  test("a version in configuration.defaultQuery is the option", () => {
    const configuration = { defaultQuery: { "api-version": "2024-10-21" } };
    expect(deploymentOf({ ...WHOLE, configuration }).apiVersion).toBe("2024-10-21");
    expect(secretsOf({ ...WHOLE, configuration }).query).toEqual({});
    expect(refusalOf(() => resolve({ ...WHOLE, configuration, apiVersion: "2024-06-01" }))).toContain(
      "apiVersion",
    );
  });
});

describe("a deployments root that is not Azure's own", () => {
  const rest = { azureOpenAIBasePath: "https://gw.example/llm", deploymentName: "dep", apiKey: "KEY" };

  test("is spoken to without a version where none is said", () => {
    expect(deploymentOf(rest)).toMatchObject({ api: "dated", deploymentRoot: "https://gw.example/llm/dep" });
    expect(deploymentOf(rest, { OPENAI_API_VERSION: "v1" })).not.toHaveProperty("apiVersion");
    expect(deploymentOf(rest, { OPENAI_API_VERSION: "2024-02-01" }).apiVersion).toBe("2024-02-01");
  });

  test("has no v1 API", () => {
    expect(refusalOf(() => resolve({ ...rest, apiVersion: "v1" }))).toContain("`baseURL`");
  });

  test("stays one when it ends in /openai/deployments, while Azure's own becomes the v1 API", () => {
    const gateway = { ...rest, azureOpenAIBasePath: "https://gw.example/openai/deployments/" };
    expect(deploymentOf(gateway)).toMatchObject({
      api: "dated",
      deploymentRoot: "https://gw.example/openai/deployments/dep",
    });
    const azure = { ...rest, azureOpenAIBasePath: "https://res.openai.azure.com/openai/deployments/" };
    expect(deploymentOf(azure)).toMatchObject({
      api: "v1",
      baseURL: "https://res.openai.azure.com/openai/v1",
    });
  });
});

describe("a gateway's base URL", () => {
  const rest = { baseURL: "https://gw.example/llm?code=SECRET", deploymentName: "dep", apiKey: "KEY" };

  test("gets no version but an explicit one", () => {
    expect(deploymentOf(rest, { OPENAI_API_VERSION: "2024-02-01" })).toEqual({
      deploymentName: "dep",
      api: "gateway",
      baseURL: "https://gw.example/llm",
      host: "gw.example",
      cloud: "unknown",
      scope: "https://ai.azure.com/.default",
      operation: "auto",
      priority: 0,
      weight: 1,
    });
    expect(deploymentOf({ ...rest, apiVersion: "anything" }).apiVersion).toBe("anything");
    expect(deploymentOf({ ...rest, baseURL: "https://gw.example?api-version=2024-10-21" }).apiVersion).toBe(
      "2024-10-21",
    );
  });

  test("keeps its query where nobody sees it", () => {
    expect(secretsOf(rest).query).toEqual({ code: "SECRET" });
    expect(JSON.stringify(resolve(rest).settings)).not.toContain("SECRET");
  });

  test("may be in `configuration`", () => {
    const { baseURL, ...others } = rest;
    expect(deploymentOf({ ...others, configuration: { baseURL } }).baseURL).toBe("https://gw.example/llm");
    expect(
      refusalOf(() => resolve({ ...rest, configuration: { baseURL: "https://other.example" } })),
    ).toContain("`baseURL` and `configuration.baseURL`");
  });

  test("wants to know what to send as model", () => {
    expect(refusalOf(() => resolve({ ...rest, deploymentName: undefined, model: "gpt-4o" }))).toContain(
      "`deploymentName`",
    );
  });
});

describe("what is missing is told with every way to mend it", () => {
  test("all at once", () => {
    const message = refusalOf(() => resolve(undefined));
    for (const name of [
      "azureEndpoint",
      "AZURE_OPENAI_ENDPOINT",
      "instanceName",
      "AZURE_OPENAI_API_INSTANCE_NAME",
      "azureOpenAIBasePath",
      "AZURE_OPENAI_BASE_PATH",
      "baseURL",
      "deploymentName",
      "AZURE_OPENAI_API_DEPLOYMENT_NAME",
      "AZURE_OPENAI_API_COMPLETIONS_DEPLOYMENT_NAME",
      "apiKey",
      "AZURE_OPENAI_API_KEY",
      "azureADToken",
      "AZURE_OPENAI_AD_TOKEN",
      "azureADTokenProvider",
      "credential",
      "OPENAI_API_TYPE",
    ]) {
      expect(message).toContain(name);
    }
    expect(message.split("\n").map((line) => line.split(":")[0])).toEqual([
      "No endpoint",
      "No deployment",
      "No sign-in",
    ]);
  });

  test.each([
    ["azureEndpoint", "No endpoint"],
    ["deploymentName", "No deployment"],
    ["apiKey", "No sign-in"],
  ])("%s alone", (missing, words) => {
    const input = Object.fromEntries(Object.entries(WHOLE).filter(([name]) => name !== missing));
    const message = refusalOf(() => resolve(input));
    expect(message).toContain(words);
    expect(message.split("\n")).toHaveLength(1);
  });
});

describe("options that cannot be right are refused", () => {
  test.each([
    [{ deploymentNam: "x" }, ["deploymentNam", "`deploymentName`"]],
    [{ azure_endpoint: "x" }, ["`azureEndpoint`"]],
    [{ frobnicate: 1 }, ["frobnicate", "modelKwargs"]],
    [
      { azureEndpoint: "https://a.example", endpoint: "https://b.example" },
      ["`azureEndpoint`", "`endpoint`"],
    ],
    [{ deploymentName: "a", azureDeployment: "b" }, ["`deploymentName`", "`azureDeployment`"]],
    [{ deploymentName: "a", azureOpenAIApiDeploymentName: "b" }, ["`azureOpenAIApiDeploymentName`"]],
    [
      { azureEndpoint: "https://a.openai.azure.com", instanceName: "b" },
      ["`azureEndpoint`", "`instanceName`"],
    ],
    [{ baseURL: "https://a.example", azureEndpoint: "https://a.example" }, ["`baseURL`", "`azureEndpoint`"]],
    [{ stop: ["a"], stopSequences: ["b"] }, ["`stop`", "`stopSequences`"]],
    [{ deploymentName: "" }, ["`deploymentName`", "an empty string"]],
    [{ deploymentName: ".." }, ["`deploymentName`"]],
    [{ temperature: "hot" }, ["`temperature` must be a number from 0 to 2, not a string"]],
    [{ stopSequences: ["1", "2", "3", "4", "5"] }, ["`stopSequences`", "up to 4"]],
    [{ n: 0 }, ["`n`"]],
    [{ n: 3, bestOf: 2 }, ["`bestOf` (2)", "`n` (3)"]],
    [{ bestOf: 2, streaming: true }, ["`bestOf` (2)", "streamed"]],
    [{ logprobs: 6 }, ["`logprobs`", "0 to 5"]],
    [{ modelKwargs: { model: "x" } }, ["`modelKwargs`", "`model`", "deploymentName"]],
    [{ modelKwargs: { stream: true } }, ["`stream`", "streaming"]],
    [{ modelKwargs: JSON.parse('{"__proto__": {"a": 1}}') as object }, ["__proto__"]],
    [JSON.parse('{"__proto__": {"apiKey": "x"}}') as object, ["__proto__"]],
    [JSON.parse('{"__proto__": null}') as object, ["__proto__"]],
    [{ configuration: { apiKey: "SECRET" } }, ["`configuration.apiKey`", "`apiKey`"]],
    [{ configuration: { deployment: "x" } }, ["`deploymentName`"]],
    [{ configuration: { httpAgent: {} } }, ["fetchOptions"]],
    [{ configuration: { defaultHeader: {} } }, ["`defaultHeaders`"]],
    [{ configuration: { fetch: 1 } }, ["`configuration.fetch`"]],
    [{ configuration: { fetchOptions: 1 } }, ["`configuration.fetchOptions`"]],
    [{ deployments: [] }, ["`deployments`"]],
    [{ deploymentName: "x", deployments: [{ deploymentName: "y" }] }, ["`deploymentName`", "`deployments`"]],
  ] as [object, string[]][])("%j", (options, words) => {
    const shared = { AZURE_OPENAI_ENDPOINT: "https://res.openai.azure.com", AZURE_OPENAI_API_KEY: "KEY" };
    const variables = { ...shared, AZURE_OPENAI_API_DEPLOYMENT_NAME: "dep" };
    const message = refusalOf(() => resolve(options, variables));
    for (const word of words) expect(message).toContain(word);
    expect(message).not.toContain("SECRET");
  });

  test.each([[1], ["x"], [[]], [null], [() => 1]])("options that are %p are no options", (input) => {
    expect(refusalOf(() => resolveSettings(input as unknown as object, () => undefined))).toContain(
      "must be an object",
    );
  });

  test("two names that agree do not conflict", () => {
    const names = {
      deployment: "dep",
      azureOpenAIApiDeploymentName: "dep",
      stop: ["a"],
      stopSequences: ["a"],
    };
    expect(deploymentOf({ ...WHOLE, ...names }).deploymentName).toBe("dep");
    expect(deploymentOf({ ...WHOLE, instanceName: "res" }).host).toBe("res.openai.azure.com");
  });

  test("what is inherited is no option", () => {
    const polluted: object = Object.assign(Object.create({ apiKey: "INHERITED" }) as object, {
      azureEndpoint: WHOLE.azureEndpoint,
      deploymentName: "dep",
    });
    expect(refusalOf(() => resolve(polluted))).toContain("No sign-in");
  });
});

describe("settings", () => {
  test("have the defaults of the table", () => {
    const { settings } = resolve(WHOLE);
    expect(settings).toEqual({
      deployments: settings.deployments,
      parameters: {},
      operation: "auto",
      streaming: false,
      streamUsage: true,
      onContentFilter: "throw",
      batchSize: 20,
      coalesce: false,
      maxConcurrency: 256,
      maxRetries: 6,
      maxRetryDelayMs: 300_000,
      timeoutMs: 600_000,
    });
  });

  test("keep zeros, false and empty texts", () => {
    const said = {
      temperature: 0,
      maxTokens: 0,
      logprobs: 0,
      seed: 0,
      suffix: "",
      user: "",
      echo: false,
      topP: 0,
    };
    const { parameters, maxRetries, maxRetryDelayMs, streamUsage } = resolve({
      ...WHOLE,
      ...said,
      maxRetries: 0,
      maxRetryDelay: 0,
      streamUsage: false,
    }).settings;
    expect(parameters).toEqual(said);
    expect([maxRetries, maxRetryDelayMs, streamUsage]).toEqual([0, 0, false]);
  });

  test("turn one stop into a list, and no stop and no further field into nothing", () => {
    expect(resolve({ ...WHOLE, stop: "x" }).settings.parameters.stop).toEqual(["x"]);
    expect(resolve({ ...WHOLE, stop: [] }).settings.parameters).toEqual({});
    expect(resolve({ ...WHOLE, modelKwargs: {} }).settings.parameters).toEqual({});
  });

  test("allow several completions in a stream", () => {
    expect(resolve({ ...WHOLE, streaming: true, n: 2, bestOf: 2 }).settings.parameters).toEqual({
      n: 2,
      bestOf: 2,
    });
  });

  test("bound times to what a timer can count", () => {
    const { timeoutMs, idleTimeoutMs, totalTimeoutMs } = resolve({
      ...WHOLE,
      timeout: Infinity,
      idleTimeout: 5,
      totalTimeout: 1e12,
    }).settings;
    expect([timeoutMs, idleTimeoutMs, totalTimeoutMs]).toEqual([2 ** 31 - 1, 5, 2 ** 31 - 1]);
  });

  test("are frozen all the way down, and are not the caller's objects", () => {
    const logitBias = { "50256": -100 };
    const modelKwargs = { metadata: { team: ["a"] } };
    const { settings } = resolve({ ...WHOLE, stop: ["a"], logitBias, modelKwargs });
    const check = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      Object.values(value).forEach(check);
    };
    check(settings);
    expect(Object.isFrozen(modelKwargs.metadata.team)).toBe(false);
    modelKwargs.metadata.team.push("b");
    expect(settings.parameters.modelKwargs).toEqual({ metadata: { team: ["a"] } });
  });

  test("refuse a modelKwargs that no request can carry", () => {
    expect(refusalOf(() => resolve({ ...WHOLE, modelKwargs: { seed: 1n } }))).toContain(
      "`modelKwargs` holds a value that JSON cannot carry",
    );
  });

  test("refuse a modelKwargs that contains itself", () => {
    const modelKwargs: Record<string, unknown> = {};
    modelKwargs["self"] = { modelKwargs };
    expect(refusalOf(() => resolve({ ...WHOLE, modelKwargs }))).toContain("contains itself");
  });
});

test("LangChain gets its own options only", () => {
  const callbacks = [{}];
  const { base } = resolve({
    ...WHOLE,
    callbacks,
    verbose: true,
    tags: ["t"],
    metadata: { a: 1 },
    cache: undefined,
    maxRetries: 1,
    maxConcurrency: 1,
    onFailedAttempt: () => undefined,
  });
  expect(base).toEqual({ callbacks, verbose: true, tags: ["t"], metadata: { a: 1 } });
});

test("what is unset unless it is said reaches the settings", () => {
  const said = {
    model: "gpt-4o",
    contextWindow: 1000,
    onRetry: () => undefined,
    onFailedAttempt: () => undefined,
  };
  expect(resolve({ ...WHOLE, ...said }).settings).toMatchObject(said);
});

describe("a name that is not known", () => {
  test("is quoted up to 60 characters", () => {
    const long = "x".repeat(61);
    expect(refusalOf(() => resolve({ ...WHOLE, [long]: 1 }))).toContain(`"${"x".repeat(60)}…"`);
    expect(refusalOf(() => resolve({ ...WHOLE, [long.slice(1)]: 1 }))).toContain(`"${"x".repeat(60)}"`);
  });

  test("is no option of AzureOpenAI, or of an entry, which has fewer", () => {
    expect(refusalOf(() => resolve({ ...WHOLE, temprature: 1 }))).toContain(
      '"temprature" is not an option of AzureOpenAI. Did you mean `temperature`?',
    );
    const entry = { deploymentName: "d", temprature: 1 };
    expect(refusalOf(() => resolve({ ...WHOLE, deploymentName: undefined, deployments: [entry] }))).toMatch(
      /"temprature" is not an option of `deployments\[0\]`\. (?!Did you mean `temperature`)/,
    );
  });

  test("may not be __proto__", () => {
    const input = JSON.parse('{ "__proto__": { "apiKey": "SECRET" } }') as object;
    expect(refusalOf(() => resolve(input))).toContain('"__proto__" is not an option');
  });
});

describe("two names for one option", () => {
  test.each([
    [
      ["a", "b"],
      ["a", "b"],
    ],
    ["a", "a"],
  ])("agree on %j and %j", (stop, stopSequences) => {
    expect(() => resolve({ ...WHOLE, stop, stopSequences })).not.toThrow();
  });

  test.each([
    [["a", "b"], ["a"]],
    [["a"], ["a", "b"]],
    [
      ["a", "b"],
      ["a", "c"],
    ],
    [
      ["a", "b"],
      ["c", "b"],
    ],
    ["a", ["a"]],
    [["a"], "a"],
  ])("differ on %j and %j", (stop, stopSequences) => {
    expect(refusalOf(() => resolve({ ...WHOLE, stop, stopSequences }))).toContain(
      "`stop` and `stopSequences`",
    );
  });
});

test("only a function in the place of a key is taken for a token provider", () => {
  const provider = "`azureADTokenProvider`";
  expect(refusalOf(() => resolve({ ...WHOLE, apiKey: () => "KEY" }))).toContain(provider);
  expect(refusalOf(() => resolve({ ...WHOLE, apiKey: 1 }))).not.toContain(provider);
  expect(refusalOf(() => resolve({ ...WHOLE, deploymentName: () => "dep" }))).not.toContain(provider);
});

test("a text around which there is space is taken without it, an all blank one refused", () => {
  expect(resolve({ ...WHOLE, deploymentName: " dep " }).settings.deployments[0]?.deploymentName).toBe("dep");
  expect(refusalOf(() => resolve({ ...WHOLE, deploymentName: "  " }))).toContain("`deploymentName` must be");
});

test("one variable is spoken of as one, several as several, and an option without any has none", () => {
  const message = refusalOf(() => resolve({ deploymentName: undefined }));
  expect(message).toContain("`azureEndpoint` (or the variable AZURE_OPENAI_ENDPOINT)");
  expect(message).toContain(
    "`deploymentName` (or the variables AZURE_OPENAI_API_COMPLETIONS_DEPLOYMENT_NAME, AZURE_OPENAI_API_DEPLOYMENT_NAME)",
  );
  expect(message).toContain("for a gateway, `baseURL`.");
});
