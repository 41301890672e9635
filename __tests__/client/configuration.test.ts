import { AzureOpenAI, ConfigurationError } from "../../src/index.js";
import type { AzureOpenAIInput } from "../../src/index.js";
import { closeServices, json, serve } from "./support.js";

afterEach(closeServices);

/** The address that a request goes to. */
async function addressOf(path: string, configuration: AzureOpenAIInput["configuration"]): Promise<string> {
  const service = await serve((response) => json(response, { choices: [{ text: "Ha." }] }));
  const llm = new AzureOpenAI({
    azureEndpoint: `${service.origin}${path}`,
    apiKey: "K",
    deploymentName: "instruct",
    operation: "completions",
    ...(configuration !== undefined && { configuration }),
  });
  await llm.invoke("Tell me a joke");
  return service.seen[0]?.url ?? "";
}

test.each([
  ["the endpoint", "/openai/v1/?tag=a&tag=b&c=1", undefined, "/openai/v1/completions?tag=a&tag=b&c=1"],
  ["defaultQuery", "", { defaultQuery: { tag: ["a", "b"] } }, "/openai/v1/completions?tag=a&tag=b"],
  [
    "URLSearchParams",
    "",
    { defaultQuery: new URLSearchParams("tag=a&tag=b") },
    "/openai/v1/completions?tag=a&tag=b",
  ],
  [
    "both, of which defaultQuery wins",
    "?tag=a&tag=b",
    { defaultQuery: { tag: "c" } },
    "/openai/v1/completions?tag=c",
  ],
])(
  "a parameter that is in the query several times is sent so: %s",
  async (_where, path, configuration, url) => {
    expect(await addressOf(path, configuration)).toBe(url);
  },
);

test("headers in fetchOptions, which would not be sent, are refused and told their place", () => {
  const make = (): unknown =>
    new AzureOpenAI({
      azureEndpoint: "https://name.openai.azure.com",
      apiKey: "K",
      deploymentName: "instruct",
      configuration: { fetchOptions: { headers: { "x-secret": "S-E-C" } } },
    });
  expect(make).toThrow(ConfigurationError);
  expect(make).toThrow(/fetchOptions\.headers` is not sent.*`configuration\.defaultHeaders`/);
  expect(make).not.toThrow(/S-E-C/);
});
