import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** So long may one block take, also on a busy machine. */
const PATIENCE_MS = 30_000;

/** A module to run, and the variables that it finds. */
export interface Runnable {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs modules, each as if it had a process of its own, and returns what went wrong, by path.
 *
 * A process serves until a module fails in it; those after that one get a new one.
 */
export async function runBlocks(
  directory: string,
  modules: readonly Runnable[],
  patienceMs = PATIENCE_MS,
): Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, string>();
  for (let left = modules; left.length > 0;) {
    const { ended, failure } = await runUntilFailure(directory, left, patienceMs);
    const last = left[ended];
    // A module may end the process itself, and well.
    if (last !== undefined && failure !== undefined) failures.set(last.path, failure);
    left = left.slice(ended + 1);
  }
  return failures;
}

/** How many modules ended as they should, and what happened in the next one. */
async function runUntilFailure(
  directory: string,
  modules: readonly Runnable[],
  patienceMs: number,
): Promise<{ readonly ended: number; readonly failure?: string }> {
  const child = fork(join(__dirname, "block-runner.mjs"), [JSON.stringify(modules)], {
    cwd: directory,
    env: {},
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let ended = 0;
  let complaints = "";
  const overdue = new AbortController();
  const patience = setTimeout(() => {
    overdue.abort();
    child.kill("SIGKILL");
  }, patienceMs);
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  child.on("message", (message) => {
    patience.refresh();
    if (message === "ended") ended++;
  });
  const [code, signal]: unknown[] = await once(child, "close");
  clearTimeout(patience);
  if (overdue.signal.aborted)
    return { ended, failure: `It did not end within ${patienceMs} ms.\n${complaints}` };
  return code === 0
    ? { ended }
    : { ended, failure: `It ended with ${String(code ?? signal)}.\n${complaints}` };
}
