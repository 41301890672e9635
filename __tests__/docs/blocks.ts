import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(__dirname, "../..");

/** One fenced block of code on a page. */
export interface Block {
  /** `README.md:42`. */
  readonly place: string;
  readonly code: string;
  /**
   * False for what needs a real Azure: its fence says `no-run` after the language, which no reader sees. The examples
   * of the reference are pieces of programs, which are compiled only.
   */
  readonly runs: boolean;
}

/** The pages that people read. */
export function readPages(): readonly { readonly path: string; readonly text: string }[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).map(
    (name) => `docs/${name.replaceAll("\\", "/")}`,
  );
  return ["README.md", ...docs.filter((path) => path.endsWith(".md")).sort()].map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), "utf8"),
  }));
}

/** True for the pages that are generated from the sources' own documentation. */
function isReference(path: string): boolean {
  return path.startsWith("docs/api/");
}

/** The TypeScript and JavaScript blocks of a page. */
export function findBlocks(path: string, text: string): readonly Block[] {
  const fences =
    /^(?<indent> *)```(?:ts|typescript|js|javascript)\b(?<info>[^\n]*)\n(?<code>[\s\S]*?)^ *```$/gm;
  return [...text.matchAll(fences)].map((match) => {
    const { indent = "", info = "", code = "" } = match.groups ?? {};
    return {
      place: `${path}:${text.slice(0, match.index).split("\n").length}`,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      runs: !/\bno-run\b/.test(info) && !isReference(path),
    };
  });
}

/** What the examples of the reference, which come from single declarations, take for granted. */
const GIVEN: Readonly<Record<string, string>> = {
  llm: "const llm = new AzureOpenAI();",
  azure: "const azure = await startEmulator();",
};

/**
 * Adds what a block takes for granted.
 *
 * A page shows the model once and uses it from there on: a block that names `llm` without making it gets one from
 * the environment. Only the generated reference, whose examples are short, may also leave out the package's own
 * imports and the making of an emulator.
 */
export function completeBlock({ code, place }: Pick<Block, "code" | "place">): string {
  const reference = isReference(place);
  const given = Object.entries(GIVEN)
    .filter(([name]) => (reference || name === "llm") && uses(code, name) && !declares(code, name))
    .map(([, text]) => text);
  const known = reference || given.length > 0;
  const text = [...given, code].join("\n");
  const imports = Object.entries(readPublicNames())
    .map(([specifier, names]) => [
      specifier,
      names.filter((name) => uses(text, name) && !declares(code, name)),
    ])
    .filter(([, names]) => known && names !== undefined && names.length > 0)
    .map(([specifier, names]) => `import { ${String(names)} } from "${String(specifier)}";`);
  // A block without imports is a module all the same, so that it may `await`.
  return [...imports, text, "export {};", ""].join("\n");
}

function uses(code: string, name: string): boolean {
  return new RegExp(`(?<![\\w.])${name}\\b(?!:)`).test(code);
}

/** True where the block makes or imports the name itself. */
function declares(code: string, name: string): boolean {
  return new RegExp(
    `\\b(const|let|function) ${name}\\b|import\\s[^;]*\\b${name}\\b[^;]*from|[({,]\\s*${name}\\s*:`,
  ).test(code);
}

function readPublicNames(): Readonly<Record<string, readonly string[]>> {
  const lists = readFileSync(join(ROOT, "src/index.ts"), "utf8").matchAll(/export \{(?<list>[^}]*)\}/g);
  const names = [...lists].flatMap((list) => list.groups?.["list"]?.match(/\w+/g) ?? []);
  return { "langchain-azure-openai": names, "langchain-azure-openai/emulator": ["startEmulator"] };
}
