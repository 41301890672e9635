import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const INSTALLED = resolve(import.meta.dirname, "../../runtimes/node_modules");

/** Why something is skipped, and how it would not be. */
export const NOT_INSTALLED = "it is not in runtimes/ (npm ci --prefix runtimes)";

/**
 * The executable of a Node of that major version: what runs this, or one of runtimes/.
 *
 * @param {number} major
 */
export function findNode(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  return findInstalled(".", new RegExp(`^node${major}-`), "bin/node");
}

/**
 * The executable of the platform package that npm installed, if it did.
 *
 * @param {string} folder below runtimes/node_modules
 * @param {RegExp} platform the packages' names
 * @param {string} path in the package
 */
export function findInstalled(folder, platform, path) {
  const directory = join(INSTALLED, folder);
  if (!existsSync(directory)) return undefined;
  return readdirSync(directory)
    .filter((name) => platform.test(name))
    .map((name) => join(directory, name, path))
    .find((command) => existsSync(command));
}
