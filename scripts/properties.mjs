// Tests the properties with many more cases than the test run does, and prints each with its cases and its seed.
//
//   npm run check:properties                         10,000 cases each
//   npm run check:properties -- --cases 500
//   npm run check:properties -- --seed 42 --only streams
//   npm run check:properties -- --seed 42 --path 815:3:0 --claim "the same chunks"
//
// `--seed` shows a failure again, as it was printed; with the path that was printed, and a part of the claim, at once
// and as small as it had become. `--only` takes a part of a file's name or path.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "10000" },
    seed: { type: "string" },
    path: { type: "string" },
    claim: { type: "string", default: "" },
    only: { type: "string", default: "" },
  },
});
if (values.path !== undefined && (values.seed === undefined || values.claim === "")) {
  console.error("`--path` is the path of one claim from one seed: give `--seed` and `--claim`, too.");
  process.exit(1);
}
const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const { status } = spawnSync(
  process.execPath,
  [
    "--max-old-space-size=4096",
    jest,
    "--runInBand",
    `__tests__/properties/.*${values.only}`,
    ...(values.claim === "" ? [] : ["--testNamePattern", values.claim]),
  ],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      PROPERTY_RUNS: values.cases,
      PROPERTY_REPORT: "1",
      ...(values.seed !== undefined && { PROPERTY_SEED: values.seed }),
      ...(values.path !== undefined && { PROPERTY_PATH: values.path }),
    },
  },
);
process.exitCode = status ?? 1;
