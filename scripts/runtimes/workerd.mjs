import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle, esbuild } from "./bundle.mjs";
import { compare } from "./compare.mjs";
import { NOT_INSTALLED, findInstalled } from "./installed.mjs";
import { PATIENCE_MS, versionOf } from "./run.mjs";
import { CONVERSATION, DEPLOYMENT } from "./service.mjs";

/**
 * @typedef {import("./check.mjs").Check} Check
 * @typedef {import("./check.mjs").Place} Place
 */

/** A day on which workers did not yet have Node's modules unless they asked for them. */
const COMPATIBILITY_DATE = "2025-03-01";

/** How many requests are at a worker at the same time where they share a model. */
const SHARING = 4;

/**
 * @param {Place["emulator"]} emulator
 * @param {readonly string[]} flags
 */
function describeWorker(emulator, flags) {
  const bindings = {
    ENDPOINT: emulator.endpoint,
    DEPLOYMENT,
    KEY: emulator.apiKey,
    TOKEN: emulator.token,
  };
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ${JSON.stringify(flags)},
  bindings = [${Object.entries(bindings)
    .map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`)
    .join(", ")}],
);
`;
}

/**
 * @param {string} command
 * @param {string} config
 */
async function startWorker(command, config) {
  // On descriptor 3 it tells which port it took.
  const child = spawn(command, ["serve", "--control-fd=3", config], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.once("close", () => resolve()));
  let told = "";
  /** @type {number} */
  const port = await new Promise((resolve, reject) => {
    child.stdio[3]?.on("data", (piece) => {
      told += String(piece);
      const listening = /"socket":"http","port":(\d+)/.exec(told);
      if (listening !== null) resolve(Number(listening[1]));
    });
    child.once("error", reject);
    void ended.then(() => reject(new Error("workerd ended before it listened.")));
  });
  return {
    /** @param {string} what */
    async ask(what) {
      const response = await fetch(`http://127.0.0.1:${port}/${what}`, {
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return response.text();
    },
    async close() {
      child.kill();
      await ended;
    },
  };
}

/**
 * Asks a worker, with Node's modules and without, that signs in by key and by token.
 *
 * @param {Place} place
 * @returns {AsyncGenerator<Check>}
 */
export async function* checkWorkerd({ directory, emulator }) {
  const command = findInstalled("@cloudflare", /^workerd-/, "bin/workerd");
  if (command === undefined || esbuild === undefined) {
    yield { name: "workerd", skipped: NOT_INSTALLED };
    return;
  }
  const version = await versionOf(command, { cwd: directory });
  // As wrangler does, in one file.
  await bundle(directory, "worker.mjs", "workerd", { outdir: "worker" });
  for (const flags of [[], ["nodejs_compat"]]) {
    const config = join(directory, "worker", "config.capnp");
    writeFileSync(config, describeWorker(emulator, flags));
    const worker = await startWorker(command, config);
    const name = `workerd (${version}), ${flags[0] ?? "no nodejs_compat"}`;
    try {
      for (const signIn of ["key", "token"]) {
        yield {
          name: `${name}, signs in by ${signIn}`,
          complaint: compare(CONVERSATION, await worker.ask(signIn)),
        };
      }
      const shared = await Promise.all(Array.from({ length: SHARING }, () => worker.ask("shared")));
      const complaints = shared.map((shown) => compare(CONVERSATION, shown)).filter((text) => text !== "");
      yield { name: `${name}, requests share a model`, complaint: complaints.join("\n") };
      const shown = await worker.ask("default");
      yield {
        name: `${name}, says that sign-in is not installed`,
        complaint: shown.includes("npm install @azure/identity") ? "" : shown,
      };
    } finally {
      await worker.close();
    }
  }
}
