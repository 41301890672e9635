import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { usePackedProject } from "../support/packed-project.js";

const ROOT = resolve(__dirname, "../..");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

const project = usePackedProject();

/** What each build is asked to show of itself. */
const SHOW = `
const report = async ({ AzureOpenAI, AzureOpenAIError, ConfigurationError, VERSION, ...others }, { startEmulator }) => {
  const azure = await startEmulator();
  azure.respond(/joke/, "Knock, knock.");
  const llm = new AzureOpenAI({
    azureEndpoint: azure.endpoint,
    apiKey: azure.apiKey,
    deploymentName: "gpt-35-turbo-instruct-0914",
  });
  const pieces = [];
  const text = await llm.invoke("Tell me a joke");
  for await (const piece of await llm.stream("Tell me a joke")) pieces.push(piece);
  const view = String(llm);
  const { id } = llm.toJSON();
  await azure.close();
  let refusal;
  try { new AzureOpenAI({ temprature: 1 }); } catch (error) {
    refusal = [error.name, error.constructor.name, error instanceof ConfigurationError, AzureOpenAIError.isInstance(error)];
  }
  console.log(JSON.stringify({
    text, stream: pieces.join(""), view, id, refusal, version: VERSION, className: AzureOpenAI.name,
    exports: ["AzureOpenAI", "AzureOpenAIError", "ConfigurationError", "VERSION", ...Object.keys(others)].sort(),
  }));
};
`;

const programs = {
  "an ES module": [
    "show.mjs",
    `import * as main from "langchain-azure-openai"; import * as emulator from "langchain-azure-openai/emulator";
     ${SHOW} await report(main, emulator);`,
  ],
  "a CommonJS module": [
    "show.cjs",
    `${SHOW} report(require("langchain-azure-openai"), require("langchain-azure-openai/emulator"));`,
  ],
  "a dynamic import in CommonJS": [
    "show-dynamic.cjs",
    `${SHOW} Promise.all([import("langchain-azure-openai"), import("langchain-azure-openai/emulator")])
       .then(([main, emulator]) => report(main, emulator));`,
  ],
} as const;

test.each(Object.keys(programs) as (keyof typeof programs)[])(
  "the packed package works from %s",
  async (kind) => {
    const [name, text] = programs[kind];
    const shown = await project().run(name, text);
    expect(shown).toMatchObject({
      text: "Knock, knock.",
      stream: "Knock, knock.",
      view: 'AzureOpenAI\nParams: {"deployment_name":"gpt-35-turbo-instruct-0914","model_name":"gpt-3.5-turbo-instruct","temperature":0.7,"top_p":1,"frequency_penalty":0,"presence_penalty":0,"n":1,"logit_bias":{},"max_tokens":256}',
      id: ["langchain", "llms", "openai", "AzureOpenAI"],
      refusal: ["ConfigurationError", "ConfigurationError", true, true],
      version: manifest.version,
      className: "AzureOpenAI",
    });
  },
);

test("both builds export the same names", async () => {
  const [esm, cjs] = await Promise.all([
    project().run(...programs["an ES module"]),
    project().run(...programs["a CommonJS module"]),
  ]);
  expect(esm.exports).toEqual(cjs.exports);
});

test("importing the package loads neither client, sign-in nor tokenizer", async () => {
  const loaded = await project().run(
    "loaded.cjs",
    `require("langchain-azure-openai"); console.log(JSON.stringify(Object.keys(require.cache)));`,
  );
  const heavy = /[\\/](openai|@azure|gpt-tokenizer)[\\/]|cl100k_base|o200k_base|emulator/;
  expect(loaded.filter((path: string) => heavy.test(path))).toEqual([]);
});

test("signing in without @azure/identity installed says what to install", async () => {
  const message = await project().run(
    "no-identity.mjs",
    `import { AzureOpenAI } from "langchain-azure-openai";
     const llm = new AzureOpenAI({
       azureEndpoint: "http://127.0.0.1:9", deploymentName: "instruct", credential: "default", maxRetries: 0,
     });
     console.log(JSON.stringify(await llm.invoke("Tell me a joke").catch((error) => error.message)));`,
  );
  expect(message).toContain("npm install @azure/identity");
});

/** A chain, and a mistake that shows that the types are found. */
const CONSUMER = readFileSync(join(ROOT, "scripts/runtimes/programs/typed.ts"), "utf8");

const resolutions: readonly (readonly [string, string, ts.CompilerOptions])[] = [
  ["node16, ESM", "consumer.mts", { module: ts.ModuleKind.Node16 }],
  ["node16, CommonJS", "consumer.cts", { module: ts.ModuleKind.Node16 }],
  ["nodenext, ESM", "consumer.mts", { module: ts.ModuleKind.NodeNext }],
  ["nodenext, CommonJS", "consumer.cts", { module: ts.ModuleKind.NodeNext }],
  [
    "bundler",
    "consumer.ts",
    { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  ],
];

describe.each([
  ["strict", { strict: true, exactOptionalPropertyTypes: true }],
  ["not strict", { strict: false }],
] as const)("the types, %s", (_, strictness) => {
  test.each(resolutions)(
    "are found and right under %s",
    (_name, file, resolution) => {
      const path = project().write(file, CONSUMER);
      const program = ts.createProgram([path], {
        target: ts.ScriptTarget.ES2022,
        lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
        types: ["node"],
        noEmit: true,
        ...strictness,
        ...resolution,
      });
      const ours = program
        .getSourceFiles()
        .filter(({ fileName }) => fileName === path || fileName.includes("langchain-azure-openai/dist/"));
      expect(ours).toHaveLength(3);
      const complaints = ours
        .flatMap((source) => [
          ...program.getSyntacticDiagnostics(source),
          ...program.getSemanticDiagnostics(source),
        ])
        .map(
          ({ file: where, messageText }) =>
            `${where?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
        );
      expect(complaints).toEqual([]);
    },
    30_000,
  );
});
