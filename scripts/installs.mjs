// Installs the packed package in empty projects with npm, as users do, and uses it there: from an ES module, from a
// CommonJS module and from TypeScript, with and without `@azure/identity`.
//
//   npm run build && node scripts/installs.mjs
//
// The tests use the same tarball with what is installed here, without a network; this asks the registry.

import { copyFileSync, cpSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execFileSync } from "node:child_process";
import { compare } from "./runtimes/compare.mjs";
import { checkPrograms } from "./runtimes/commands.mjs";
import { pack, shell } from "./runtimes/pack.mjs";
import { report } from "./runtimes/report.mjs";
import { run } from "./runtimes/run.mjs";
import { startService } from "./runtimes/service.mjs";

/** @typedef {import("./runtimes/check.mjs").Check} Check */

const ROOT = resolve(import.meta.dirname, "..");
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");

/** What users install beside the package. */
const PROJECTS = [["@langchain/core"], ["@langchain/core", "@azure/identity"]];

/** @type {readonly { name: string, file: string, flags: readonly string[] }[]} */
const RESOLUTIONS = [
  ...["node16", "nodenext"].flatMap((module) => [
    { name: `${module}, ESM`, file: "typed.mts", flags: ["--module", module] },
    { name: `${module}, CommonJS`, file: "typed.cts", flags: ["--module", module] },
  ]),
  { name: "bundler", file: "typed.ts", flags: ["--module", "esnext", "--moduleResolution", "bundler"] },
];

const LIBRARIES = [
  "--target",
  "es2022",
  "--lib",
  "es2023,esnext.disposable,dom",
  "--noEmit",
  "--skipLibCheck",
];

/**
 * @param {string} directory
 * @param {readonly string[]} packages
 */
function install(directory, packages) {
  writeFileSync(join(directory, "package.json"), '{ "private": true }\n');
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  execFileSync("npm", ["install", ...quiet, `./${pack(directory)}`, ...packages], {
    cwd: directory,
    shell,
    stdio: ["ignore", "ignore", "inherit"],
  });
  cpSync(join(import.meta.dirname, "runtimes/programs"), directory, { recursive: true });
  for (const name of ["typed.mts", "typed.cts"])
    copyFileSync(join(directory, "typed.ts"), join(directory, name));
}

/**
 * @param {string} directory
 * @returns {AsyncGenerator<Check>}
 */
async function* checkTypes(directory) {
  for (const strictness of ["true", "false"]) {
    for (const { name, file, flags } of RESOLUTIONS) {
      const args = [COMPILER, ...LIBRARIES, "--strict", strictness, ...flags, file];
      const { code, stdout, stderr } = await run(process.execPath, args, { cwd: directory });
      yield {
        name: `TypeScript, ${name}, ${strictness === "true" ? "strict" : "not strict"}`,
        complaint: code === 0 ? "" : `${stdout}${stderr}`,
      };
    }
  }
}

/**
 * @param {readonly string[]} packages
 * @returns {AsyncGenerator<Check>}
 */
async function* checkInstalled(packages) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "installs-")));
  const emulator = await startService();
  try {
    install(directory, packages);
    const asked = packages.includes("@azure/identity");
    const there = existsSync(join(directory, "node_modules/@azure/identity"));
    yield { name: "@azure/identity is there if asked for", complaint: compare(String(asked), String(there)) };
    yield* checkPrograms({ directory, emulator }, { name: "Node", command: process.execPath, args: [] });
    yield* checkTypes(directory);
  } finally {
    await emulator.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns {AsyncGenerator<Check>} */
async function* checkAll() {
  for (const packages of PROJECTS) {
    for await (const check of checkInstalled(packages)) {
      yield { ...check, name: `with ${packages.join(" and ")}: ${check.name}` };
    }
  }
}

await report(checkAll());
