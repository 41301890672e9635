import { execFile } from "node:child_process";

/** So long may one program take, also on a busy machine. */
export const PATIENCE_MS = 60_000;

/** @typedef {{ code: unknown, stdout: string, stderr: string }} Ended */

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<Ended>}
 */
export function run(command, args, options) {
  return new Promise((settle) => {
    execFile(
      command,
      args,
      { maxBuffer: 2 ** 26, ...options, timeout: PATIENCE_MS },
      (error, stdout, stderr) => {
        settle({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
      },
    );
  });
}

/**
 * The version that a command says it is.
 *
 * @param {string} command
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 */
export async function versionOf(command, options) {
  const { stdout } = await run(command, ["--version"], options);
  return /\d+(\.\d+)+|\d{4}-\d\d-\d\d/.exec(stdout)?.[0] ?? "of an unknown version";
}
