import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(__dirname, "../..");

/** One fenced block of code on a page. */
export interface Block {
  /** `README.md:42`. */
  readonly place: string;
  readonly code: string;
  /** False for what needs a real Azure: its fence says `no-run` after the language, which no reader sees. */
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

/** The TypeScript and JavaScript blocks of a page. */
export function findBlocks(path: string, text: string): readonly Block[] {
  const fences =
    /^(?<indent> *)```(?:ts|typescript|js|javascript)\b(?<info>[^\n]*)\n(?<code>[\s\S]*?)^ *```$/gm;
  return [...text.matchAll(fences)].map((match) => {
    const { indent = "", info = "", code = "" } = match.groups ?? {};
    return {
      place: `${path}:${text.slice(0, match.index).split("\n").length}`,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      runs: !/\bno-run\b/.test(info),
    };
  });
}

/**
 * A page shows the model once and uses it from there on: a block that names `llm` without making it gets one
 * from the environment.
 */
export function completeBlock(code: string): string {
  const needsModel = /\bllm\b/.test(code) && !/\b(const|let|function) llm\b|[({,]\s*llm\s*[:)]/.test(code);
  const imported = /import\s[^;]*\bAzureOpenAI\b[^;]*from/.test(code);
  const prelude = needsModel
    ? `${imported ? "" : 'import { AzureOpenAI } from "langchain-azure-openai";\n'}const llm = new AzureOpenAI();\n`
    : "";
  // A block without imports is a module all the same, so that it may `await`.
  return `${prelude}${code}\nexport {};\n`;
}
