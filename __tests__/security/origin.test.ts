import fc from "fast-check";
import { AzureOpenAI, type AzureOpenAIInput, ConfigurationError } from "../../src/index.js";
import { closeServices, json, serve, type Service } from "../client/support.js";
import { failureOf, OPERATIONS } from "../llms/matrix.js";
import { deploymentOf, refusalOf } from "../settings/resolving.js";
import { collect } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

useCleanEnvironment();
afterEach(closeServices);

/** A service that completes whatever it is sent. */
function answering(): Promise<Service> {
  return serve((response, { body }) => {
    const { length } = [body["prompt"] ?? ""].flat();
    json(response, { choices: Array.from({ length }, (_, index) => ({ index, text: "Ha." })) });
  });
}

function create(origin: string, fields: AzureOpenAIInput = {}): AzureOpenAI {
  return new AzureOpenAI({
    azureEndpoint: origin,
    apiKey: "the-key",
    ...OPERATIONS.completions,
    maxRetries: 0,
    ...fields,
  });
}

describe("a redirect takes no sign-in along", () => {
  describe.each([301, 302, 303, 307, 308])("of status %i", (status) => {
    test.each<[string, (elsewhere: Service, here: Service) => string]>([
      ["to another host", ({ port }) => `http://localhost:${port}/openai/v1/completions`],
      ["to another port", ({ origin }) => `${origin}/openai/v1/completions`],
      ["to another host, without a scheme", ({ port }) => `//localhost:${port}/completions`],
      ["to another path of the same host", (_, { origin }) => `${origin}/elsewhere`],
      ["to a path alone", () => "/elsewhere"],
    ])("%s", async (_, locate) => {
      const elsewhere = await answering();
      const here: Service = await serve((response) => {
        response.writeHead(status, { location: locate(elsewhere, here) }).end();
      });
      const ways: AzureOpenAIInput[] = [
        {},
        { apiKey: undefined, azureADTokenProvider: () => Promise.resolve("a-token") },
        // Through the platform's `fetch`, which follows redirects unless told not to.
        { configuration: { fetchOptions: { redirect: "follow" } } },
      ];
      for (const fields of ways) {
        const llm = create(here.origin, fields);
        for (const call of [llm.invoke("Hello"), llm.stream("Hello").then(collect)]) {
          expect(await failureOf(call)).toMatchObject({ code: "service", status });
        }
      }

      expect(here.seen.map(({ url }) => url)).toEqual(
        Array.from({ length: 6 }, () => "/openai/v1/completions"),
      );
      expect(elsewhere.seen).toEqual([]);
    });
  });
});

describe("a deployment's name is one segment of the path or is refused", () => {
  const NAMES = [
    "../../evil",
    "..%2f..%2fevil",
    "%2e%2e",
    "%2e%2e%2fevil",
    "a/b",
    "a%2fb",
    "a?x=1",
    "a#x",
    "a;x",
    "//evil.example",
    "https://evil.example",
    "@evil.example",
    "\\\\evil.example",
    "..\\evil",
    "a\u2024\u2024b",
    "\uff0e\uff0e\uff0fevil",
    "d\u0435ployment",
    "a b",
    "x".repeat(5000),
    ".",
    "..",
    " .. ",
    "a\nb",
    "a\r\nhost: evil.example",
    "a\u0000b",
    "a\tb",
    "\ud800",
  ];

  async function ask(deploymentName: string, fields: AzureOpenAIInput): Promise<void> {
    const service = await answering();
    try {
      await create(service.origin, { deploymentName, ...fields }).invoke("Hello");
    } catch (error) {
      expect(ConfigurationError.isInstance(error)).toBe(true);
      expect(service.seen).toEqual([]);
      return;
    }
    const [seen] = service.seen;
    const path = /^\/openai\/deployments\/([^/?#]+)\/completions\?api-version=2024-10-21$/.exec(
      seen?.url ?? "",
    );
    expect(decodeURIComponent(path?.[1] ?? "")).toBe(deploymentName.trim());
    // What the next one on the way makes of the path is the same path.
    expect(new URL(`${service.origin}${seen?.url}`).href).toBe(`${service.origin}${seen?.url}`);
    expect(seen?.headers["host"]).toBe(`127.0.0.1:${service.port}`);
  }

  test.each(NAMES.map((name) => [JSON.stringify(name).slice(0, 40), name]))("%s", async (_, name) => {
    await ask(name, { apiVersion: "2024-10-21" });
  });

  test("whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1 }), async (name) => {
        await ask(name, { apiVersion: "2024-10-21" });
      }),
      { numRuns: 200 },
    );
    await closeServices();
  });

  test.each(["..%2f..%2fevil", "%2e%2e%2f%2e%2e", "a%3Fb", "a%0d%0ab", "%00"])(
    "when an endpoint's path has it: %s",
    async (segment) => {
      const service = await answering();
      const azureEndpoint = `${service.origin}/openai/deployments/${segment}?api-version=2024-10-21`;
      const run = async (): Promise<string> =>
        create(azureEndpoint, { deploymentName: undefined }).invoke("Hello");
      if (/%0|%00/.test(segment)) {
        expect(await failureOf(run())).toMatchObject({ code: "configuration" });
      } else {
        await run();
        const name = encodeURIComponent(decodeURIComponent(segment));
        expect(service.seen[0]?.url).toMatch(`/openai/deployments/${name}/completions?`);
      }
    },
  );
});

