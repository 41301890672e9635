import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** npm is a script of its own on Windows. */
export const shell = process.platform === "win32";

/**
 * Packs the package, which has been built before, as `npm publish` would.
 *
 * @param {string} directory
 * @returns {string} the tarball's name in it
 */
export function pack(directory) {
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", directory], {
      cwd: ROOT,
      encoding: "utf8",
      shell,
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  return filename;
}
