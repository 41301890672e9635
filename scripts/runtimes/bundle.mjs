import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { findInstalled } from "./installed.mjs";
import { run } from "./run.mjs";

/**
 * @typedef {{ path: string, kind: string, external?: boolean }} Import
 * @typedef {{ bytes: number, imports: Import[], inputs: Record<string, unknown>, entryPoint?: string }} Output
 */

/**
 * What esbuild wrote: each file of it, with what went into it and what it loads.
 *
 * @typedef {Record<string, Output>} Bundle
 */

/**
 * Where a bundle is to run; the conditions are those that the platform's own bundler sets.
 *
 * @typedef {"browser" | "workerd" | "node"} Platform
 */

/** @type {Record<Platform, readonly string[]>} */
const FLAGS = {
  browser: ["--platform=browser"],
  workerd: [
    "--platform=browser",
    "--conditions=workerd,worker,browser",
    "--external:node:*",
    ...builtinModules.map((name) => `--external:${name}`),
  ],
  node: ["--platform=node"],
};

/** The bundler, where it is installed. */
export const esbuild = findInstalled("@esbuild", /./, "bin/esbuild");

/**
 * Bundles a program of a project into a folder of it.
 *
 * @param {string} directory the project
 * @param {string} program
 * @param {Platform} platform
 * @param {{ outdir: string, flags?: readonly string[] }} options
 * @returns {Promise<Bundle>}
 */
export async function bundle(directory, program, platform, { outdir, flags = [] }) {
  if (esbuild === undefined) throw new Error("esbuild is not installed.");
  const metafile = join(directory, outdir, "meta.json");
  const args = [
    program,
    "--bundle",
    "--minify",
    "--format=esm",
    "--log-level=warning",
    `--outdir=${outdir}`,
    `--metafile=${metafile}`,
    ...FLAGS[platform],
    ...flags,
  ];
  const { code, stderr } = await run(esbuild, args, { cwd: directory });
  if (code !== 0) throw new Error(`esbuild could not bundle ${program} for ${platform}:\n${stderr}`);
  return JSON.parse(readFileSync(metafile, "utf8")).outputs;
}

/**
 * What of a bundle is loaded when its program starts: the program's file and what that imports at once.
 *
 * @param {Bundle} outputs
 * @returns {string[]}
 */
export function listInitial(outputs) {
  const initial = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint !== undefined));
  // A chunk that is imported on demand has an entry point, too.
  for (const { imports } of Object.values(outputs)) {
    for (const { path, kind } of imports) if (kind === "dynamic-import") initial.delete(path);
  }
  for (const path of initial) {
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && external !== true) initial.add(next);
    }
  }
  return [...initial];
}
