// Changes the sources one small thing at a time and sees whether a folder's own tests notice.
//
//   npm ci --prefix tools
//   npm run mutation                               settings, operations and dispatch
//   npm run mutation -- settings operations        some of them
//   npm run mutation -- settings/said.ts dispatch  some files, and a folder
//
// MUTATION_CONCURRENCY=2 runs two at a time, SIMULATION_SEEDS=2 plays fewer seeds of the simulation than five, and
// MUTATION_SLOW=1 takes the claims about tens of thousands of prompts as well.
//
// What survives is printed; it is listed with a reason in __tests__/mutation.md, or it is a gap. What has not changed
// since the last run is not run again: `.cache/mutation/` remembers it.

import { fileURLToPath } from "node:url";
import { Stryker } from "@stryker-mutator/core";

const FOLDERS = ["settings", "operations", "dispatch"];

/**
 * @param {string} folder of `src`
 * @param {readonly string[]} targets the folder itself, or files in it
 */
async function mutate(folder, targets) {
  process.env["MUTATED_FOLDER"] = folder;
  await new Stryker({
    mutate: targets.map((target) => (target.endsWith(".ts") ? `src/${target}` : `src/${target}/**/*.ts`)),
    testRunner: "claims",
    coverageAnalysis: "perTest",
    plugins: ["messages.mjs", "runner.mjs"].map((name) => fileURLToPath(new URL(name, import.meta.url))),
    ignorers: ["messages"],
    ignorePatterns: ["/bench", "/coverage", "/dist", "/docs", "/runtimes", "/tools/node_modules", "/.*"],
    tempDirName: ".cache/mutation/sandbox",
    incremental: true,
    incrementalFile: `.cache/mutation/${folder}.json`,
    reporters: ["clear-text", "json", "progress-append-only"],
    clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
    jsonReporter: { fileName: `.cache/mutation/${folder}-report.json` },
    // Loops that never end are found by this, on a busy machine as well; claims that wait for nothing end sooner.
    timeoutMS: 20_000,
    timeoutFactor: 1,
    concurrency: Number(process.env["MUTATION_CONCURRENCY"] ?? 1),
  }).runMutationTest();
}

// The simulation is for finding what nobody thought of; a few of its seeds are enough here.
process.env["SIMULATION_SEEDS"] ??= "5";
const args = process.argv.slice(2).map((target) => target.replace(/^src\//, ""));
for (const folder of FOLDERS) {
  const targets = args.filter((target) => target.split("/")[0] === folder);
  if (args.length === 0) await mutate(folder, [folder]);
  else if (targets.length > 0) await mutate(folder, targets);
}
