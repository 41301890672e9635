// Runs a first program on each runtime and compares what it prints with what it should print everywhere.
//
//   npm run build && node scripts/runtimes.mjs
//
// The runtimes are the Node that runs this and those of runtimes/ (npm ci --prefix runtimes); what is not there is
// skipped. The programs import the built package by its name, from a project of their own, as users do.

import { execFile } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startEmulator } from "langchain-azure-openai/emulator";

/**
 * @typedef {{ name: string, command: string | undefined, args: string[] }} Runtime
 * @typedef {{ code: unknown, stdout: string, stderr: string }} Ended
 */

const ROOT = resolve(import.meta.dirname, "..");
const PROGRAMS = ["program.mjs", "program.cjs"];
const DEPLOYMENT = "gpt-35-turbo-instruct-0914";

/** So long may one program take, also on a busy machine. */
const PATIENCE_MS = 60_000;

const JOKE = "\n\nWhy did the developer go broke?\n\nBecause he used up all his cache.";
const HAIKU = [
  "\n\nRain taps at the pane,",
  "\nthe gutters hum their one song,",
  "\nthe street shines at last.",
];

const SHOWN = `AzureOpenAI
Params: {"deployment_name":"${DEPLOYMENT}","model_name":"gpt-3.5-turbo-instruct","temperature":0.7,"top_p":1,\
"frequency_penalty":0,"presence_penalty":0,"n":1,"logit_bias":{},"max_tokens":256}`;

/** What a program prints, to the letter. */
const EXPECTED = [
  // console.log(llm) and String(llm)
  SHOWN,
  SHOWN,
  JOKE,
  HAIKU.join(""),
  "ONE\nTWO\nTHREE",
  "",
].join("\n");

/**
 * The executable of the platform package that npm installed, if it did.
 *
 * @param {string} folder below runtimes/node_modules
 * @param {RegExp} platform the packages' names
 * @param {string} path in the package
 */
function findInstalled(folder, platform, path) {
  const directory = join(ROOT, "runtimes/node_modules", folder);
  if (!existsSync(directory)) return undefined;
  return readdirSync(directory)
    .filter((name) => platform.test(name))
    .map((name) => join(directory, name, path))
    .find((command) => existsSync(command));
}

/** @returns {Runtime[]} */
function listRuntimes() {
  return [
    { name: "Node", command: process.execPath, args: [] },
    { name: "Node 24", command: findInstalled(".", /^node24-/, "bin/node"), args: [] },
    {
      name: "Deno",
      command: findInstalled("@deno", /./, "deno"),
      args: ["run", "--no-prompt", "--allow-env", "--allow-read", "--allow-net=127.0.0.1"],
    },
    { name: "Bun", command: findInstalled("@oven", /^bun-/, "bin/bun"), args: ["run"] },
  ];
}

/**
 * A project with the package installed; this repository's own tsconfig.json would send Bun to the sources.
 *
 * @param {string} directory
 */
function createProject(directory) {
  writeFileSync(join(directory, "package.json"), '{ "private": true }\n');
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(ROOT, join(directory, "node_modules/langchain-azure-openai"), "junction");
  for (const program of PROGRAMS) {
    copyFileSync(join(import.meta.dirname, "runtimes", program), join(directory, program));
  }
}

/**
 * What the programs find, and nothing of what is set on this machine for the package or a runtime.
 *
 * @param {string} directory
 * @param {import("langchain-azure-openai/emulator").Emulator} emulator
 */
function createEnvironment(directory, emulator) {
  const ambient = Object.entries(process.env).filter(
    ([name]) => !/^(AZURE|OPENAI|LANGCHAIN|LANGSMITH|NODE|DENO|BUN)_|_proxy$|^FORCE_COLOR$/i.test(name),
  );
  return {
    ...Object.fromEntries(ambient),
    AZURE_OPENAI_ENDPOINT: emulator.endpoint,
    AZURE_OPENAI_API_KEY: emulator.apiKey,
    AZURE_OPENAI_API_DEPLOYMENT_NAME: DEPLOYMENT,
    OPENAI_API_VERSION: "2024-10-21",
    DENO_DIR: join(directory, ".deno"),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<Ended>}
 */
function run(command, args, options) {
  return new Promise((settle) => {
    execFile(command, args, { ...options, timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      settle({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
    });
  });
}

/**
 * @param {Ended} ended
 * @returns {string} what is different from what is expected, empty where nothing is
 */
function compare({ code, stdout, stderr }) {
  if (code === 0 && stderr === "" && stdout === EXPECTED) return "";
  const [expected, printed] = [EXPECTED.split("\n"), stdout.split("\n")];
  const at = expected.findIndex((line, index) => line !== printed[index]);
  const start = at === -1 ? expected.length : at;
  return [
    `@@ ended with ${String(code)}, line ${start + 1}`,
    ...expected.slice(start).map((line) => `- ${line}`),
    ...printed.slice(start).map((line) => `+ ${line}`),
    stderr,
  ].join("\n");
}

/**
 * Runs the programs on the runtimes and says what came of each.
 *
 * @param {string} directory
 */
async function check(directory) {
  createProject(directory);
  const emulator = await startEmulator();
  emulator.respond(/joke/, JOKE);
  emulator.respond(/haiku/, { chunks: HAIKU });
  emulator.respond(/^(one|two|three)$/, (prompt) => prompt.toUpperCase());
  const options = { cwd: directory, env: createEnvironment(directory, emulator) };
  const counts = { passed: 0, failed: 0 };
  try {
    for (const { name, command, args } of listRuntimes()) {
      if (command === undefined) {
        console.log(`skipped  ${name}: it is not in runtimes/ (npm ci --prefix runtimes)`);
        continue;
      }
      const { stdout } = await run(command, ["--version"], options);
      const version = /\d+(\.\d+)+/.exec(stdout)?.[0] ?? "of an unknown version";
      for (const program of PROGRAMS) {
        const complaint = compare(await run(command, [...args, program], options));
        counts[complaint === "" ? "passed" : "failed"]++;
        console.log(`${complaint === "" ? "ok      " : "FAILED  "} ${name} (${version}), ${program}`);
        if (complaint !== "") console.log(complaint);
      }
    }
  } finally {
    await emulator.close();
  }
  return counts;
}

const directory = mkdtempSync(join(tmpdir(), "runtimes-"));
try {
  const { passed, failed } = await check(directory);
  const line = `${passed} passed, ${failed} failed`;
  console.log(line);
  // `.ci/run` adds up several runs.
  if (process.env["TEST_RESULTS"] !== undefined) appendFileSync(process.env["TEST_RESULTS"], `${line}\n`);
  if (failed > 0) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
