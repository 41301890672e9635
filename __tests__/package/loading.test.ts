import { renameSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { usePackedProject } from "../support/packed-project.js";

const project = usePackedProject();

/** The modules that a program has loaded when it is through, itself left out. */
async function listLoaded(name: string, text: string): Promise<readonly string[]> {
  const loaded: readonly string[] = await project().run(
    name,
    `${text}; process.once("exit", () => console.log(JSON.stringify(Object.keys(require.cache))));`,
  );
  return loaded.filter((path) => path !== join(project().directory, name));
}

/** The package's own files among those loaded. */
function ownOf(loaded: readonly string[]): string[] {
  return loaded
    .filter((path) => path.startsWith(project().packageDirectory + sep))
    .map((path) => relative(project().packageDirectory, path).replaceAll(sep, "/"));
}

/** The packages that the other files belong to. */
function packagesOf(loaded: readonly string[]): string[] {
  const names = loaded
    .filter((path) => !path.startsWith(project().packageDirectory + sep))
    .map((path) => /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1] ?? path);
  return [...new Set(names.map((name) => name.replaceAll(sep, "/")))].sort();
}

/** What everyone loads who builds on LangChain's LLM base. */
const BASE = `require("@langchain/core/language_models/llms"); require("@langchain/core/runnables")`;

/** A call that is refused at once, by nobody. */
const CALL = `const { AzureOpenAI } = require("langchain-azure-openai");
new AzureOpenAI({ azureEndpoint: "http://127.0.0.1:9", apiKey: "key", deploymentName: "instruct", maxRetries: 0 })
  .invoke("Tell me a joke").catch(() => {})`;

test("importing the package loads one file of it, and else nothing but LangChain's LLM base", async () => {
  const [base, loaded] = await Promise.all([
    listLoaded("base.cjs", BASE),
    listLoaded("import.cjs", `require("langchain-azure-openai")`),
  ]);
  expect(ownOf(loaded)).toEqual(["dist/index.cjs"]);
  const others = loaded.filter((path) => !path.startsWith(project().packageDirectory + sep));
  expect(others.filter((path) => !base.includes(path))).toEqual([]);
});

test("importing the emulator loads one file", async () => {
  const loaded = await listLoaded("import-emulator.cjs", `require("langchain-azure-openai/emulator")`);
  expect(ownOf(loaded)).toEqual(["dist/emulator.cjs"]);
  expect(packagesOf(loaded)).toEqual([]);
});

test("the first request loads the `openai` client besides, and nothing else", async () => {
  const [base, loaded] = await Promise.all([listLoaded("base.cjs", BASE), listLoaded("call.cjs", CALL)]);
  expect(ownOf(loaded)).toEqual(["dist/index.cjs"]);
  expect(packagesOf(loaded)).toEqual([...packagesOf(base), "openai"].sort());
});

test("counting tokens without the tables says that they were left out", async () => {
  const tables = join(project().packageDirectory, "dist/tables");
  renameSync(tables, `${tables}.away`);
  try {
    const shown = await project().run(
      "count.mjs",
      `import { AzureOpenAI } from "langchain-azure-openai";
       const llm = new AzureOpenAI({ azureEndpoint: "http://127.0.0.1:9", apiKey: "key", deploymentName: "instruct" });
       console.log(JSON.stringify(await llm.getNumTokens("Tell me a joke").catch(String)));`,
    );
    expect(shown).toMatch(/^ConfigurationError: Tokens cannot be counted/);
    expect(shown).toContain("give `maxTokens` a number");
  } finally {
    renameSync(`${tables}.away`, tables);
  }
});

test("a page's own `process`, which is nothing but an `env`, is not taken for Node's", async () => {
  const shown = await project().run(
    "page.mjs",
    `import { AzureOpenAI } from "langchain-azure-openai";
     import { startEmulator } from "langchain-azure-openai/emulator";
     const azure = await startEmulator();
     azure.respond(/joke/, "Knock, knock.");
     const own = process;
     globalThis.process = { env: {} };
     const llm = new AzureOpenAI({ azureEndpoint: azure.endpoint, apiKey: azure.apiKey, deploymentName: "instruct", maxRetries: 0 });
     const answer = await llm.invoke("Tell me a joke").catch(String);
     globalThis.process = own;
     await azure.close();
     console.log(JSON.stringify(answer));`,
  );
  expect(shown).toBe("Knock, knock.");
});

test("a tokenizer's table is one export, so that Jest's ES modules load it at once", async () => {
  const exported = await project().run(
    "tables.cjs",
    `const { dirname, join } = require("node:path");
     const folder = join(dirname(require.resolve("langchain-azure-openai")), "tables");
     const tables = ["cl100k_base", "o200k_base"].map((name) => require(join(folder, name + ".cjs")));
     console.log(JSON.stringify(tables.map(Object.keys)));`,
  );
  expect(exported).toEqual([["ranks"], ["ranks"]]);
});
