// Plays dispatching through on a virtual clock, more of it than the test run does.
//
//   node scripts/simulate.mjs            10,000 seeds
//   node scripts/simulate.mjs 500        the first 500 seeds
//   node scripts/simulate.mjs --seed 42  one seed, as a failing one is printed
//   node scripts/simulate.mjs --large    1,000,000 prompts over 50 deployments
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const [first = "10000", second] = process.argv.slice(2);
const settings =
  first === "--large"
    ? { SIMULATION_LARGE: "1" }
    : first === "--seed"
      ? { SIMULATION_SEED: second ?? "1" }
      : { SIMULATION_SEEDS: first };
const files = first === "--large" ? "simulation/large" : "simulation/(simulation|time)";
const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const { status } = spawnSync(
  process.execPath,
  ["--max-old-space-size=4096", jest, "--runInBand", `__tests__/dispatch/${files}`],
  { stdio: "inherit", env: { ...process.env, ...settings } },
);
process.exitCode = status ?? 1;
