import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Emulator } from "../../src/emulator/index.js";

const ROOT = resolve(__dirname, "../..");

/** The built command; another build of it can be named. */
export const COMMAND = process.env["COMMAND_UNDER_TEST"] ?? join(ROOT, "dist/cli.js");

/** A test of yesterday's command would tell nothing. `npm test` builds first. */
export function assertBuilt(): void {
  if (!existsSync(COMMAND)) throw new Error(`There is no ${COMMAND}: run \`npm run build\` first.`);
  if (process.env["COMMAND_UNDER_TEST"] !== undefined) return;
  const sources = readdirSync(join(ROOT, "src/cli")).map((name) => join(ROOT, "src/cli", name));
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  if (newest > statSync(COMMAND).mtimeMs) throw new Error("dist/cli.js is old: run `npm run build` first.");
}

/** How a run of the command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the command. */
export interface Run {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Settles with what is written once it matches. */
  printed(stream: "stdout" | "stderr", pattern: RegExp): Promise<string>;
}

type Variables = Readonly<Record<string, string>>;

/** Starts the command with these variables and no others. */
export function start(words: readonly string[], variables: Variables = {}, cwd = tmpdir()): Run {
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], ...variables };
  const child = spawn(process.execPath, [COMMAND, ...words], { env, cwd });
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      written[stream] += text;
    });
  }
  child.stdin.on("error", () => undefined); // a command that does not read it closes it
  const ended = new Promise<Ended>((settle, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      settle({ code, signal, ...written });
    });
  });
  return {
    child,
    ended,
    printed: (stream, pattern) =>
      new Promise((settle, reject) => {
        const look = (): void => {
          if (pattern.test(written[stream])) settle(written[stream]);
        };
        child[stream].on("data", look);
        look();
        void ended.then(() => {
          reject(new Error(`It ended without ${String(pattern)}: ${written.stdout}${written.stderr}`));
        });
      }),
  };
}

/** Runs the command to its end. */
export function run(words: readonly string[], variables?: Variables, cwd?: string): Promise<Ended> {
  const { child, ended } = start(words, variables, cwd);
  child.stdin.end();
  return ended;
}

/** The variables that lead to an emulator. */
export function variablesFor(azure: Emulator, deployment: string): Record<string, string> {
  return {
    AZURE_OPENAI_ENDPOINT: azure.endpoint,
    AZURE_OPENAI_API_KEY: azure.apiKey,
    AZURE_OPENAI_API_DEPLOYMENT_NAME: deployment,
  };
}

/** A folder for a file's tests, taken away at the end. */
export function useFolder(): { path(name: string): string; write(name: string, text: string): string } {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "command-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (name: string): string => join(folder, name);
  return {
    path,
    write(name, text) {
      writeFileSync(path(name), text);
      return path(name);
    },
  };
}

/** The JSON values of a file's lines. */
export function readJsonLines(path: string): Record<string, unknown>[] {
  const text = readFileSync(path, "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}
