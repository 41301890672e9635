import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const ROOT = resolve(__dirname, "../..");
const DOCS = join(ROOT, "docs");

interface Notebook {
  readonly nbformat: number;
  readonly nbformat_minor: number;
  readonly metadata: { readonly kernelspec: unknown };
  readonly cells: readonly {
    readonly id: string;
    readonly cell_type: "code" | "markdown" | "raw";
    readonly source: readonly string[];
    readonly execution_count?: number | null;
    readonly outputs?: readonly { readonly output_type: string }[];
  }[];
}

const names = readdirSync(DOCS).filter((name) => name.endsWith(".ipynb"));

function read(name: string): Notebook {
  return JSON.parse(readFileSync(join(DOCS, name), "utf8"));
}

function findSources(name: string, type: "code" | "markdown" | "raw"): readonly string[] {
  return read(name)
    .cells.filter(({ cell_type }) => cell_type === type)
    .map(({ source }) => source.join(""));
}

describe.each(names)("%s", (name) => {
  const notebook = read(name);
  const code = notebook.cells.filter(({ cell_type }) => cell_type === "code");

  test("is for the Deno kernel, and its cells have ids of their own", () => {
    expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5]);
    expect(notebook.metadata.kernelspec).toEqual({
      display_name: "Deno",
      language: "typescript",
      name: "deno",
    });
    expect(new Set(notebook.cells.map(({ id }) => id)).size).toBe(notebook.cells.length);
  });

  test("was committed as it ran, from top to bottom and without an error", () => {
    expect(code.map(({ execution_count }) => execution_count)).toEqual(code.map((_, index) => index + 1));
    expect(code.flatMap(({ outputs = [] }) => outputs).map(({ output_type }) => output_type)).not.toContain(
      "error",
    );
  });

  test("links to files that exist", () => {
    const links = findSources(name, "markdown").flatMap((text) =>
      [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g)].map(([, target = ""]) => target),
    );
    const local = links.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(DOCS, target)))).toEqual([]);
    expect(local.length).toBeGreaterThan(0);
  });

  test("says that the answers are canned, and what to change for the real service", () => {
    const prose = findSources(name, "markdown").join("\n");
    expect(prose).toMatch(/answers .{0,40}canned/);
    expect(prose).toMatch(/[Ff]or the real service/);
  });
});

test("the page of the class has the headings of LangChain's pages for LLMs, in their order", () => {
  const expected = [
    "# AzureOpenAI",
    "## Overview",
    "### Integration details",
    "## Setup",
    "### Credentials",
    "### Installation",
    "## Instantiation",
    "## Invocation",
    "## Chaining",
    "## API reference",
  ];
  const prose = findSources("azure_openai.ipynb", "markdown").join("\n");
  const headings = prose.replaceAll(/^```[\s\S]*?^```$/gm, "").match(/^#+ .*$/gm) ?? [];
  expect(headings.filter((heading) => expected.includes(heading))).toEqual(expected);
  expect(findSources("azure_openai.ipynb", "raw")).toEqual(["---\nsidebar_label: AzureOpenAI\n---"]);
});

// As LangChain checks its notebooks, as one module of all code cells, but strictly.
describe("the code cells together are a module that compiles", () => {
  // The files exist only here, beside the notebooks: the package is found by its own name, as it was built.
  const modules = new Map(
    names.map((name) => [join(DOCS, name.replace(/\.ipynb$/, ".mts")), joinCells(name)]),
  );
  const complaints = compile(modules);

  test.each(names.map((name, index) => [name, [...modules.keys()][index] ?? ""]))("%s", (_, path) => {
    expect(complaints.get(path)).toEqual([]);
  });
});

/** The code cells one after the other, with every import once. */
function joinCells(name: string): string {
  const imports = new Map<string, Set<string>>();
  const rest: string[] = [];
  for (const cell of findSources(name, "code")) {
    const source = ts.createSourceFile("cell.mts", cell, ts.ScriptTarget.ES2022, true);
    for (const statement of source.statements) {
      if (!ts.isImportDeclaration(statement)) {
        rest.push(statement.getFullText());
        continue;
      }
      const specifier = statement.moduleSpecifier.getText();
      const known = imports.get(specifier) ?? new Set();
      imports.set(specifier, known);
      const clause = statement.importClause;
      const bindings = clause?.namedBindings;
      if (clause?.name !== undefined) known.add(`default as ${clause.name.text}`);
      if (bindings !== undefined && ts.isNamedImports(bindings)) {
        for (const element of bindings.elements) known.add(element.getText());
      }
    }
  }
  return [
    ...[...imports].map(([specifier, known]) => `import { ${[...known].join(", ")} } from ${specifier};`),
    ...rest,
  ].join("\n");
}

function compile(sources: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2021,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.getSourceFile = (path, target, ...more) => {
    const text = sources.get(path);
    return text === undefined
      ? getSourceFile(path, target, ...more)
      : ts.createSourceFile(path, text, target);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return new Map(
    [...sources.keys()].map((path) => [
      path,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(path))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    ]),
  );
}
