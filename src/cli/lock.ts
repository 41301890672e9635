import { open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";

import { explainFileError } from "./jsonl.js";
import { FileError } from "./usage-error.js";

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, as another user.
    return hasCode(error, "EPERM");
  }
}

/** Who holds the lock, if that process may still be running. */
async function findHolder(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [pid = "", host = ""] = text.trim().split(" ");
  if (!/^\d+$/.test(pid)) return undefined;
  if (host !== hostname()) return `process ${pid} on ${host}`;
  // A container's process has the same id each time.
  return Number(pid) !== process.pid && isRunning(Number(pid)) ? `process ${pid}` : undefined;
}

/**
 * Keeps a second run away from the same output, which would ask everything twice.
 *
 * What a killed process has left is taken over. Returns how to let go.
 */
export async function lockOutput(output: string): Promise<() => Promise<void>> {
  const path = `${output}.lock`;
  const create = async (): Promise<void> => {
    const file = await open(path, "wx");
    try {
      await file.writeFile(`${process.pid} ${hostname()}\n`);
    } finally {
      await file.close();
    }
  };
  try {
    await create();
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      throw new FileError(
        `${output} cannot be written: there is no folder ${dirname(output)}. Make it, or name another output file. Nothing was asked.`,
        { cause: error },
      );
    }
    if (!hasCode(error, "EEXIST")) throw explainFileError(error, output);
    const holder = await findHolder(path);
    if (holder !== undefined) {
      throw new FileError(`${output} is being written by ${holder}. If that is long over, delete ${path}.`);
    }
    await rm(path, { force: true });
    await create();
  }
  return () => rm(path, { force: true });
}
