import { deploymentOf, refusalOf, resolve, secretsOf, type Variables } from "./resolving.js";

const PLACE = { azureEndpoint: "https://res.openai.azure.com", deploymentName: "dep" };
const provider = (): Promise<string> => Promise.resolve("TOKEN");
const credential = { getToken: () => Promise.resolve(null) };

function signInOf(options: object, variables: Variables = {}): unknown {
  return secretsOf({ ...PLACE, ...options }, variables).signIn;
}

describe("an explicit sign-in is taken, whatever the environment holds", () => {
  const ambient = {
    OPENAI_API_TYPE: "azure_ad",
    OPENAI_API_KEY: "sk-wrong",
    AZURE_OPENAI_API_KEY: "AMBIENT",
  };

  test.each([
    [{ apiKey: "KEY" }, { kind: "key", key: "KEY" }],
    [{ azureOpenAIApiKey: "KEY" }, { kind: "key", key: "KEY" }],
    [{ openAIApiKey: " KEY\n" }, { kind: "key", key: "KEY" }],
    [{ azureADToken: "TOKEN" }, { kind: "token", token: "TOKEN" }],
    [{ azureADTokenProvider: provider }, { kind: "provider", provider }],
    [{ credential }, { kind: "credential", credential }],
    [{ credential: "default" }, { kind: "default" }],
    [{ configuration: { defaultHeaders: { "Api-Key": "OWN" } } }, { kind: "headers" }],
    [{ configuration: { defaultHeaders: { Authorization: "Bearer OWN" } } }, { kind: "headers" }],
    [{ configuration: { defaultHeaders: { "Ocp-Apim-Subscription-Key": "OWN" } } }, { kind: "headers" }],
    [{ configuration: { defaultQuery: { "subscription-key": "OWN" } } }, { kind: "headers" }],
  ])("%j", (options, signIn) => {
    expect(signInOf(options, ambient)).toEqual(signIn);
  });
});

describe("the environment signs in, in its order", () => {
  test.each([
    [
      { AZURE_OPENAI_API_KEY: "KEY", AZURE_OPENAI_AD_TOKEN: "TOKEN" },
      { kind: "key", key: "KEY" },
    ],
    [{ AZURE_OPENAI_AD_TOKEN: "TOKEN" }, { kind: "token", token: "TOKEN" }],
    [
      {
        OPENAI_API_TYPE: "azure_ad",
        OPENAI_API_KEY: "FIRST",
        AZURE_OPENAI_AD_TOKEN: "SECOND",
        AZURE_OPENAI_API_KEY: "K",
      },
      { kind: "token", token: "FIRST" },
    ],
    [
      { OPENAI_API_TYPE: "AZURE_AD", AZURE_OPENAI_AD_TOKEN: "SECOND", AZURE_OPENAI_API_KEY: "K" },
      { kind: "token", token: "SECOND" },
    ],
    [{ OPENAI_API_TYPE: "azure_ad", AZURE_OPENAI_API_KEY: "K" }, { kind: "default" }],
    [
      { OPENAI_API_TYPE: "azure", OPENAI_API_KEY: "X", AZURE_OPENAI_API_KEY: "K" },
      { kind: "key", key: "K" },
    ],
  ] as [Variables, unknown][])("%j", (variables, signIn) => {
    expect(signInOf({}, variables)).toEqual(signIn);
  });

  test.each([{ OPENAI_API_KEY: "sk-SECRET" }, { OPENAI_API_KEY: "SECRET", OPENAI_API_TYPE: "azure" }])(
    "OPENAI_API_KEY alone signs nothing (%#)",
    (variables) => {
      const message = refusalOf(() => signInOf({}, variables));
      expect(message).toContain("OPENAI_API_KEY is set but is not read");
      expect(message).not.toContain("SECRET");
    },
  );

  test("a key of OpenAI's platform is refused as a token", () => {
    const message = refusalOf(() =>
      signInOf({}, { OPENAI_API_TYPE: "azure_ad", OPENAI_API_KEY: "sk-SECRET" }),
    );
    expect(message).toContain("sk-");
    expect(message).not.toContain("SECRET");
  });
});

describe("two explicit sign-ins are refused, both named", () => {
  test.each([
    [{ apiKey: "SECRET", credential }, ["`apiKey`", "`credential`"]],
    [
      { azureOpenAIApiKey: "SECRET", azureADTokenProvider: provider },
      ["`azureOpenAIApiKey`", "`azureADTokenProvider`"],
    ],
    [{ azureADToken: "SECRET", credential: "default" }, ["`azureADToken`", "`credential`"]],
    [{ apiKey: "SECRET", openAIApiKey: "SECRET2" }, ["`apiKey`", "`openAIApiKey`"]],
    [
      { apiKey: "SECRET", configuration: { defaultHeaders: { "API-KEY": "SECRET" } } },
      ["`apiKey`", "`api-key`"],
    ],
    [
      { credential, configuration: { defaultHeaders: [["Authorization", "SECRET"]] } },
      ["`credential`", "`authorization`"],
    ],
  ] as [object, string[]][])("%j", (options, names) => {
    const message = refusalOf(() => signInOf(options));
    for (const name of names) expect(message).toContain(name);
    expect(message).not.toContain("SECRET");
  });

  test("a gateway's subscription key goes along with an explicit sign-in", () => {
    const options = { credential, configuration: { defaultHeaders: { "Ocp-Apim-Subscription-Key": "OWN" } } };
    const { signIn, headers } = secretsOf({ ...PLACE, ...options });
    expect(signIn).toEqual({ kind: "credential", credential });
    expect(headers).toEqual({ "ocp-apim-subscription-key": "OWN" });
  });
});

