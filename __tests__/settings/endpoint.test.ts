import { AzureOpenAIError } from "../../src/errors.js";
import {
  cloudOf,
  endpointOfInstance,
  escapeDeployment,
  parseBaseURL,
  parseDeploymentsRoot,
  parseEndpoint,
  scopeOf,
} from "../../src/settings/endpoint.js";

const rules = { name: "azureEndpoint", allowHttp: false };
const AZURE = "https://res.openai.azure.com";

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (AzureOpenAIError.isInstance(error)) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("an endpoint in any shape becomes one base", () => {
  test.each([
    [AZURE],
    [`${AZURE}/`],
    [`${AZURE}//`],
    ["res.openai.azure.com"],
    ["res.openai.azure.com/openai"],
    ["//res.openai.azure.com/"],
    ["  HTTPS://RES.openai.azure.com  "],
    [`${AZURE}/openai`],
    [`${AZURE}/openai/`],
    [`${AZURE}//openai//`],
    [`${AZURE}/openai/v1`],
    [`${AZURE}/openai/v1/`],
    [`${AZURE}/v1/`],
    [`${AZURE}/openai/v1/chat/completions`],
    [`${AZURE}/openai/deployments`],
    [`${AZURE}/openai/deployments/`],
    [`${AZURE}/openai/deployments/NAME`],
    [`${AZURE}/deployments/NAME/`],
    [`${AZURE}/openai/deployments/NAME/chat/completions?api-version=2024-10-21`],
    [`${AZURE}/openai/responses?api-version=2025-04-01-preview`],
    [`${AZURE}/openai/models?api-version=2024-10-21`],
    [`${AZURE}/#keys`],
    ["res.openai.azure.com?from=https://portal.azure.com"],
  ])("%s", (text) => {
    expect(parseEndpoint(text, rules).base).toBe(`${AZURE}/openai`);
  });
});

describe("what a path says is read", () => {
  test.each([
    [AZURE, {}],
    [`${AZURE}/openai`, {}],
    [`${AZURE}/openai/v1/`, { api: "v1" }],
    [`${AZURE}/openai/v1/responses`, { api: "v1", operation: "responses" }],
    [`${AZURE}/openai/deployments`, { api: "dated" }],
    [`${AZURE}/openai/deployments/NAME`, { api: "dated", deploymentName: "NAME" }],
    [`${AZURE}/openai/deployments/a%20b%2Fc`, { api: "dated", deploymentName: "a b/c" }],
    [`${AZURE}/openai/deployments/openai`, { api: "dated", deploymentName: "openai" }],
    [
      `${AZURE}/openai/deployments/v1/completions?api-version=2024-10-21`,
      { api: "dated", deploymentName: "v1", operation: "completions", apiVersion: "2024-10-21" },
    ],
    [
      `${AZURE}/openai/deployments/completions/chat/completions`,
      { api: "dated", deploymentName: "completions", operation: "chat" },
    ],
    [
      `${AZURE}/openai/responses?api-version=2025-04-01-preview`,
      { operation: "responses", apiVersion: "2025-04-01-preview" },
    ],
    [`${AZURE}/?api-version=`, {}],
    [`${AZURE}/?api-version=%202024-10-21%20`, { apiVersion: "2024-10-21" }],
    ["https://gw.example/llm/deployments/x", { api: "dated", deploymentName: "x" }],
  ])("%s", (text, expected) => {
    const { api, deploymentName, apiVersion, operation } = parseEndpoint(text, rules);
    expect({ api, deploymentName, apiVersion, operation }).toEqual({
      api: undefined,
      deploymentName: undefined,
      apiVersion: undefined,
      operation: undefined,
      ...expected,
    });
  });
});

describe("a gateway's own path is kept", () => {
  test.each([
    [
      "https://gw.example/team-a",
      "https://gw.example/team-a/openai",
      "https://gw.example/team-a/openai/deployments",
    ],
    ["https://gw.example/openai/openai/v1", "https://gw.example/openai/openai", undefined],
    ["https://gw.example/openai/team/openai", "https://gw.example/openai/team/openai", undefined],
    ["https://gw.example/team-a/openai/deployments/x", "https://gw.example/team-a/openai", undefined],
    ["https://gw.example/deployments/x/completions", "https://gw.example", "https://gw.example/deployments"],
    ["https://gw.example/llm/v1", "https://gw.example/llm", undefined],
    ["https://gw.example/llm/v1/chat/completions", "https://gw.example/llm", undefined],
    ["https://gw.example/openai/responses", "https://gw.example/openai", undefined],
    ["https://gw.example/openai/completions", "https://gw.example/openai", undefined],
    ["https://gw.example/openai/chat/completions", "https://gw.example/openai", undefined],
    ["https://gw.example/v1/team-a", "https://gw.example/v1/team-a/openai", undefined],
    ["https://gw.example:8443", "https://gw.example:8443/openai", undefined],
    [
      "https://res.services.ai.azure.com/api/projects/p/openai/v1",
      "https://res.services.ai.azure.com/api/projects/p/openai",
      undefined,
    ],
  ])("%s", (text, base, deploymentsRoot) => {
    const endpoint = parseEndpoint(text, rules);
    expect(endpoint.base).toBe(base);
    if (deploymentsRoot !== undefined) expect(endpoint.deploymentsRoot).toBe(deploymentsRoot);
  });
});

