// Runs programs on each runtime and compares what they show with what they should show everywhere, and looks at what
// bundles of them carry.
//
//   npm run build && node scripts/runtimes.mjs
//
// The runtimes are the Node that runs this, those of runtimes/ (npm ci --prefix runtimes) and Debian's chromium; what
// is not there is skipped. The programs import the packed package by its name, from a project of their own, as users do.

import { appendFileSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBundles } from "./runtimes/bundles.mjs";
import { checkChromium } from "./runtimes/chromium.mjs";
import { checkCommands } from "./runtimes/commands.mjs";
import { createProject } from "./runtimes/project.mjs";
import { startService } from "./runtimes/service.mjs";
import { checkWorkerd } from "./runtimes/workerd.mjs";

const CHECKS = [checkCommands, checkWorkerd, checkChromium, checkBundles];

/**
 * Looks at everything and says what came of each.
 *
 * @param {string} directory
 */
async function check(directory) {
  createProject(directory);
  const emulator = await startService();
  const counts = { passed: 0, failed: 0 };
  try {
    for (const look of CHECKS) {
      for await (const found of look({ directory, emulator })) {
        if ("skipped" in found) {
          console.log(`skipped  ${found.name}: ${found.skipped}`);
          continue;
        }
        const { name, complaint } = found;
        counts[complaint === "" ? "passed" : "failed"]++;
        console.log(`${complaint === "" ? "ok      " : "FAILED  "} ${name}`);
        if (complaint !== "") console.log(complaint);
      }
    }
  } finally {
    await emulator.close();
  }
  return counts;
}

const directory = realpathSync(mkdtempSync(join(tmpdir(), "runtimes-")));
try {
  const { passed, failed } = await check(directory);
  const line = `${passed} passed, ${failed} failed`;
  console.log(line);
  // `.ci/run` adds up several runs.
  if (process.env["TEST_RESULTS"] !== undefined) appendFileSync(process.env["TEST_RESULTS"], `${line}\n`);
  if (failed > 0) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