test("a function is no key but a token provider, says the refusal", () => {
  expect(refusalOf(() => signInOf({ apiKey: provider }))).toContain("`azureADTokenProvider`");
});

test.each(["apiKey", "azureADToken"])("%s with a line break inside is refused", (name) => {
  const message = refusalOf(() => signInOf({ [name]: "SECRET\r\nx-evil: 1" }));
  expect(message).toContain(`\`${name}\``);
  expect(message).not.toContain("SECRET");
});

describe("where no scope is documented", () => {
  const china = { azureEndpoint: "https://res.openai.azure.cn", deploymentName: "dep" };

  test("a credential needs one", () => {
    expect(refusalOf(() => resolve({ ...china, credential: "default" }))).toContain("`azureADScope`");
    expect(deploymentOf({ ...china, credential, azureADScope: "https://x/.default" }).scope).toBe(
      "https://x/.default",
    );
  });

  test("a key needs none", () => {
    expect(deploymentOf({ ...china, apiKey: "KEY" })).toMatchObject({ cloud: "china", scope: "" });
  });
});

describe("headers", () => {
  const headersOf = (defaultHeaders: unknown) =>
    secretsOf({ ...PLACE, apiKey: "K", configuration: { defaultHeaders } }).headers;

  test.each([
    [
      { "X-A": "1", "x-b": undefined, "x-c": null, "x-d": "" },
      { "x-a": "1", "x-d": "" },
    ],
    [
      [
        ["X-A", "1"],
        ["x-a", "2"],
      ],
      { "x-a": "2" },
    ],
    [new Headers({ "X-A": "1" }), { "x-a": "1" }],
    [{ "x-a": ["1", "2"] }, { "x-a": "1, 2" }],
    [null, {}],
  ])("come in any shape (%#)", (given, expected) => {
    expect(headersOf(given)).toEqual(expected);
  });

  test.each([
    [{ "x-a": "SECRET\r\nx-evil: 1" }],
    [{ "x-a": "SECRET\u0000" }],
    [{ "x-a": "SECRET→" }],
    [{ "x-a": { SECRET: 1 } }],
    [{ "x SECRET": "1" }],
    [{ "x-SECRET:\n": "1" }],
    [{ "": "SECRET" }],
    [[["x-a"]]],
    ["SECRET"],
    [7],
  ])("that HTTP does not allow are refused unprinted (%#)", (given) => {
    const message = refusalOf(() => headersOf(given));
    expect(message).toContain("configuration.defaultHeaders");
    expect(message).not.toContain("SECRET");
  });
});

test("a query that is no text is refused", () => {
  const configuration = { defaultQuery: { a: { SECRET: 1 } } };
  const message = refusalOf(() => resolve({ ...PLACE, apiKey: "K", configuration }));
  expect(message).toContain("configuration.defaultQuery");
  expect(message).not.toContain("SECRET");
});

test("the client's fetch and options reach the request as they are", () => {
  const dispatcher = new EventTarget();
  const configuration = {
    fetch: globalThis.fetch,
    fetchOptions: { dispatcher },
    logger: console,
    organization: "x",
  };
  const secrets = secretsOf({ ...PLACE, apiKey: "K", configuration });
  expect(secrets.fetch).toBe(globalThis.fetch);
  expect(secrets.fetchOptions?.["dispatcher"]).toBe(dispatcher);
});

test("nothing secret is in settings or base", () => {
  const { settings, base } = resolve({
    azureEndpoint: "https://res.openai.azure.com/?code=SECRET",
    deploymentName: "dep",
    azureADTokenProvider: () => Promise.resolve("SECRET"),
    configuration: { defaultHeaders: { "x-secret": "SECRET" }, defaultQuery: { q: "SECRET" } },
  });
  expect(JSON.stringify([settings, base])).not.toContain("SECRET");
});

test("OPENAI_API_TYPE may be written without its underscore", () => {
  expect(signInOf({}, { OPENAI_API_TYPE: "AzureAD", AZURE_OPENAI_API_KEY: "K" })).toEqual({
    kind: "default",
  });
});

test("without any sign-in OPENAI_API_KEY is spoken of only where it is set", () => {
  expect(refusalOf(() => signInOf({}))).toMatch(/in OPENAI_API_KEY\. See/);
});

test("a variable with a line break inside is refused by its name", () => {
  const message = refusalOf(() => signInOf({}, { AZURE_OPENAI_API_KEY: "SECRET\nx" }));
  expect(message).toContain("`AZURE_OPENAI_API_KEY`");
});