describe("Azure's own layout is told from a gateway's", () => {
  test.each([
    ["https://gw.example/openai/v1", true],
    ["https://gw.example/openai/deployments/x", true],
    ["https://gw.example/llm/v1", false],
    ["https://gw.example/deployments/x", false],
    [`${AZURE}/deployments/x`, true],
  ])("%s: %s", (text, azureLayout) => {
    expect(parseEndpoint(text, rules).azureLayout).toBe(azureLayout);
  });

  test.each([[parseBaseURL], [parseDeploymentsRoot]])("%p has no layout but what is said", (parse) => {
    expect(parse("https://gw.example/llm", rules).azureLayout).toBe(false);
  });
});

test("the query but for api-version is kept apart", () => {
  expect(parseEndpoint(`${AZURE}?api-version=2024-10-21&key=SECRET`, rules).query).toEqual({ key: "SECRET" });
});

describe("the cloud follows the host", () => {
  test.each([
    ["a.openai.azure.com", "public"],
    ["a.cognitiveservices.azure.com", "public"],
    ["a.services.ai.azure.com", "public"],
    ["a.openai.azure.com.", "public"],
    ["a.openai.azure.us", "usgov"],
    ["a.openai.azure.cn", "china"],
    ["a.azure-api.net", "unknown"],
    ["openai.azure.com.evil.example", "unknown"],
    ["evilopenai.azure.com", "unknown"],
    ["127.0.0.1", "unknown"],
  ])("%s is %s", (host, cloud) => {
    expect(cloudOf(host)).toBe(cloud);
  });
});

describe("the scope follows cloud and API", () => {
  test.each([
    ["public", true, "https://cognitiveservices.azure.com/.default"],
    ["public", false, "https://ai.azure.com/.default"],
    ["unknown", true, "https://cognitiveservices.azure.com/.default"],
    ["unknown", false, "https://ai.azure.com/.default"],
    ["usgov", true, "https://cognitiveservices.azure.us/.default"],
    ["usgov", false, "https://cognitiveservices.azure.us/.default"],
    ["china", true, undefined],
    ["china", false, undefined],
  ] as const)("%s, dated %s", (cloud, dated, scope) => {
    expect(scopeOf(cloud, dated)).toBe(scope);
  });
});

describe("plain http is for this machine only", () => {
  test.each([
    ["http://localhost:1234", "http://localhost:1234/openai"],
    ["http://127.0.0.1:80", "http://127.0.0.1/openai"],
    ["http://127.8.9.1:5000/", "http://127.8.9.1:5000/openai"],
    ["http://[::1]:5000", "http://[::1]:5000/openai"],
    ["http://127.10.20.30:5000", "http://127.10.20.30:5000/openai"],
    ["localhost", "http://localhost/openai"],
    ["LOCALHOST/openai", "http://localhost/openai"],
    ["localhost:1234", "http://localhost:1234/openai"],
    ["//localhost:1234", "http://localhost:1234/openai"],
    ["127.0.0.1:1234/openai", "http://127.0.0.1:1234/openai"],
  ])("%s", (text, base) => {
    expect(parseEndpoint(text, rules).base).toBe(base);
  });

  test("a name below `localhost` is not this machine", () => {
    expect(parseEndpoint("api.localhost:1234", rules).base).toBe("https://api.localhost:1234/openai");
  });

  test.each([
    "http://res.openai.azure.com",
    "http://localhost.example",
    "http://api.localhost",
    "http://127.0.0.1.example",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://gateway:8080",
  ])("%s is refused, naming `allowHttp`", (text) => {
    expect(messageOf(() => parseEndpoint(text, rules))).toContain("allowHttp");
    expect(parseEndpoint(text, { ...rules, allowHttp: true }).base).toMatch(/^http:/);
  });
});

describe("what is no endpoint is refused without being printed", () => {
  test.each([
    ["", "not a URL"],
    ["   ", "not a URL"],
    ["https://", "not a URL"],
    ["https://<my-resource>.openai.azure.com", "not a URL"],
    ["https://a b.example/SECRET", "not a URL"],
    ["https://a.example/\r\nSECRET", "not a URL"],
    ["https://a.example:99999/SECRET", "not a URL"],
    ["https://a.example\\SECRET", "not a URL"],
    ["https:/a.example/SECRET", "not a URL"],
    ["https://https://a.example/SECRET", "not a URL"],
    ["mailto:SECRET@example.org", "user name or password"],
    ["ftp://a.example/SECRET", "https://"],
    ["file:///SECRET", "https://"],
    ["https://user:SECRET@a.openai.azure.com", "user name or password"],
    ["https://SECRET@a.openai.azure.com", "user name or password"],
    ["https://:SECRET@a.openai.azure.com", "user name or password"],
    ["my-resource", "instanceName"],
    ["//my-resource", "instanceName"],
    ["https://portal.azure.com/#SECRET", "portal page"],
    ["https://portal.azure.com./SECRET", "portal page"],
    ["https://ai.azure.com/x", "portal page"],
    ["https://oai.azure.com/SECRET", "portal page"],
    ["", "such as https://NAME.openai.azure.com"],
    [`${AZURE}/openai/deployments/%E0%A4%A`, "escaped"],
  ])("%s", (text, words) => {
    const message = messageOf(() => parseEndpoint(text, rules));
    expect(message).toContain(words);
    expect(message).toContain("`azureEndpoint`");
    expect(message).not.toContain("SECRET");
  });
});

