import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, cpus, loadavg, platform, totalmem } from "node:os";
import { dirname, join } from "node:path";

const PACKAGES = ["@langchain/core", "@langchain/openai", "openai", "@ai-sdk/azure"];
const { resolve } = createRequire(import.meta.url);

/** @param {string} name */
function versionOf(name) {
  for (let folder = dirname(resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      if (manifest.name === name) return String(manifest.version);
    } catch {
      // Not the package's own folder.
    }
  }
  return "unknown";
}

/** What the figures were measured on and with. */
export function describeMachine() {
  const [first] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${first?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${platform()} ${arch()}`,
    load: `${loadavg()[0]?.toFixed(1)} when it began`,
    versions: Object.fromEntries([
      ["Node", process.versions.node],
      ...PACKAGES.map((name) => [name, versionOf(name)]),
    ]),
  };
}
