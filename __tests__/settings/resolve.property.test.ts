import fc from "fast-check";
import { AzureOpenAIError } from "../../src/errors.js";
import { resolveCall, resolveSettings } from "../../src/settings/resolve.js";
import { acceptedNames, OPTIONS } from "../../src/settings/table.js";
import { WHOLE } from "./resolving.js";

const runs = Number(process.env["PROPERTY_RUNS"] ?? 300);
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
    "\ud800",
    "__proto__",
  ),
);
const values = fc.oneof(
  texts,
  fc.anything(),
  fc.double(),
  fc.boolean(),
  fc.array(fc.string(), { maxLength: 5 }),
  fc.constant(() => Promise.resolve("token")),
  fc.dictionary(
    fc.oneof(fc.constantFrom("defaultHeaders", "defaultQuery", "baseURL", "model"), fc.string()),
    fc.anything(),
  ),
);
const names = fc.constantFrom(...acceptedNames());
const options = fc.dictionary(
  fc.oneof({ arbitrary: names, weight: 9 }, { arbitrary: fc.string(), weight: 1 }),
  values,
  {
    maxKeys: 6,
  },
);
const variables = fc.dictionary(
  fc.constantFrom(
    ...OPTIONS.flatMap(({ environment = [] }) => environment),
    "OPENAI_API_TYPE",
    "OPENAI_API_KEY",
  ),
  texts,
);

function staysAmongOurErrors(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!AzureOpenAIError.isInstance(error)) throw error;
  }
}

test("any options and variables resolve or give an error of ours", () => {
  fc.assert(
    fc.property(options, variables, fc.boolean(), (said, ambient, whole) => {
      staysAmongOurErrors(() =>
        resolveSettings(whole ? { ...WHOLE, ...said } : said, (name) => ambient[name]),
      );
    }),
    { numRuns: runs },
  );
});

test("any entry of deployments resolves or gives an error of ours", () => {
  fc.assert(
    fc.property(fc.array(options, { maxLength: 3 }), variables, (deployments, ambient) => {
      staysAmongOurErrors(() => resolveSettings({ deployments }, (name) => ambient[name]));
    }),
    { numRuns: runs },
  );
});

test("any call's options resolve or give an error of ours", () => {
  fc.assert(
    fc.property(options, (said) => {
      staysAmongOurErrors(() => resolveCall(said, { parameters: {}, streaming: false }));
    }),
    { numRuns: runs },
  );
});

test("any deployment's name stays one segment below its endpoint", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webPath()), (deploymentName) => {
      staysAmongOurErrors(() => {
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
    { numRuns: runs },
  );
});

test("no error prints what an option holds", () => {
  const marked = fc.oneof(
    fc.constantFrom(
      SECRET,
      `https://user:${SECRET}@a.example`,
      `https://a.example:x/?k=${SECRET}`,
      `${SECRET}\n`,
      `sk-${SECRET}`,
    ),
    fc.constant([SECRET]),
    fc.constant({ [`x y`]: SECRET, defaultHeaders: { a: `${SECRET}\r\n` } }),
  );
  fc.assert(
    fc.property(fc.dictionary(names, marked, { maxKeys: 4 }), (said) => {
      try {
        resolveSettings(said, () => undefined);
      } catch (error) {
        expect(String(error)).not.toContain(SECRET);
      }
    }),
    { numRuns: runs },
  );
});