describe("an endpoint means the host that a person reads in it, or is refused", () => {
  const resolved = (azureEndpoint: string): string =>
    deploymentOf({ azureEndpoint, deploymentName: "d", apiKey: "k" }).baseURL;

  test.each([
    ["HTTPS://RES.OPENAI.AZURE.COM", "https://res.openai.azure.com/openai/v1"],
    ["https://res.openai.azure.com.evil.example", "https://res.openai.azure.com.evil.example/openai/v1"],
    ["https://res.openai.azure.com:8443", "https://res.openai.azure.com:8443/openai/v1"],
    ["https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443/openai/v1"],
    ["https://res.оpenai.azure.com", "https://res.xn--penai-iye.azure.com/openai/v1"],
    ["https://xn--r-7fa.example", "https://xn--r-7fa.example/openai/v1"],
    ["https://host.example//evil.example", "https://host.example/evil.example/openai/v1"],
    ["https://host.example/@evil.example", "https://host.example/@evil.example/openai/v1"],
    ["https://host.example/a/../../b", "https://host.example/b/openai/v1"],
    ["https://host.example#@evil.example", "https://host.example/openai/v1"],
    ["https://host.example?@evil.example", "https://host.example/openai/v1"],
    ["  https://res.openai.azure.com\n", "https://res.openai.azure.com/openai/v1"],
  ])("%j", (pasted, base) => {
    expect(resolved(pasted)).toBe(base);
  });

  test.each([
    "https://user@res.openai.azure.com",
    "https://res.openai.azure.com@evil.example",
    "https://res.openai.azure.com:x@evil.example",
    "https://:secret@res.openai.azure.com",
    "https:\\\\res.openai.azure.com",
    "https:/\\res.openai.azure.com",
    "https://evil.example\\@res.openai.azure.com",
    "https://res.openai.azure.com\\.evil.example",
    "https:/res.openai.azure.com",
    "https:res.openai.azure.com",
    "http:localhost",
    "https://https://res.openai.azure.com",
    "https://https//res.openai.azure.com",
    "https://res.openai\t.azure.com",
    "https://res.openai\n.azure.com",
    "https://res.openai\r\n.azure.com",
    "https://res openai.azure.com",
    "https://res.openai.azure.com\u0000.evil.example",
    "https://",
    "https://res%00.openai.azure.com",
    "https://res%2fopenai.azure.com",
    "https://[::1",
    "https://host.example:99999",
    "file:///etc/passwd",
    "javascript://host.example/%0aalert(1)",
    "data:text/html,x",
    "ftp://host.example",
    "ws://host.example",
    "localhost:80@evil.example",
  ])("not %j", (pasted) => {
    expect(refusalOf(() => resolved(pasted))).toMatch("azureEndpoint");
    expect(() => deploymentOf({ baseURL: pasted, deploymentName: "d", apiKey: "k" })).toThrow(
      ConfigurationError,
    );
  });

  test("a dot at the end of the host's name leaves the cloud, and so the scope of tokens, as it is", () => {
    const { cloud, scope } = deploymentOf({
      azureEndpoint: "https://res.openai.azure.us.",
      deploymentName: "d",
      credential: "default",
    });
    expect({ cloud, scope }).toEqual({
      cloud: "usgov",
      scope: "https://cognitiveservices.azure.us/.default",
    });
  });

  test("a key in its query goes there and is shown nowhere", async () => {
    const service = await answering();
    const llm = create(`${service.origin}?api-key=query-secret`);
    await llm.invoke("Hello");
    expect(service.seen.map(({ url }) => url)).toEqual(["/openai/v1/completions?api-key=query-secret"]);
    expect(JSON.stringify([llm, llm.settings, llm._identifyingParams()])).not.toContain("query-secret");
  });
});

