import { join } from "node:path";
import ts from "typescript";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { createPackedProject, type PackedProject } from "../support/packed-project.js";
import { type Block, completeBlock, findBlocks, readPages, ROOT } from "./blocks.js";
import { type Runnable, runBlocks } from "./run-blocks.js";

const blocks = readPages().flatMap(({ path, text }) => findBlocks(path, text));
const DEPLOYMENT = "gpt-35-turbo-instruct-0914";

test("the pages hold code", () => {
  expect(blocks.length).toBeGreaterThan(0);
});

describe("every block compiles, strictly", () => {
  const sources = new Map(
    blocks.map((block) => [join(ROOT, `${block.place.replaceAll(/[/:]/g, "-")}.ts`), block]),
  );
  const complaints = compile(new Map([...sources].map(([path, block]) => [path, completeBlock(block)])));

  test.each([...sources].map(([path, { place }]) => [place, path]))("%s", (_, path) => {
    expect(complaints.get(path)).toEqual([]);
  });
});

describe("every block that can run runs against the emulator", () => {
  const runnable = blocks.filter(({ runs }) => runs);
  const emulators: Emulator[] = [];
  let project: PackedProject;
  let failures: ReadonlyMap<string, string>;

  beforeAll(async () => {
    project = createPackedProject(["@azure/identity", "cli-progress"]);
    const modules: Runnable[] = [];
    for (const block of runnable) {
      // One for each block: none meets what another left behind.
      const emulator = await startEmulator();
      emulators.push(emulator);
      modules.push({
        path: project.write(toFileName(block), toJavaScript(block, emulator)),
        env: {
          PATH: process.env["PATH"],
          AZURE_OPENAI_ENDPOINT: emulator.endpoint,
          AZURE_OPENAI_API_KEY: emulator.apiKey,
          AZURE_OPENAI_API_DEPLOYMENT_NAME: DEPLOYMENT,
        },
      });
    }
    failures = await runBlocks(project.directory, modules);
  }, 600_000);

  afterAll(async () => {
    project.remove();
    await Promise.all(emulators.map((emulator) => emulator.close()));
  });

  test.each(runnable.map((block): [string, Block] => [block.place, block]))("%s", (_, block) => {
    expect(failures.get(join(project.directory, toFileName(block)))).toBeUndefined();
  });
});

function toFileName({ place }: Block): string {
  return `${place.replaceAll(/[/:]/g, "-")}.mjs`;
}

/** What a reader sets or replaces by their own resource, the test sets and replaces by the emulator. */
function toJavaScript(block: Block, { endpoint, apiKey }: Emulator): string {
  const { outputText } = ts.transpileModule(completeBlock(block), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return outputText
    .replaceAll(/https:\/\/(my-resource|YOUR-RESOURCE)\.openai\.azure\.com/g, endpoint.replace(/\/$/, ""))
    .replaceAll(/YOUR-KEY|my-key/g, apiKey);
}

/** Compiles files that exist only here, as if they stood at the root, and returns what is wrong with each. */
function compile(sources: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
    paths: {
      "langchain-azure-openai": [join(ROOT, "src/index.ts")],
      "langchain-azure-openai/emulator": [join(ROOT, "src/emulator/index.ts")],
    },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const text = sources.get(path);
    return text === undefined
      ? getSourceFile(path, target, ...rest)
      : ts.createSourceFile(path, text, target);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return new Map(
    [...sources.keys()].map((path) => [
      path,
      [
        ...program.getSyntacticDiagnostics(program.getSourceFile(path)),
        ...program.getSemanticDiagnostics(program.getSourceFile(path)),
      ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    ]),
  );
}