test("a host that is the scheme is no host, where http is allowed as well", () => {
  const allowed = { ...rules, allowHttp: true };
  expect(messageOf(() => parseEndpoint("http://http://a.example", allowed))).toContain("not a URL");
});

test("a query keeps all that a name holds", () => {
  expect(parseEndpoint(`${AZURE}?a=1&b=2&a=3`, rules).query).toEqual({ a: ["1", "3"], b: "2" });
});

describe("a deployments root stays as it is", () => {
  test.each([
    [
      "https://westeurope.api.cognitive.microsoft.com/openai/deployments",
      "https://westeurope.api.cognitive.microsoft.com/openai/deployments",
    ],
    ["https://gw.example/llm/", "https://gw.example/llm"],
    ["https://gw.example/team/deployments/", "https://gw.example/team/deployments"],
    [`${AZURE}/openai/deployments/`, `${AZURE}/openai/deployments`],
    [AZURE, `${AZURE}/openai/deployments`],
  ])("%s", (text, root) => {
    expect(parseDeploymentsRoot(text, rules).deploymentsRoot).toBe(root);
  });
});

describe("a gateway's base URL gets nothing but the operation's path", () => {
  test.each([
    ["https://gw.example", "https://gw.example"],
    ["https://gw.example/a//b/", "https://gw.example/a/b"],
    ["https://gw.example/v1/chat/completions", "https://gw.example/v1"],
    ["https://gw.example/v1/completions?key=k", "https://gw.example/v1"],
    ["https://gw.example/a/b/c/chat/completions", "https://gw.example/a/b/c"],
    ["https://gw.example/completions", "https://gw.example"],
    [`${AZURE}/openai/v1/`, `${AZURE}/openai/v1`],
    [`${AZURE}/openai/deployments/NAME`, `${AZURE}/openai/deployments/NAME`],
  ])("%s", (text, base) => {
    expect(parseBaseURL(text, rules).base).toBe(base);
  });

  test.each([
    [`${AZURE}/openai/deployments/my%20name`, "my name"],
    ["https://gw.example/deployments/first", "first"],
  ])("a deployment in its path is read: %s", (text, deploymentName) => {
    expect(parseBaseURL(text, rules)).toMatchObject({ api: "dated", deploymentName });
  });

  test("without one in its path there is neither a deployment nor an API", () => {
    expect(parseBaseURL("https://gw.example/a/b", rules)).not.toHaveProperty("deploymentName");
    expect(parseBaseURL("https://gw.example/a/b", rules)).not.toHaveProperty("api");
  });
});

describe("an instance name is one part of a host name", () => {
  test.each([["my-res"], ["A1"], ["a"], [" my-res "]])("%j", (name) => {
    expect(endpointOfInstance(name, "instanceName")).toBe(
      `https://${name.trim().toLowerCase()}.openai.azure.com`,
    );
  });

  test.each([
    ["a.b"],
    ["a/b"],
    ["-a"],
    ["a-"],
    ["a_b"],
    ["https://a"],
    ["a@b"],
    ["a?b"],
    ["é"],
    ["a".repeat(64)],
  ])("%j is refused", (name) => {
    expect(messageOf(() => endpointOfInstance(name, "instanceName"))).toContain("azureEndpoint");
  });
});

describe("a deployment's name is always one segment", () => {
  test.each([
    ["gpt-35-turbo", "gpt-35-turbo"],
    ["../admin", "..%2Fadmin"],
    ["a/b", "a%2Fb"],
    ["a?b#c", "a%3Fb%23c"],
    ["a%2fb", "a%252fb"],
    ["ä b", "%C3%A4%20b"],
    ["...", "..."],
  ])("%j", (name, segment) => {
    expect(escapeDeployment(name, "deploymentName")).toBe(segment);
    const url = new URL(`${AZURE}/openai/deployments/${segment}/completions`);
    expect(url.pathname.split("/")).toHaveLength(5);
  });

  test.each([[""], [" "], ["."], [".."], ["a\nb"], ["a\u0000"], ["\ud800"]])("%j is refused", (name) => {
    expect(messageOf(() => escapeDeployment(name, "deploymentName"))).toContain("`deploymentName`");
  });
});
