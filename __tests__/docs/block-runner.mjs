import { pathToFileURL } from "node:url";

/**
 * Runs modules, one after the other, each in the environment named with it, and tells its parent of each.
 *
 * They share one process, in which LangChain is loaded once; the next one begins when this process would end
 * without it, so that a module that leaves something open, or waits for what never comes, is found out as it
 * would be in a process of its own. One that throws ends the process.
 */
/** @type {{ path: string, env: Record<string, string>, settled?: boolean }[]} */
const left = JSON.parse(process.argv[2] ?? "[]");
/** @type {typeof left[number] | undefined} */
let running;

function begin() {
  const next = left.shift();
  running = next;
  if (next === undefined) return;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, next.env);
  process.send?.("begun");
  void import(pathToFileURL(next.path).href).then(() => {
    next.settled = true;
  });
}

process.on("beforeExit", () => {
  if (running !== undefined) {
    if (!running.settled) {
      console.error("It waits for what never comes.");
      process.exit(13);
    }
    // What the module itself would have ended with.
    if (process.exitCode) process.exit();
    process.send?.("ended");
    running = undefined;
  }
  // In a turn of its own, after which Node looks once more whether there is anything left to wait for.
  if (left.length > 0) setImmediate(begin);
});
