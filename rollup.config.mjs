import { readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename } from "node:path";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { dts } from "rollup-plugin-dts";
import ts from "typescript";

/** @type {{ name: string, version: string, dependencies: Record<string, string>, peerDependencies: Record<string, string> }} */
const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

/** Every entry point of the package, by the name of its file in `dist/`. */
const input = { index: "src/index.ts", emulator: "src/emulator/index.ts" };

const installed = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];

/**
 * What the user's own installation brings is never bundled. Only the tokenizer is.
 *
 * @param {string} id
 */
function external(id) {
  return (
    id.startsWith("node:") ||
    builtinModules.includes(id) ||
    installed.some((name) => id === name || id.startsWith(`${name}/`))
  );
}

/**
 * Each file on its own, without a type check: `npm run typecheck` does that for the whole tree.
 *
 * @returns {import("rollup").Plugin}
 */
function typescript() {
  return {
    name: "typescript",
    transform(code, id) {
      if (!id.endsWith(".ts")) return null;
      const { outputText, sourceMapText } = ts.transpileModule(code, {
        fileName: id,
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
          // The types carry the documentation.
          removeComments: true,
          sourceMap: true,
        },
      });
      return {
        code: outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"),
        map: JSON.parse(sourceMapText ?? "null"),
      };
    },
  };
}

/**
 * The version is written once, in `package.json`.
 *
 * @returns {import("rollup").Plugin}
 */
function version() {
  return {
    name: "version",
    transform(code, id) {
      if (!/[\\/]src[\\/]version\.ts$/.test(id)) return null;
      return { code: code.replace("0.0.0-source", manifest.version), map: null };
    },
  };
}

/**
 * Loads on demand in CommonJS with `require`: Jest cannot run `import()` without a flag, and bundlers take a
 * `require` inside `try` for an optional one. Both build formats then use the same copy of a dependency.
 *
 * @returns {import("rollup").Plugin}
 */
function requireOnDemand() {
  return {
    name: "require-on-demand",
    renderDynamicImport: ({ format }) =>
      format === "cjs" ? { left: "Promise.resolve(require(", right: "))" } : null,
  };
}

/**
 * The tokenizer's tables are megabytes of data: both builds share one CommonJS copy, which each can load.
 *
 * A table is one named export. Were it all that the file exports, Jest would make an export of each of its entries for
 * an ES module that imports it, which takes half a minute.
 *
 * @returns {import("rollup").Plugin}
 */
function sharedTables() {
  return {
    name: "shared-tables",
    resolveId(source) {
      if (source.startsWith("table:")) return { id: source, external: true };
      const encoding = /bpeRanks\/(\w+)\.js$/.exec(source)?.[1];
      return encoding === undefined ? null : `\0shared:${encoding}`;
    },
    load(id) {
      const encoding = /^\0shared:(.*)/.exec(id)?.[1];
      return encoding === undefined
        ? null
        : `import { ranks } from "table:${encoding}"; export default ranks;`;
    },
  };
}

/**
 * The tables by themselves.
 *
 * @returns {import("rollup").Plugin}
 */
function tables() {
  return {
    name: "tables",
    resolveId: (source) => (source.startsWith("table:") ? source : null),
    load(id) {
      const encoding = /^table:(.*)/.exec(id)?.[1];
      if (encoding === undefined) return null;
      return `export { default as ranks } from "gpt-tokenizer/esm/bpeRanks/${encoding}";`;
    },
  };
}

/** @param {string} id */
function pathOfTable(id) {
  return id.replace(/^table:(.*)/, "../tables/$1.cjs");
}

/**
 * What is bundled keeps its licence.
 *
 * @param {Record<string, string>} files where each package's licence is
 * @param {string} fileName
 * @returns {import("rollup").Plugin}
 */
