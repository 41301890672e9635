import { load } from "@langchain/core/load";
import fc from "fast-check";
import { AzureOpenAI } from "../../src/index.js";
import { useCleanEnvironment } from "../support/environment.js";
import { outcomeOf } from "./outcome.js";
import { testProperty } from "./property.js";
import { callParameters, rightOptions } from "./right-options.js";

useCleanEnvironment();

const optionalImportsMap = { "langchain/llms/openai": { AzureOpenAI } };
const SECRETS = ["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"];
const NAMES = SECRETS.flatMap((name) => [name, ...[1, 2, 3].map((place) => `${name}_${place}`)]);
const secretsMap = Object.fromEntries(NAMES.map((name) => [name, `the value of ${name}`]));

function reload(text: string): Promise<AzureOpenAI> {
  return load<AzureOpenAI>(text, { optionalImportsMap, secretsMap });
}

testProperty(
  "a model that is written as JSON and loaded is the same again",
  fc.asyncProperty(rightOptions, callParameters, async (options, call) => {
    const llm = new AzureOpenAI(options);
    const text = JSON.stringify(llm);
    const loaded = await reload(text);
    expect(loaded.settings).toEqual(llm.settings);
    expect(loaded.identifyingParams()).toEqual(llm.identifyingParams());
    expect(loaded._identifyingParams()).toEqual(llm._identifyingParams());
    expect(String(loaded)).toBe(String(llm));
    expect(JSON.stringify(loaded)).toBe(text);
    const keys = [llm, loaded].map((each) =>
      outcomeOf(() => each._getSerializedCacheKeyParametersForCall(call)),
    );
    expect(keys[1]).toEqual(keys[0]);
  }),
);

testProperty(
  "no key or token is in what is written, shown or made a cache key of",
  fc.property(rightOptions, (options) => {
    const secret = (fields: Record<string, unknown>): Record<string, unknown> => ({
      ...fields,
      ...("apiKey" in fields && { apiKey: "s3cr3t" }),
      ...("azureADToken" in fields && { azureADToken: "s3cr3t" }),
    });
    const entries = options["deployments"] as Record<string, unknown>[] | undefined;
    const llm = new AzureOpenAI(secret({ ...options, ...(entries && { deployments: entries.map(secret) }) }));
    const key = llm._getSerializedCacheKeyParametersForCall({});
    expect(`${JSON.stringify(llm)}${String(llm)}${key}`).not.toContain("s3cr3t");
  }),
);

testProperty(
  "a model whose sign-in cannot be written says what to set when it is loaded",
  fc.asyncProperty(
    rightOptions.filter((options) => !("deployments" in options)),
    fc.constantFrom(
      { azureADTokenProvider: () => Promise.resolve("a token") },
      { credential: { getToken: () => Promise.resolve(null) } },
      { credential: "default" as const },
    ),
    async ({ apiKey: _key, azureADToken: _token, ...options }, signIn) => {
      const text = JSON.stringify(new AzureOpenAI({ ...options, ...signIn }));
      await expect(reload(text)).rejects.toThrow(/No sign-in: set `apiKey`/);
    },
  ),
);

/** Without `bestOf`, which has to be above `n` wherever both are looked at together. */
const anywhere = callParameters.map(({ bestOf: _bestOf, ...said }) => said);

testProperty(
  "the cache key is the same whoever says an option, and another for another parameter",
  fc.property(anywhere, fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }), (said, byCall) => {
    const keyOf = (fields: object, call: object): string =>
      new AzureOpenAI({
        instanceName: "res",
        deploymentName: "dep",
        apiKey: "a key",
        ...fields,
      })._getSerializedCacheKeyParametersForCall(call);
    const entries = Object.entries(said);
    const fields = Object.fromEntries(entries.filter((_, at) => byCall[at] === false));
    const call = Object.fromEntries(entries.filter((_, at) => byCall[at] === true));
    expect(keyOf(fields, call)).toBe(keyOf(said, {}));
    const seed = (said.seed ?? 0) + (said.seed === Number.MAX_SAFE_INTEGER ? -1 : 1);
    expect(keyOf({ ...said, seed }, {})).not.toBe(keyOf(said, {}));
  }),
);
