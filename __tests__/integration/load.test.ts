import { bodies, connect, useEmulator, WALKTHROUGH_DEPLOYMENT } from "../support/emulator.js";
import { usePackedProject } from "../support/packed-project.js";

const azure = useEmulator();
const KEY = "AZURE_OPENAI_API_KEY";

/**
 * What each build is asked to do: write a model and a chain, load both in each way, ask them, and say what it
 * wrote and was answered.
 */
const PROGRAM = `
async function report({ AzureOpenAI }, { load }, { PromptTemplate }) {
  const key = process.env.KEY;
  const place = { azureEndpoint: process.env.ENDPOINT, deploymentName: process.env.DEPLOYMENT, apiKey: key };
  const optionalImportsMap = { "langchain/llms/openai": { AzureOpenAI } };
  const inPackage = { optionalImportsMap, secretsMap: { ${KEY}: key } };

  const llm = new AzureOpenAI({ ...place, temperature: 0, maxTokens: 9, modelKwargs: { user: "someone" } });
  const written = JSON.stringify(llm);
  const chain = PromptTemplate.fromTemplate("Tell me a {kind}").pipe(llm.withConfig({ stop: [" three"] }));
  const writtenChain = JSON.stringify(chain);

  const bySecretsMap = await load(written, inPackage);
  const chainBySecretsMap = await load(writtenChain, inPackage);
  process.env.${KEY} = key;
  const byEnvironment = await load(written, { optionalImportsMap, secretsFromEnv: true });
  const chainByEnvironment = await load(writtenChain, { optionalImportsMap, secretsFromEnv: true });
  const byImportMap = await load(written, { importMap: { llms__openai: { AzureOpenAI } }, secretsFromEnv: true });
  delete process.env.${KEY};
  const refusal = await load(written, { optionalImportsMap }).then(() => "none", ({ message }) => message);

  const loaded = { bySecretsMap, byEnvironment, byImportMap };
  const chains = { chainBySecretsMap, chainByEnvironment };
  const answers = {};
  for (const [name, model] of Object.entries(loaded)) answers[name] = await model.invoke("Tell me a joke");
  for (const [name, model] of Object.entries(chains)) answers[name] = await model.invoke({ kind: "joke" });

  console.log(JSON.stringify({
    written, writtenChain, refusal, answers,
    id: [...llm.lc_id],
    loadedIds: Object.values(loaded).map(({ lc_id }) => lc_id),
    sameClass: Object.values(loaded).every((each) => each instanceof AzureOpenAI),
    writtenAgain: [...Object.values(loaded), ...Object.values(chains)].map((each) => JSON.stringify(each)),
  }));
}
`;

interface Shown {
  readonly written: string;
  readonly writtenChain: string;
  readonly refusal: string;
  readonly answers: Readonly<Record<string, string>>;
  readonly id: readonly string[];
  readonly loadedIds: readonly (readonly string[])[];
  readonly sameClass: boolean;
  readonly writtenAgain: readonly string[];
}

const MODULES = ["langchain-azure-openai", "@langchain/core/load", "@langchain/core/prompts"];

const BUILDS = {
  "the ES modules": [
    "load.mjs",
    `${PROGRAM} await report(${MODULES.map((name) => `await import("${name}")`).join(", ")});`,
  ],
  "the CommonJS modules": [
    "load.cjs",
    `${PROGRAM} report(${MODULES.map((name) => `require("${name}")`).join(", ")});`,
  ],
} as const;

const project = usePackedProject();

beforeEach(() => {
  azure().respond(/joke/, "one two three");
});

async function show(build: keyof typeof BUILDS): Promise<Shown> {
  const [name, text] = BUILDS[build];
  return project().run(name, text, {
    ENDPOINT: azure().endpoint,
    DEPLOYMENT: WALKTHROUGH_DEPLOYMENT,
    KEY: azure().apiKey,
  });
}

describe.each(Object.keys(BUILDS) as (keyof typeof BUILDS)[])("with %s", (build) => {
  test("what is written is loaded again, alone and inside a chain, by secretsMap and from the environment", async () => {
    const shown = await show(build);

    expect(shown.answers).toEqual({
      bySecretsMap: "one two three",
      byEnvironment: "one two three",
      byImportMap: "one two three",
      chainBySecretsMap: "one two",
      chainByEnvironment: "one two",
    });
    expect(shown.sameClass).toBe(true);
    expect(shown.writtenAgain).toEqual([
      ...Array.from({ length: 3 }, () => shown.written),
      ...Array.from({ length: 2 }, () => shown.writtenChain),
    ]);
    expect(shown.refusal).toContain(KEY);
    expect(shown.written + shown.writtenChain).not.toContain(azure().apiKey);
    expect(azure().requests.map(({ authentication }) => authentication)).toEqual(
      Array.from({ length: 5 }, () => expect.objectContaining({ kind: "api-key", valid: true })),
    );
    expect(bodies(azure())).toEqual(
      Array.from({ length: 5 }, () =>
        expect.objectContaining({ temperature: 0, max_tokens: 9, user: "someone" }),
      ),
    );
  });
});

test("both builds and the source write the same, under the same id", async () => {
  const [esm, cjs] = [await show("the ES modules"), await show("the CommonJS modules")];
  const llm = connect(azure(), { temperature: 0, maxTokens: 9, modelKwargs: { user: "someone" } });
  const id = ["langchain", "llms", "openai", "AzureOpenAI"];

  expect(llm.lc_id).toEqual(id);
  for (const shown of [esm, cjs]) {
    expect([shown.id, ...shown.loadedIds]).toEqual(Array.from({ length: 4 }, () => id));
    expect(shown.written).toBe(JSON.stringify(llm));
  }
  expect(esm.writtenChain).toBe(cjs.writtenChain);
});
