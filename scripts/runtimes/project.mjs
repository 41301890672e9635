import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pack } from "./pack.mjs";

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
  const tarball = pack(directory);
  execFileSync("tar", ["-xzf", join(directory, tarball), "-C", ours, "--strip-components=1"]);
  rmSync(join(directory, tarball));
  for (const name of [...NEIGHBOURS, ...more]) {
    mkdirSync(dirname(join(installed, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(installed, name), "junction");
  }
  cpSync(join(import.meta.dirname, "programs"), directory, { recursive: true });
}
