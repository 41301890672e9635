// Runs the notebooks in docs/ from top to bottom and compares what they print with what is committed.
//
//   npm run build && node scripts/notebooks.mjs            compare
//   npm run build && node scripts/notebooks.mjs --update   write what they print now
//
// Needs Debian's python3-jupyter-client and python3-nbformat, and the Deno of runtimes/ (npm ci --prefix runtimes),
// whose kernel it is. They run on the built package, as readers' notebooks run on the published one.

import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";

/**
 * @typedef {{ output_type: string, name?: string, text?: unknown, data?: Record<string, unknown> }} Output
 * @typedef {{ id: string, cell_type: string, execution_count?: number | null, outputs?: Output[] }} Cell
 * @typedef {{ cells: Cell[] }} Notebook
 */

const ROOT = resolve(import.meta.dirname, "..");
const DOCS = join(ROOT, "docs");

/** Nothing listens there: a notebook that asks a registry fails instead of passing where there is a network. */
const NOWHERE = "http://127.0.0.1:9/";

/** The Deno that npm installed for this platform. */
function findDeno() {
  const directory = join(ROOT, "runtimes/node_modules/@deno");
  const found = existsSync(directory)
    ? readdirSync(directory)
        .flatMap((platform) => [join(directory, platform, "deno"), join(directory, platform, "deno.exe")])
        .find((path) => existsSync(path))
    : undefined;
  if (found === undefined) {
    throw new Error("There is no Deno for this platform in runtimes/: run `npm ci --prefix runtimes`.");
  }
  return found;
}

/**
 * Makes Jupyter find the kernel, and nothing of what is installed or set on this machine.
 *
 * @param {string} directory
 */
function createEnvironment(directory) {
  const kernel = join(directory, "kernels", "deno");
  mkdirSync(kernel, { recursive: true });
  writeFileSync(
    join(kernel, "kernel.json"),
    JSON.stringify({
      argv: [findDeno(), "jupyter", "--kernel", "--conn", "{connection_file}"],
      display_name: "Deno",
      language: "typescript",
    }),
  );
  const ambient = Object.entries(process.env).filter(
    ([name]) => !/^(AZURE|OPENAI|LANGCHAIN|LANGSMITH|JUPYTER|DENO|NPM_CONFIG)_|_proxy$/i.test(name),
  );
  return {
    ...Object.fromEntries(ambient),
    JUPYTER_DATA_DIR: directory,
    JUPYTER_CONFIG_DIR: join(directory, "config"),
    JUPYTER_RUNTIME_DIR: join(directory, "runtime"),
    DENO_DIR: join(directory, "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    NPM_CONFIG_REGISTRY: NOWHERE,
    JSR_URL: NOWHERE,
    NO_COLOR: "1",
  };
}

/** A Python that has what scripts/notebooks.py imports; one of its own may hide the system's. */
function findPython() {
  const found = ["python3", "/usr/bin/python3"].find(
    (python) => spawnSync(python, ["-c", "import jupyter_client, nbformat"]).status === 0,
  );
  if (found === undefined) {
    throw new Error(
      "No Python has jupyter_client and nbformat: install python3-jupyter-client and python3-nbformat.",
    );
  }
  return found;
}

/**
 * Runs a notebook where it lies, so that it finds the package as its readers do, and leaves the file alone.
 *
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @returns {Cell[]} its code cells with what they print now
 */
function execute(path, env) {
  const { error, status, stdout, stderr } = spawnSync(
    findPython(),
    [join(import.meta.dirname, "notebooks.py"), path],
    { env, encoding: "utf8", maxBuffer: 2 ** 26 },
  );
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(stripVTControlCharacters(stderr).trim().split("\n").slice(-20).join("\n"));
  /** @type {Cell[]} */
  const cells = JSON.parse(stdout);
  return cells.map((cell) => ({ ...cell, outputs: tidy(cell.outputs ?? []) }));
}

/**
 * What a cell printed as a notebook keeps it: texts as lists of lines, pieces that came one after the other as one
 * text; and without colours.
 *
 * @param {Output[]} outputs
 * @returns {Output[]}
 */
function tidy(outputs) {
  const joined = outputs.reduce((/** @type {Output[]} */ before, output) => {
    const last = before.at(-1);
    if (last?.output_type !== "stream" || last.name !== output.name) return [...before, output];
    return [...before.slice(0, -1), { ...last, text: `${String(last.text)}${String(output.text)}` }];
  }, []);
  return joined.map(({ data, text, ...rest }) => ({
    ...(data === undefined ? {} : { data: mapValues(data, toLines) }),
    ...rest,
    ...(text === undefined ? {} : { text: toLines(text) }),
  }));
}

/** @param {unknown} value */
function toLines(value) {
  return typeof value === "string" ? stripVTControlCharacters(value).split(/(?<=\n)/) : value;
}

/**
 * @param {Record<string, unknown>} object
 * @param {(value: unknown) => unknown} map
 */
function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}