function licence(files, fileName = "THIRD-PARTY-LICENSES.txt") {
  return {
    name: "licence",
    generateBundle() {
      const texts = Object.entries(files).map(([name, file]) => {
        const text = readFileSync(new URL(`node_modules/${name}/${file}`, import.meta.url), "utf8");
        return `${name}, of which parts are bundled here:\n\n${text}`;
      });
      this.emitFile({ type: "asset", fileName, source: texts.join("\n\n") });
    },
  };
}

/**
 * The sources are published once, for all builds; a map holds only what is bundled from elsewhere.
 *
 * @returns {import("rollup").Plugin}
 */
function leanMaps() {
  return {
    name: "lean-maps",
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "asset" || !file.fileName.endsWith(".map")) continue;
        /** @type {{ sources: string[], sourcesContent: (string | null)[] }} */
        const map = JSON.parse(String(file.source));
        map.sourcesContent = map.sourcesContent.map((content, index) =>
          /^(\.\.\/)+src\//.test(map.sources[index] ?? "") ? null : content,
        );
        file.source = JSON.stringify(map);
      }
    },
  };
}

/**
 * Nothing of an earlier build is published.
 *
 * @returns {import("rollup").Plugin}
 */
function clean() {
  return { name: "clean", buildStart: () => rmSync("dist", { recursive: true, force: true }) };
}

/**
 * A warning (an import that cannot be resolved, a circle in our files) fails the build.
 *
 * @type {import("rollup").WarningHandlerWithDefault}
 */
function onwarn(warning) {
  const circleOfTheTokenizer =
    warning.code === "CIRCULAR_DEPENDENCY" && warning.ids?.every((id) => id.includes("gpt-tokenizer"));
  if (!circleOfTheTokenizer) throw new Error(warning.message);
}

/** Reads the sources; also used by the scripts that need a piece of them. */
export const plugins = [nodeResolve({ extensions: [".ts", ".js"] }), typescript(), version()];

/**
 * @param {"es" | "cjs"} format
 * @param {string} extension
 * @returns {import("rollup").OutputOptions}
 */
function output(format, extension) {
  return {
    dir: "dist",
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: ({ name }) => `chunks/${basename(name)}.${extension}`,
    paths: pathOfTable,
    exports: "named",
    interop: "default",
    generatedCode: "es2015",
    sourcemap: true,
    plugins: [leanMaps()],
  };
}

/** @type {import("rollup").RollupOptions[]} */
export default [
  {
    input,
    external,
    onwarn,
    treeshake: { moduleSideEffects: false },
    plugins: [clean(), sharedTables(), ...plugins, requireOnDemand()],
    output: [output("es", "js"), output("cjs", "cjs")],
  },
  {
    input: Object.fromEntries(
      ["cl100k_base", "o200k_base"].map((encoding) => [encoding, `table:${encoding}`]),
    ),
    plugins: [tables(), nodeResolve(), licence({ "gpt-tokenizer": "LICENSE" })],
    output: { dir: "dist/tables", format: "cjs", entryFileNames: "[name].cjs", esModule: false },
  },
  {
    // The command is a user of the package: it loads the entry points by their public names.
    input: { cli: "src/cli/main.ts" },
    external: (id) => external(id) || id.split("/")[0] === manifest.name,
    onwarn,
    plugins: [
      ...plugins,
      commonjs(),
      licence(
        {
          "cli-progress": "LICENSE.md",
          "string-width": "license",
          "strip-ansi": "license",
          "ansi-regex": "license",
          "is-fullwidth-code-point": "license",
          "emoji-regex": "LICENSE-MIT.txt",
        },
        "cli.THIRD-PARTY-LICENSES.txt",
      ),
    ],
    output: output("es", "js"),
  },
  {
    input,
    external,
    onwarn,
    plugins: [dts()],
    output: [
      { dir: "dist", format: "es", entryFileNames: "[name].d.ts" },
      { dir: "dist", format: "es", entryFileNames: "[name].d.cts" },
    ],
  },
];
