import { open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";

import { codeOf } from "./code-of.js";
import { explainFileError } from "./jsonl.js";
import { FileError } from "./usage-error.js";

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, as another user.
    return codeOf(error) === "EPERM";
  }
}

/** Who holds the lock, if that process may still be running. */
async function findHolder(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const pid = Number.parseInt(text);
  if (!(pid > 0)) return undefined;
  const here = ` ${hostname()}\n`;
  if (!text.endsWith(here)) return `process ${text.trim().replace(" ", " on ")}`;
  // A container's process has the same id each time.
  return pid !== process.pid && isRunning(pid) ? `process ${pid}` : undefined;
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
    if (codeOf(error) === "ENOENT") {
      throw new FileError(
        `${output} cannot be written: there is no folder ${dirname(output)}. Make it, or name another output file. Nothing was asked.`,
        { cause: error },
      );
    }
    if (codeOf(error) !== "EEXIST") throw explainFileError(error, output);
    const holder = await findHolder(path);
    if (holder !== undefined) {
      throw new FileError(`${output} is being written by ${holder}. If that is long over, delete ${path}.`);
    }
    await rm(path, { force: true });
    await create();
  }
  return () => rm(path, { force: true });
}