/**
 * The lines to compare: what differs from run to run, ports and ids, has a name instead.
 *
 * @param {Cell} cell
 * @returns {string[]}
 */
function describe({ execution_count, outputs = [] }) {
  return [
    `run ${execution_count ?? "never"}`,
    ...outputs.flatMap(({ text, data, ...rest }) => [
      JSON.stringify(rest),
      ...[text, ...Object.entries(data ?? {})].flat(2).map((line) => String(line ?? "").trimEnd()),
    ]),
  ].map((line) =>
    line
      .replaceAll(/(?<=127\.0\.0\.1:)\d+/g, "PORT")
      .replaceAll(/\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b/g, "UUID"),
  );
}

/**
 * @param {Notebook} notebook
 * @param {readonly Cell[]} ran
 * @returns {string} what is different now, empty where nothing is
 */
function compare(notebook, ran) {
  return notebook.cells
    .filter(({ cell_type }) => cell_type === "code")
    .flatMap((cell) => {
      const before = describe(cell);
      const after = describe(
        ran.find(({ id }) => id === cell.id) ?? { ...cell, execution_count: null, outputs: [] },
      );
      if (before.join("\n") === after.join("\n")) return [];
      return [
        `@@ cell ${cell.id}`,
        ...before.map((line) => `- ${line}`),
        ...after.map((line) => `+ ${line}`),
      ];
    })
    .join("\n");
}

/**
 * The notebook with what its cells print now; what differs only in ports and ids stays as it is.
 *
 * @param {Notebook} notebook
 * @param {readonly Cell[]} ran
 * @returns {Notebook}
 */
function update(notebook, ran) {
  const cells = notebook.cells.map((cell) => {
    const now = ran.find(({ id }) => id === cell.id);
    if (now === undefined || describe(cell).join("\n") === describe(now).join("\n")) return cell;
    return { ...cell, execution_count: now.execution_count ?? null, outputs: now.outputs ?? [] };
  });
  return { ...notebook, cells };
}

/** Runs each notebook and says what came of it. */
function main() {
  const { values, positionals } = parseArgs({
    options: { update: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const names = readdirSync(DOCS).filter((name) => name.endsWith(".ipynb"));
  const paths =
    positionals.length > 0 ? positionals.map((path) => resolve(path)) : names.map((name) => join(DOCS, name));
  const directory = mkdtempSync(join(tmpdir(), "notebooks-"));
  let passed = 0;
  try {
    const env = createEnvironment(directory);
    for (const path of paths) {
      const complaint = check(path, env, values.update);
      if (complaint === "") passed++;
      console.log(`${complaint === "" ? "passed" : "FAILED"}  ${relative(ROOT, path)}`);
      if (complaint !== "") console.log(complaint);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const failed = paths.length - passed;
  const line = `${passed} passed, ${failed} failed`;
  console.log(line);
  // `.ci/run` adds up several runs.
  if (process.env["TEST_RESULTS"] !== undefined) appendFileSync(process.env["TEST_RESULTS"], `${line}\n`);
  if (failed > 0) process.exitCode = 1;
}

/**
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} write
 * @returns {string} what is wrong, if anything is
 */
function check(path, env, write) {
  try {
    /** @type {Notebook} */
    const notebook = JSON.parse(readFileSync(path, "utf8"));
    const ran = execute(path, env);
    const failure = ran.find(({ outputs = [] }) =>
      outputs.some(({ output_type }) => output_type === "error"),
    );
    if (failure !== undefined) return [`@@ cell ${failure.id} throws`, ...describe(failure)].join("\n");
    if (!write) return compare(notebook, ran);
    writeFileSync(path, `${JSON.stringify(update(notebook, ran), null, 1)}\n`);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

main();
