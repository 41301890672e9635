import { appendFileSync } from "node:fs";

/**
 * Says what came of each check, and fails the process where one failed.
 *
 * @param {AsyncIterable<import("./check.mjs").Check>} checks
 */
export async function report(checks) {
  const counts = { passed: 0, failed: 0 };
  for await (const check of checks) {
    if ("skipped" in check) {
      console.log(`skipped  ${check.name}: ${check.skipped}`);
      continue;
    }
    const { name, complaint } = check;
    counts[complaint === "" ? "passed" : "failed"]++;
    console.log(`${complaint === "" ? "ok      " : "FAILED  "} ${name}`);
    if (complaint !== "") console.log(complaint);
  }
  const line = `${counts.passed} passed, ${counts.failed} failed`;
  console.log(line);
  // `.ci/run` adds up several runs.
  if (process.env["TEST_RESULTS"] !== undefined) appendFileSync(process.env["TEST_RESULTS"], `${line}\n`);
  if (counts.failed > 0) process.exitCode = 1;
}
