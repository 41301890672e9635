import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const SRC = resolve(__dirname, "../src");

/** From the top down; folders on one floor do not know each other. `.` is the files of `src` itself. */
const FLOORS: readonly (readonly string[])[] = [
  ["index.ts"],
  ["llms.ts", "cli"],
  ["langchain"],
  ["dispatch", "client"],
  ["operations", "tokens"],
  ["settings"],
  ["errors.ts"],
  ["present.ts", "report.ts", "version.ts"],
];

interface Import {
  readonly specifier: string;
  readonly onDemand: boolean;
  readonly typeOnly: boolean;
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** True for `import type`, and for `import { type A, type B }`. */
function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return (
    clause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  );
}

function readImports(path: string, text: string): Import[] {
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({
        specifier: node.moduleSpecifier.text,
        onDemand: false,
        typeOnly: isTypeOnly(node.importClause),
      });
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier !== undefined &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      imports.push({ specifier: node.moduleSpecifier.text, onDemand: false, typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteralLike(argument)) {
        imports.push({ specifier: argument.text, onDemand: true, typeOnly: false });
      }
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { literal } = node.argument;
      if (ts.isStringLiteral(literal)) {
        imports.push({ specifier: literal.text, onDemand: false, typeOnly: true });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return imports;
}

const files: readonly SourceFile[] = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((name) => {
    const path = name.replaceAll("\\", "/");
    const text = readFileSync(join(SRC, path), "utf8");
    return { path, text, imports: readImports(path, text) };
  });

/** The folder of a file, or the file itself at the top of `src`. */
function partOf(path: string): string {
  return path.split("/")[0] ?? path;
}

/** The file of `src` that a local import names. */
function targetOf(file: SourceFile, specifier: string): string {
  const target = relative(SRC, resolve(SRC, dirname(file.path), specifier));
  return target.replaceAll("\\", "/").replace(/\.js$/, ".ts");
}

function localImports(file: SourceFile): (Import & { readonly target: string })[] {
  return file.imports
    .filter(({ specifier }) => specifier.startsWith("."))
    .map((found) => ({ ...found, target: targetOf(file, found.specifier) }));
}

/** "who -> what" of each import that matches. */
function importersOf(matches: (found: Import) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports.filter(matches).map(({ specifier }) => `${file.path} -> ${specifier}`),
  );
}

function floorOf(part: string): number {
  return FLOORS.findIndex((parts) => parts.includes(part));
}

const product = files.filter(({ path }) => partOf(path) !== "emulator");

test("every file stands on a floor", () => {
  expect(product.filter(({ path }) => floorOf(partOf(path)) === -1).map(({ path }) => path)).toEqual([]);
});

test("a file imports from lower floors or its own folder", () => {
  const broken = product.flatMap((file) =>
    localImports(file)
      .filter(({ target }) => {
        const [from, to] = [partOf(file.path), partOf(target)];
        return from !== to && floorOf(to) <= floorOf(from);
      })
      .map(({ target }) => `${file.path} -> ${target}`),
  );
  expect(broken).toEqual([]);
});

test("the emulator and the rest know nothing of each other", () => {
  const crossings = files.flatMap((file) =>
    localImports(file)
      .filter(({ target }) => (partOf(file.path) === "emulator") !== (partOf(target) === "emulator"))
      .map(({ target }) => `${file.path} -> ${target}`),
  );
  expect(crossings).toEqual([]);
});

test("local imports name the emitted file", () => {
  const known = new Set(files.map(({ path }) => path));
  const lost = files.flatMap((file) =>
    localImports(file)
      .filter(({ specifier, target }) => !specifier.endsWith(".js") || !known.has(target))
      .map(({ specifier }) => `${file.path} -> ${specifier}`),
  );
  expect(lost).toEqual([]);
});

test("no imports go in a circle", () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    const file = files.find((candidate) => candidate.path === path);
    if (file !== undefined) {
      for (const { target } of localImports(file)) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  expect(circles).toEqual([]);
});

test("only client/sdk.ts loads `openai`, and on demand", () => {
  const loads = importersOf(({ specifier, typeOnly }) => /^openai(\/|$)/.test(specifier) && !typeOnly);
  expect(loads.filter((load) => !load.startsWith("client/sdk.ts "))).toEqual([]);
  const atOnce = importersOf(
    ({ specifier, typeOnly, onDemand }) => /^openai(\/|$)/.test(specifier) && !typeOnly && !onDemand,
  );
  expect(atOnce).toEqual([]);
});

test("only client/auth.ts loads `@azure/identity`, and on demand", () => {
  const imports = files.flatMap((file) =>
    file.imports
      .filter(({ specifier, typeOnly }) => specifier.startsWith("@azure/") && !typeOnly)
      .map(({ onDemand }) => `${file.path}${onDemand ? "" : " (at once)"}`),
  );
  expect(imports.filter((found) => found !== "client/auth.ts")).toEqual([]);
});

test("the tokenizer's tables are loaded on demand", () => {
  const atOnce = importersOf(
    ({ specifier, typeOnly, onDemand }) => specifier.startsWith("gpt-tokenizer") && !typeOnly && !onDemand,
  );
  expect(atOnce).toEqual([]);
});

test("only settings/environment.ts touches the environment", () => {
  const doors = product
    .filter(({ path }) => partOf(path) !== "cli" && path !== "settings/environment.ts")
    .filter(({ path, text }) => touchesEnvironment(path, text))
    .map(({ path }) => path);
  expect(doors).toEqual([]);
});

/** True where code, not a comment, reads `process.env`, `Deno.env` or LangChain's door to them. */
function touchesEnvironment(path: string, text: string): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && node.name.text === "env") found = true;
    if (ts.isIdentifier(node) && node.text === "getEnvironmentVariable") found = true;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

test("Node's own modules are loaded on demand outside the emulator and the command", () => {
  const atOnce = product
    .filter(({ path }) => partOf(path) !== "cli")
    .flatMap((file) =>
      file.imports
        .filter(
          ({ specifier, typeOnly, onDemand }) => specifier.startsWith("node:") && !typeOnly && !onDemand,
        )
        .map(({ specifier }) => `${file.path} -> ${specifier}`),
    );
  expect(atOnce).toEqual([]);
});

test("nothing is loaded that is not installed with the package or bundled", () => {
  const allowed = ["openai", "eventsource-parser", "gpt-tokenizer", "@langchain/core", "@azure/identity"];
  // The command is a user of the package, and its progress bar is bundled into it.
  const allowedInCommand = [...allowed, "langchain-azure-openai", "cli-progress"];
  const strangers = files.flatMap((file) =>
    file.imports
      .filter(({ specifier }) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
      .filter(({ specifier }) => {
        const names = partOf(file.path) === "cli" ? allowedInCommand : allowed;
        return !names.some((name) => specifier === name || specifier.startsWith(`${name}/`));
      })
      .map(({ specifier }) => `${file.path} -> ${specifier}`),
  );
  expect(strangers).toEqual([]);
});

test("the compiler is never told to look away", () => {
  const blind = files.flatMap(({ path, text }) => {
    const found: string[] = /@ts-(ignore|nocheck|expect-error)/.test(text) ? [path] : [];
    const visit = (node: ts.Node): void => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${path}: any`);
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
    return found;
  });
  expect(blind).toEqual([]);
});
