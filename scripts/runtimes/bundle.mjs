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
 * What of a bundle is loaded with some files of it: these, and what they import at once.
 *
 * @param {Bundle} outputs
 * @param {readonly string[]} files
 */
export function listLoaded(outputs, files) {
  const loaded = new Set(files);
  for (const file of loaded) {
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === "import-statement" && external !== true) loaded.add(path);
    }
  }
  return [...loaded];
}

/**
 * What of a bundle is loaded when its program starts.
 *
 * @param {Bundle} outputs
 */
export function listInitial(outputs) {
  // A file that is imported on demand has an entry point, too.
  const onDemand = new Set(
    Object.values(outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ kind }) => kind === "dynamic-import")
      .map(({ path }) => path),
  );
  const started = Object.keys(outputs).filter(
    (path) => outputs[path]?.entryPoint !== undefined && !onDemand.has(path),
  );
  return listLoaded(outputs, started);
}
