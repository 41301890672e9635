// Runs the tests and tells what of `src` they do not run; fails below the limits of nycrc.json.
//
//   npm ci --prefix tools
//   npm run coverage
//
// The command's tests start it as a process of its own. They are given a build that counts, and nyc adds up what it
// and Jest counted. `.cache/coverage/report/index.html` shows it line by line.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import coverage from "istanbul-lib-coverage";
import sourceMaps from "istanbul-lib-source-maps";

const ROOT = resolve(import.meta.dirname, "../..");
const FOLDER = resolve(ROOT, ".cache/coverage");
const PARTS = resolve(FOLDER, "parts");

/** @param {string} file @param {string[]} words */
function run(file, words) {
  const { status } = spawnSync(process.execPath, [resolve(ROOT, file), ...words], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, COMMAND_UNDER_TEST: resolve(FOLDER, "cli.js") },
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** What the command's processes counted, put back to the sources' lines by the library that Jest does it with. */
async function gatherCommands() {
  const counted = coverage.createCoverageMap();
  for (const name of readdirSync(PARTS)) {
    if (!name.startsWith("command-")) continue;
    counted.merge(JSON.parse(readFileSync(resolve(PARTS, name), "utf8")));
    rmSync(resolve(PARTS, name));
  }
  const placed = await sourceMaps.createSourceMapStore().transformCoverage(counted);
  writeFileSync(resolve(PARTS, "commands.json"), JSON.stringify(placed));
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(PARTS, { recursive: true });
run("node_modules/rollup/dist/bin/rollup", ["--config", "tools/covering/rollup.config.mjs", "--silent"]);
run("node_modules/jest/bin/jest.js", [
  "--config",
  "tools/covering/jest.config.cjs",
  ...process.argv.slice(2),
]);
await gatherCommands();
run("tools/node_modules/nyc/bin/nyc.js", ["report", "--nycrc-path", "tools/covering/nycrc.json"]);
