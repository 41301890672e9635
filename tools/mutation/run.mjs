// Changes the sources one small thing at a time and sees whether a folder's own tests notice.
//
//   npm ci --prefix tools
//   npm run mutation                               settings, operations and dispatch
//   npm run mutation -- settings operations        some of them
//   npm run mutation -- settings/said.ts           one file
//
// What survives is printed; it is listed with a reason in __tests__/mutation.md, or it is a gap. What has not changed
// since the last run is not run again: `.cache/mutation/` remembers it.

import { fileURLToPath } from "node:url";
import { Stryker } from "@stryker-mutator/core";

const FOLDERS = ["settings", "operations", "dispatch"];

/** @param {string} target a folder of `src`, or a file in one */
async function mutate(target) {
  const [folder = ""] = target.split("/");
  process.env["MUTATED_FOLDER"] = folder;
  await new Stryker({
    mutate: [target.endsWith(".ts") ? `src/${target}` : `src/${target}/**/*.ts`],
    testRunner: "jest",
    jest: {
      configFile: "jest.config.cjs",
      enableFindRelatedTests: false,
      config: { roots: ["<rootDir>/tools/mutation"], testMatch: ["**/folder.test.cjs"], watchman: false },
    },
    coverageAnalysis: "perTest",
    plugins: ["@stryker-mutator/jest-runner", fileURLToPath(new URL("messages.mjs", import.meta.url))],
    ignorers: ["messages"],
    ignorePatterns: ["/bench", "/coverage", "/dist", "/docs", "/runtimes", "/tools/node_modules", "/.*"],
    tempDirName: ".cache/mutation/sandbox",
    incremental: true,
    incrementalFile: `.cache/mutation/${folder}.json`,
    reporters: ["clear-text", "json", "progress-append-only"],
    clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
    jsonReporter: { fileName: `.cache/mutation/${folder}-report.json` },
    // Mutants that never end are found by this, on a busy machine as well.
    timeoutMS: 20_000,
    concurrency: Number(process.env["MUTATION_CONCURRENCY"] ?? 1),
  }).runMutationTest();
}

// The simulation is for finding what nobody thought of; a few of its seeds are enough here.
process.env["SIMULATION_SEEDS"] ??= "20";
const targets = process.argv.slice(2);
for (const target of targets.length === 0 ? FOLDERS : targets) await mutate(target.replace(/^src\//, ""));
