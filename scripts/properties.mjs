// Tests the properties with many more cases than the test run does, and prints each with its cases and its seed.
//
//   npm run check:properties                         10,000 cases each
//   npm run check:properties -- --cases 500
//   npm run check:properties -- --seed 42 --only streams
//
// `--seed` shows a failure again, as it was printed; `--only` takes a part of a file's name or path.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "10000" },
    seed: { type: "string" },
    only: { type: "string", default: "" },
  },
});
const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const { status } = spawnSync(
  process.execPath,
  ["--max-old-space-size=4096", jest, "--runInBand", `__tests__/properties/.*${values.only}`],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      PROPERTY_RUNS: values.cases,
      PROPERTY_REPORT: "1",
      ...(values.seed !== undefined && { PROPERTY_SEED: values.seed }),
    },
  },
);
process.exitCode = status ?? 1;
