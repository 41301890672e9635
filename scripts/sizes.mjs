// Weighs what is published, and compares it with the budget in scripts/sizes.json.
//
//   npm run build && node scripts/sizes.mjs            says what is over its budget
//   npm run build && node scripts/sizes.mjs --update   writes a budget a little above what is weighed now
//
// It bundles with esbuild, of runtimes/ (npm ci --prefix runtimes).

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { bundle, esbuild, listInitial, listLoaded } from "./runtimes/bundle.mjs";
import { NOT_INSTALLED } from "./runtimes/installed.mjs";
import { createProject } from "./runtimes/project.mjs";
import { report } from "./runtimes/report.mjs";

/** @typedef {Record<string, number>} Sizes what is weighed, by what it is, in bytes */

const ROOT = resolve(import.meta.dirname, "..");
const BUDGET = join(import.meta.dirname, "sizes.json");

/** How far above what is weighed a new budget is. */
const HEADROOM = 1.05;

/** What the user's installation brings: LangChain is there anyhow, sign-in only for those who use it. */
const PEERS = ["--external:@langchain/core", "--external:@azure/identity"];

/** @param {string} path */
function weigh(path) {
  return readFileSync(path).length;
}

/** @param {readonly string[]} paths */
function weighZipped(paths) {
  return paths.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0);
}

/**
 * Bundles an entry point, and weighs what is loaded with it, and with the first request.
 *
 * @param {string} directory
 * @param {string} specifier
 * @param {readonly string[]} flags
 */
async function weighBundle(directory, specifier, flags) {
  const program = "weighed.mjs";
  writeFileSync(join(directory, program), `export * from ${JSON.stringify(specifier)};\n`);
  const options = { outdir: "weighed", flags: ["--splitting", ...flags] };
  const outputs = await bundle(directory, program, "node", options);
  const initial = listInitial(outputs);
  const client = Object.keys(outputs).filter((path) =>
    /node_modules\/openai\//.test(outputs[path]?.entryPoint ?? ""),
  );
  /** @param {readonly string[]} files */
  const weighFiles = (files) => weighZipped(files.map((file) => join(directory, file)));
  return {
    initial: weighFiles(initial),
    firstRequest: weighFiles(listLoaded(outputs, [...initial, ...client])),
  };
}

/**
 * @param {string} directory a project with the package installed
 * @returns {Promise<Sizes>}
 */
async function weighAll(directory) {
  const dist = join(directory, "node_modules/langchain-azure-openai/dist");
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--ignore-scripts", "--json", "--silent"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  const alone = await weighBundle(directory, "langchain-azure-openai", [...PEERS, "--external:openai"]);
  const model = await weighBundle(directory, "langchain-azure-openai", PEERS);
  const emulator = await weighBundle(directory, "langchain-azure-openai/emulator", []);
  return {
    tarball: packed.size,
    unpacked: packed.unpackedSize,
    ".: dist/index.js": weigh(join(dist, "index.js")),
    ".: dist/index.cjs": weigh(join(dist, "index.cjs")),
    ".: bundled, minified and gzipped": alone.initial,
    ".: the same and what the first request loads (openai)": model.firstRequest,
    "./emulator: dist/emulator.js": weigh(join(dist, "emulator.js")),
    "./emulator: dist/emulator.cjs": weigh(join(dist, "emulator.cjs")),
    "./emulator: bundled, minified and gzipped": emulator.initial,
    "command: dist/cli.js": weigh(join(dist, "cli.js")),
    "command: gzipped": weighZipped([join(dist, "cli.js")]),
  };
}

/**
 * @param {Sizes} sizes
 * @returns {AsyncGenerator<import("./runtimes/check.mjs").Check>}
 */
async function* compareWithBudget(sizes) {
  /** @type {Sizes} */
  const budget = JSON.parse(readFileSync(BUDGET, "utf8"));
  for (const [name, size] of Object.entries(sizes)) {
    const limit = budget[name] ?? 0;
    yield {
      name: `${name}: ${size} bytes of ${limit}`,
      complaint:
        size <= limit ? "" : "It is over its budget: mend it, or say in the commit why it is worth more.",
    };
  }
}

/** @param {Sizes} sizes */
function writeBudget(sizes) {
  const budget = Object.entries(sizes).map(([name, size]) => [
    name,
    Math.ceil((size * HEADROOM) / 1000) * 1000,
  ]);
  writeFileSync(BUDGET, `${JSON.stringify(Object.fromEntries(budget), null, 2)}\n`);
}

if (esbuild === undefined) {
  console.log(`skipped  sizes: esbuild, ${NOT_INSTALLED}`);
} else {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "sizes-")));
  try {
    createProject(directory);
    const sizes = await weighAll(directory);
    if (process.argv.includes("--update")) writeBudget(sizes);
    await report(compareWithBudget(sizes));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
