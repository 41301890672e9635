import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** What npm installs with the package. */
const NEIGHBOURS = ["@langchain/core", "openai", "eventsource-parser"];

/**
 * Makes a user's project: the package as it is packed, what npm installs with it, and the programs.
 *
 * @param {string} directory
 * @param {readonly string[]} [more] what the user has installed besides
 */
export function createProject(directory, more = []) {
  const installed = join(directory, "node_modules");
  const ours = join(installed, "langchain-azure-openai");
  mkdirSync(ours, { recursive: true });
  writeFileSync(join(directory, "package.json"), '{ "private": true }\n');
  // The build has been made before.
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const tarball = readdirSync(directory).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack wrote no tarball.");
  execFileSync("tar", ["-xzf", join(directory, tarball), "-C", ours, "--strip-components=1"]);
  rmSync(join(directory, tarball));
  for (const name of [...NEIGHBOURS, ...more]) {
    mkdirSync(dirname(join(installed, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(installed, name), "junction");
  }
  cpSync(join(import.meta.dirname, "programs"), directory, { recursive: true });
}
