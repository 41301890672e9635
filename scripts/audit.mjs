// Installs the packed package in an empty project, as users do, and has npm look at what came with it: nothing that is
// invalid or not asked for, and no known vulnerability.
//
//   npm run build && node scripts/audit.mjs
//
// Where the registry cannot be asked for advisories, it says so and passes.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pack, shell } from "./runtimes/pack.mjs";

const ROOT = resolve(import.meta.dirname, "..");

/** @type {{ peerDependencies: Record<string, string> }} */
const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

const directory = mkdtempSync(join(tmpdir(), "audit-"));
try {
  const filename = pack(directory);
  writeFileSync(
    join(directory, "package.json"),
    JSON.stringify({
      private: true,
      dependencies: { "langchain-azure-openai": `file:${filename}`, ...peerDependencies },
    }),
  );
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...quiet], {
    cwd: directory,
    shell,
    stdio: ["ignore", "ignore", "inherit"],
  });
  execFileSync("npm", ["ls", "--all"], { cwd: directory, shell, stdio: ["ignore", "ignore", "inherit"] });
  console.log("Nothing that is installed is missing, invalid or extraneous.");

  const audit = spawnSync("npm", ["audit", "--omit=dev", "--audit-level=low", "--json"], {
    cwd: directory,
    encoding: "utf8",
    shell,
  });
  /** @type {{ message?: string, metadata?: { vulnerabilities: { total: number } } }} */
  const { message, metadata } = JSON.parse(audit.stdout || "{}");
  if (metadata === undefined) {
    console.log(`Not audited: the registry gave no advisories. ${message ?? audit.stderr}`);
  } else if (audit.status !== 0) {
    console.error(audit.stdout);
    process.exitCode = 1;
  } else {
    console.log("No vulnerability is known of what is installed.");
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