describe("of several deployments each gets its own sign-in only", () => {
  const keysOf = (service: Service): unknown[] =>
    service.seen.map(({ headers, url }) => [
      headers["api-key"] ?? headers["authorization"],
      headers["x-gateway"],
      new URL(url, "http://x").search,
    ]);

  test("an entry that names an endpoint takes over no key, header or query from beside it", async () => {
    const [one, two] = [await answering(), await answering()];
    const llm = create(one.origin, {
      apiKey: "key-one",
      deploymentName: undefined,
      configuration: { defaultHeaders: { "x-gateway": "gateway-one" }, defaultQuery: { sig: "one" } },
      deployments: [
        { deploymentName: "instruct" },
        { azureEndpoint: two.origin, deploymentName: "instruct", apiKey: "key-two" },
      ],
    });
    await llm.batch(
      Array.from({ length: 200 }, (_, index) => `Prompt ${index}`),
      { maxConcurrency: 50 },
    );

    expect(new Set(keysOf(one).map(String))).toEqual(new Set(["key-one,gateway-one,?sig=one"]));
    expect(new Set(keysOf(two).map(String))).toEqual(new Set(["key-two,,"]));
  });

  test("an entry that names an endpoint and no sign-in is refused, whatever else could sign it in", () => {
    process.env["AZURE_OPENAI_API_KEY"] = "ambient-key";
    process.env["AZURE_OPENAI_AD_TOKEN"] = "ambient-token";
    const message = refusalOf(() =>
      create("https://one.openai.azure.com", {
        deploymentName: undefined,
        deployments: [{ azureEndpoint: "https://two.openai.azure.com", deploymentName: "d" }],
      }),
    );
    expect(message).toContain("No sign-in for `deployments[0]`");
    expect(message).not.toMatch(/the-key|ambient/);
  });

  test("a refused key is not tried at the next endpoint", async () => {
    const refusing = await serve((response) => {
      json(response, { error: { code: "429", message: "slow down" } }, 429, { "retry-after": "3600" });
    });
    const next = await answering();
    const llm = create(refusing.origin, {
      apiKey: undefined,
      azureEndpoint: undefined,
      deploymentName: undefined,
      deployments: [
        { azureEndpoint: refusing.origin, deploymentName: "instruct", apiKey: "key-one", priority: 0 },
        { azureEndpoint: next.origin, deploymentName: "instruct", azureADToken: "token-two", priority: 1 },
      ],
      maxRetries: 2,
    });
    expect(await llm.invoke("Hello")).toBe("Ha.");
    expect(keysOf(refusing)).toEqual([["key-one", undefined, ""]]);
    expect(keysOf(next)).toEqual([["Bearer token-two", undefined, ""]]);
  });
});

test("a credential is asked for the configured scope and for no other", async () => {
  const service = await answering();
  const asked: unknown[] = [];
  const credential = {
    getToken: (scopes: string | string[]) => {
      asked.push(scopes);
      return Promise.resolve({ token: "a-token", expiresOnTimestamp: Date.now() + 3_600_000 });
    },
  };
  const fields = { apiKey: undefined, credential };
  await create(service.origin, fields).invoke("Hello");
  await create(service.origin, { ...fields, azureADScope: "api://gateway/.default" }).invoke("Hello");
  expect(asked).toEqual(["https://ai.azure.com/.default", "api://gateway/.default"]);
});

test("the variables of the plain client change neither where a request goes nor what it carries", async () => {
  const [service, elsewhere] = [await answering(), await answering()];
  await create(service.origin).invoke("Hello");
  Object.assign(process.env, {
    OPENAI_BASE_URL: `${elsewhere.origin}/v1`,
    OPENAI_API_KEY: "sk-plain",
    OPENAI_ADMIN_KEY: "sk-admin",
    OPENAI_ORG_ID: "org-plain",
    OPENAI_PROJECT_ID: "project-plain",
    OPENAI_WEBHOOK_SECRET: "whsec-plain",
    OPENAI_CUSTOM_HEADERS: "x-plain: custom-plain\nauthorization: Bearer plain",
    OPENAI_LOG: "debug",
  });
  await create(service.origin).invoke("Hello");

  expect(elsewhere.seen).toEqual([]);
  const [without, withThem] = service.seen;
  expect(withThem).toEqual(without);
});
