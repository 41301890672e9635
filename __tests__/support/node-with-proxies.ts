import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const RUNTIMES = resolve(__dirname, "../../runtimes/node_modules");

/** A Node whose `fetch` goes through the proxy of the environment: 24 or later, this one or one of `runtimes/`. */
export function findNodeWithProxies(): string | undefined {
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  const folders = existsSync(RUNTIMES) ? readdirSync(RUNTIMES) : [];
  const found = folders
    .filter((name) => name.startsWith("node24-"))
    .map((name) => join(RUNTIMES, name, "bin/node"));
  return found.find((path) => existsSync(path));
}

/** Why a test was skipped, for its name. */
export const NO_NODE_WITH_PROXIES = "skipped: needs Node 24 or later, or `npm ci --prefix runtimes`";
