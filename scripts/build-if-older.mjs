import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a build ends with. */
const LAST_BUILT = "dist/emulator.d.cts";

/** Builds the package in the current directory, unless `dist/` is there and newer than what it is built from. */
export function buildIfOlder() {
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).map((name) => join("src", name));
  const inputs = ["package.json", "rollup.config.mjs", "src", ...sources];
  const changed = Math.max(...inputs.map((path) => statSync(path).mtimeMs));
  if (existsSync(LAST_BUILT) && statSync(LAST_BUILT).mtimeMs > changed) return;
  console.log("Building the package, which takes some seconds …");
  execFileSync("npm run --silent build", { shell: true, stdio: "inherit" });
}
