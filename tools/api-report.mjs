// Writes what each entry point of the built package lets users see to tools/api/, or compares it.
//
//   npm run build && node tools/api-report.mjs [--check]

import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

const ROOT = resolve(import.meta.dirname, "..");
const ENTRY_POINTS = ["index", "emulator"];
const check = process.argv.includes("--check");

/** JSDoc is TypeDoc's to check, and every export is public. */
const SILENT = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false };

/** @param {string} entryPoint */
function configure(entryPoint) {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, "package.json"),
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: join(ROOT, "dist", `${entryPoint}.d.ts`),
      apiReport: {
        enabled: true,
        includeForgottenExports: true,
        reportFileName: `${entryPoint}.api.md`,
        reportFolder: join(ROOT, "tools/api"),
        reportTempFolder: join(ROOT, ".cache/api-report"),
      },
      compiler: {
        overrideTsconfig: {
          extends: join(ROOT, "tsconfig.json"),
          compilerOptions: { paths: {} },
          files: [join(ROOT, "dist", `${entryPoint}.d.ts`)],
        },
      },
      messages: {
        extractorMessageReporting: {
          "ae-missing-release-tag": SILENT,
          "ae-unresolved-link": SILENT,
          "ae-forgotten-export": SILENT,
        },
        tsdocMessageReporting: { default: SILENT },
      },
    },
  });
}

for (const entryPoint of ENTRY_POINTS) {
  const { succeeded, apiReportChanged } = Extractor.invoke(configure(entryPoint), {
    localBuild: !check,
    messageCallback(message) {
      // What it says of a difference is below in the names of this repository.
      if (message.messageId === "console-api-report-not-copied") message.handled = true;
    },
  });
  if (check && apiReportChanged) {
    const files = [`tools/api/${entryPoint}.api.md`, `.cache/api-report/${entryPoint}.api.md`];
    spawnSync("git", ["--no-pager", "diff", "--no-index", ...files], { cwd: ROOT, stdio: "inherit" });
    console.error(
      `What users see of dist/${entryPoint}.d.ts is not what tools/api/${entryPoint}.api.md says.\n` +
        `If that is meant, run "npm run docs:api-report", read the difference and commit it, with a line in CHANGELOG.md.`,
    );
  }
  if (!succeeded) process.exitCode = 1;
}
