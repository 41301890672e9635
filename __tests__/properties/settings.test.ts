import { inspect } from "node:util";
import fc from "fast-check";
import { resolveCall, resolveSettings } from "../../src/settings/resolve.js";
import { acceptedNames, OPTIONS } from "../../src/settings/table.js";
import { WHOLE } from "../settings/resolving.js";
import { outcomeOf } from "./outcome.js";
import { testProperty } from "./property.js";
import { rightOptions } from "./right-options.js";

const SECRET = "s3cr3t-marker";

const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.constantFrom(
    "https://a.openai.azure.com/openai/deployments/x",
    "v1",
    "2024-10-21",
    "default",
    "",
    " \t",
    "größer 日本語 👩‍🚀",
    "\ud800",
    "__proto__",
    "constructor",
  ),
);

/** Values that few expect, made anew for each case. */
const hostile = fc.constantFrom<() => unknown>(
  () => 1n,
  () => Symbol("s"),
  () => NaN,
  () => -0,
  () => Object.create(null) as unknown,
  () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    return circle;
  },
  () => [, 1], // eslint-disable-line no-sparse-arrays -- a hole is what it is about
  () => new Map([["a", 1]]),
  () => new Date(NaN),
  () => new Headers({ "api-key": "x" }),
  () => ({
    toString() {
      throw new Error("toString");
    },
  }),
  () => ({
    toJSON() {
      throw new Error("toJSON");
    },
  }),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}') as unknown,
  () => AbortSignal,
  () => new Proxy({}, {}),
  () => Object.freeze(["frozen"]),
);

const values = fc.oneof(
  texts,
  fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true, withDate: true }),
  hostile.map((make) => make()),
  fc.double(),
  fc.boolean(),
  fc.array(fc.string(), { maxLength: 5 }),
  fc.constant(() => Promise.resolve("token")),
  fc.dictionary(
    fc.oneof(
      fc.constantFrom("defaultHeaders", "defaultQuery", "baseURL", "model", "fetch", "fetchOptions"),
      fc.string(),
    ),
    fc.oneof(fc.anything(), texts, fc.dictionary(texts, texts)),
  ),
);
const names = fc.constantFrom(...acceptedNames());
const options = fc.dictionary(
  fc.oneof({ arbitrary: names, weight: 9 }, { arbitrary: fc.string(), weight: 1 }),
  values,
  { maxKeys: 6 },
);
const variables = fc.dictionary(
  fc.constantFrom(
    ...OPTIONS.flatMap(({ environment = [] }) => environment),
    "OPENAI_API_TYPE",
    "OPENAI_API_KEY",
  ),
  fc.oneof(texts, fc.constantFrom("azure", "azure_ad", "azuread", "AZURE_AD")),
);

/** The first thing in a value that can still be changed, by its path. */
function findThawed(value: unknown, path = "settings"): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  // What is no plain data is the caller's own and stays as it is.
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return undefined;
  if (!Object.isFrozen(value)) return path;
  return Object.entries(value).reduce<string | undefined>(
    (found, [key, each]) => found ?? findThawed(each, `${path}.${key}`),
    undefined,
  );
}

testProperty(
  "any options and variables resolve, frozen all the way down, or give an error of ours",
  fc.property(options, variables, fc.boolean(), (said, ambient, whole) => {
    const outcome = outcomeOf(() =>
      resolveSettings(whole ? { ...WHOLE, ...said } : said, (name) => ambient[name]),
    );
    if ("value" in outcome) expect(findThawed(outcome.value.settings)).toBeUndefined();
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  }),
);

testProperty(
  "right options resolve, frozen all the way down",
  fc.property(rightOptions, variables, (said, ambient) => {
    const safe = Object.fromEntries(
      Object.entries(ambient).filter(([name]) => !name.endsWith("API_VERSION")),
    );
    const { settings } = resolveSettings(said, (name) => safe[name]);
    expect(findThawed(settings)).toBeUndefined();
    expect(settings.deployments.length).toBeGreaterThan(0);
  }),
);

testProperty(
  "any entry of deployments resolves or gives an error of ours",
  fc.property(fc.array(options, { maxLength: 3 }), variables, fc.boolean(), (deployments, ambient, whole) => {
    const { deploymentName, ...shared } = WHOLE;
    const entries = deployments.map((entry) => (whole ? { deploymentName, ...entry } : entry));
    outcomeOf(() =>
      resolveSettings({ ...(whole ? shared : {}), deployments: entries }, (name) => ambient[name]),
    );
  }),
);

testProperty(
  "any call's options resolve or give an error of ours",
  fc.property(options, (said) => {
    outcomeOf(() => resolveCall(said, { parameters: {}, streaming: false }));
  }),
);

testProperty(
  "any deployment's name stays one segment below its endpoint",
  fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webPath()), (deploymentName) => {
    outcomeOf(() => {
      const { settings } = resolveSettings(
        { ...WHOLE, deploymentName, apiVersion: "2024-10-21" },
        () => undefined,
      );
      const url = new URL(`${settings.deployments[0]?.deploymentRoot ?? ""}/completions`);
      expect(url.origin).toBe(WHOLE.azureEndpoint);
      expect(url.pathname.split("/")).toHaveLength(5);
      expect(url.search + url.hash).toBe("");
    });
  }),
);

/** Values that hold a secret, wherever a person may have put one by mistake. */
const marked = fc.oneof(
  fc.constantFrom(
    SECRET,
    `https://user:${SECRET}@a.example`,
    `https://a.example:x/?k=${SECRET}`,
    `https://a.openai.azure.com/openai/deployments/%zz?k=${SECRET}`,
    `${SECRET}\n`,
    `sk-${SECRET}`,
  ),
  fc.constant([SECRET]),
  fc.constant({ [`x y`]: SECRET, defaultHeaders: { a: `${SECRET}\r\n` } }),
  fc.constant({ defaultHeaders: { authorization: SECRET }, defaultQuery: { key: [SECRET] } }),
);
const markedVariables = fc.dictionary(
  fc.constantFrom(
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_AD_TOKEN",
    "OPENAI_API_KEY",
    "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_BASE_PATH",
    "OPENAI_API_VERSION",
  ),
  fc.constantFrom(
    SECRET,
    `sk-${SECRET}`,
    `${SECRET}\n`,
    `https://user:${SECRET}@a.example`,
    `https://a.example/?k=${SECRET}`,
  ),
);

testProperty(
  "neither an error nor the settings show what was meant to be secret",
  fc.property(
    fc.dictionary(names, marked, { maxKeys: 4 }),
    markedVariables,
    fc.boolean(),
    fc.constantFrom(undefined, "azure_ad"),
    (said, ambient, whole, type) => {
      const outcome = outcomeOf(() =>
        resolveSettings(whole ? { ...WHOLE, ...said } : said, (name) =>
          name === "OPENAI_API_TYPE" ? type : ambient[name],
        ),
      );
      if ("error" in outcome) {
        const shown = `${outcome.error.stack ?? ""}${inspect(outcome.error, { depth: 9 })}${JSON.stringify(outcome.error)}`;
        expect(shown).not.toContain(SECRET);
      } else {
        // A name or a text that the caller gave shows as it is; keys, tokens and headers do not.
        const isSecret = (name: string): boolean => /key|token|configuration|credential/i.test(name);
        const shows = Object.keys(said).some((name) => !isSecret(name));
        if (!shows) expect(inspect(outcome.value.settings, { depth: 9 })).not.toContain(SECRET);
      }
    },
  ),
);
