import { compare } from "./compare.mjs";
import { createEnvironment } from "./environment.mjs";
import { NOT_INSTALLED, findInstalled, findNode } from "./installed.mjs";
import { run, versionOf } from "./run.mjs";
import { CONVERSATION, VIEW } from "./service.mjs";

/**
 * @typedef {{ name: string, command: string | undefined, args: string[] }} Runtime
 * @typedef {import("./check.mjs").Check} Check
 * @typedef {import("./check.mjs").Place} Place
 */

/** The lowest is what one develops with, so that runtimes/ has none. */
const NOT_NODE_20 = "start this with Node 20";

const PROGRAMS = ["first.mjs", "first.cjs"];

/** What a program prints, to the letter; the model is shown by `console.log(llm)` and by `String(llm)`. */
const EXPECTED = `${VIEW}\n${CONVERSATION}\n`;

/** @returns {Runtime[]} */
function listRuntimes() {
  return [
    ...[20, 22, 24].map((major) => ({ name: `Node ${major}`, command: findNode(major), args: [] })),
    {
      name: "Deno",
      command: findInstalled("@deno", /./, "deno"),
      args: ["run", "--no-prompt", "--allow-env", "--allow-read", "--allow-net=127.0.0.1"],
    },
    { name: "Bun", command: findInstalled("@oven", /^bun-/, "bin/bun"), args: ["run"] },
  ];
}

/** @param {import("./run.mjs").Ended} ended */
function complain({ code, stdout, stderr }) {
  const ending = code === 0 ? "" : `ended with ${String(code)}`;
  return [compare(EXPECTED, stdout), ending, stderr].filter((part) => part !== "").join("\n");
}

/**
 * Runs a first program on a runtime, with `import` and with `require`.
 *
 * @param {Place} place
 * @param {Runtime & { command: string }} runtime
 * @returns {AsyncGenerator<Check>}
 */
export async function* checkPrograms(place, { name, command, args }) {
  const options = { cwd: place.directory, env: createEnvironment(place) };
  const version = await versionOf(command, options);
  for (const program of PROGRAMS) {
    const complaint = complain(await run(command, [...args, program], options));
    yield { name: `${name} (${version}), ${program}`, complaint };
  }
}

/**
 * Runs a first program on the runtimes that are started from a command line.
 *
 * @param {Place} place
 * @returns {AsyncGenerator<Check>}
 */
export async function* checkCommands(place) {
  for (const runtime of listRuntimes()) {
    const { name, command } = runtime;
    if (command === undefined) {
      yield { name, skipped: name === "Node 20" ? NOT_NODE_20 : NOT_INSTALLED };
      continue;
    }
    yield* checkPrograms(place, { ...runtime, command });
  }
}
