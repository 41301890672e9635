// Runs programs on each runtime and compares what they show with what they should show everywhere, and looks at what
// bundles of them carry.
//
//   npm run build && node scripts/runtimes.mjs
//
// The runtimes are the Node that runs this, those of runtimes/ (npm ci --prefix runtimes) and Debian's chromium; what
// is not there is skipped. The programs import the packed package by its name, from a project of their own, as users do.

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBundles } from "./runtimes/bundles.mjs";
import { checkChromium } from "./runtimes/chromium.mjs";
import { checkCommands } from "./runtimes/commands.mjs";
import { createProject } from "./runtimes/project.mjs";
import { report } from "./runtimes/report.mjs";
import { startService } from "./runtimes/service.mjs";
import { checkWorkerd } from "./runtimes/workerd.mjs";

const CHECKS = [checkCommands, checkWorkerd, checkChromium, checkBundles];

/**
 * @param {string} directory
 * @returns {AsyncGenerator<import("./runtimes/check.mjs").Check>}
 */
async function* check(directory) {
  createProject(directory);
  const emulator = await startService();
  try {
    for (const look of CHECKS) yield* look({ directory, emulator });
  } finally {
    await emulator.close();
  }
}

const directory = realpathSync(mkdtempSync(join(tmpdir(), "runtimes-")));
try {
  await report(check(directory));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
