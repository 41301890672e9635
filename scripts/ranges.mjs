// Runs the tests with the lowest and the newest of each dependency that users may have.
//
//   npm run build && node scripts/ranges.mjs [combination …] [--workers 2] [--tests __tests__/langchain …]
//
// Each combination is installed in a copy of the repository that is thrown away after it. What the tests load from
// dist/ is what was built before, as users get it; its types are compiled with the combination too. Node 22 and 24 are
// those of runtimes/ (npm ci --prefix runtimes); a combination whose Node is not there is skipped.
//
// Every test runs in every combination. What the test run does hundreds of times is done less often here, as it looks
// for mistakes of ours and not for differences between versions: REPETITIONS says how often. A variable of the same
// name in the environment goes before.

import { execFile } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { findNode } from "./runtimes/installed.mjs";

/**
 * @typedef {"@langchain/core" | "openai" | "@azure/identity"} Name
 * @typedef {{ node: number, packages: Record<Name, string>, neighbours?: string[] }} Combination
 * @typedef {{ passed: number, failed: number }} Counts
 * @typedef {{ workers: string, tests: string[] }} Options
 */

const ROOT = resolve(import.meta.dirname, "..");
const RUNTIMES = join(ROOT, "runtimes/node_modules");

/** @type {{ dependencies: Record<string, string>, peerDependencies: Record<string, string> }} */
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const ranges = { ...manifest.dependencies, ...manifest.peerDependencies };

/** So long may the tests of one combination take, also on a busy machine. */
const PATIENCE_MS = 60 * 60_000;

/** The cases of each property, and the seeds of the dispatcher's simulation. */
const REPETITIONS = { PROPERTY_RUNS: "30", SIMULATION_SEEDS: "30" };

/**
 * @param {Name} name
 * @param {number} [alternative] which part of `^6 || ^7`
 * @returns {string} that part of the range, of which npm installs the newest
 */
function newest(name, alternative = 0) {
  const range = ranges[name]?.split("||")[alternative]?.trim();
  if (range === undefined || !/^\^\d+\.\d+\.\d+$/.test(range)) {
    throw new Error(
      `package.json has "${ranges[name]}" for ${name}: give caret ranges (^1.2.3), joined by ||.`,
    );
  }
  return range;
}

/**
 * @param {Name} name
 * @param {number} [alternative]
 */
function lowest(name, alternative) {
  return newest(name, alternative).slice(1);
}

/** What the tests use beside the package, where its newest wants more of LangChain than it says. */
const NEIGHBOURS_OF_LOWEST_CORE = ["@langchain/redis@1.0.0"];

/**
 * The Nodes are those that the releases are for: openai 7 wants Node 22, and npm gives Node 20 openai 6. Other package
 * managers give it 7 all the same.
 *
 * @type {Record<string, Combination>}
 */
const combinations = {
  lowest: {
    node: 20,
    packages: {
      "@langchain/core": lowest("@langchain/core"),
      openai: lowest("openai"),
      "@azure/identity": lowest("@azure/identity"),
    },
    neighbours: NEIGHBOURS_OF_LOWEST_CORE,
  },
  newest: {
    node: 24,
    packages: {
      "@langchain/core": newest("@langchain/core"),
      openai: newest("openai", 1),
      "@azure/identity": newest("@azure/identity"),
    },
  },
  "newest-for-node-20": {
    node: 20,
    packages: {
      "@langchain/core": newest("@langchain/core"),
      openai: newest("openai"),
      "@azure/identity": newest("@azure/identity"),
    },
  },
  "openai-7-on-node-20": {
    node: 20,
    packages: {
      "@langchain/core": newest("@langchain/core"),
      openai: newest("openai", 1),
      "@azure/identity": newest("@azure/identity"),
    },
  },
  "lowest-core-with-newest-openai": {
    node: 22,
    packages: {
      "@langchain/core": lowest("@langchain/core"),
      openai: newest("openai", 1),
      "@azure/identity": newest("@azure/identity"),
    },
    neighbours: NEIGHBOURS_OF_LOWEST_CORE,
  },
  "newest-core-with-lowest-openai-7": {
    node: 22,
    packages: {
      "@langchain/core": newest("@langchain/core"),
      openai: lowest("openai", 1),
      "@azure/identity": lowest("@azure/identity"),
    },
  },
};

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").ExecFileOptions} [options]
 * @returns {Promise<{ ended: boolean, output: string }>} whether it ended well, and all that it printed
 */
function run(command, args, options) {
  return new Promise((settle) => {
    const limits = { timeout: PATIENCE_MS, maxBuffer: Infinity, encoding: /** @type {const} */ ("utf8") };
    execFile(command, args, { ...options, ...limits }, (error, stdout, stderr) => {
      settle({ ended: error === null, output: `${stdout}${stderr}` });
    });
  });
}

/**
 * What is committed or about to be, the build, and what is installed; of the other runtimes a link will do.
 *
 * @param {string} directory
 */
async function copyRepository(directory) {
  const { output } = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: ROOT,
  });
  const paths = output.split("\0").filter((path) => path !== "" && existsSync(join(ROOT, path)));
  for (const path of [...paths, "dist", "node_modules"]) {
    // By its real path: in a copied link to node_modules, npm would change what others use.
    cpSync(realpathSync(join(ROOT, path)), join(directory, path), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  if (existsSync(RUNTIMES)) symlinkSync(realpathSync(RUNTIMES), join(directory, "runtimes/node_modules"));
}

/**
 * Only what the tests are to see of this machine, with the combination's Node as `node`.
 *
 * @param {string} node
 */
function createEnvironment(node) {
  const ambient = Object.entries(process.env).filter(
    ([name]) =>
      /^AZURE_OPENAI_(SPEC|PYTHON)$/.test(name) ||
      !/^(AZURE|OPENAI|LANGCHAIN|LANGSMITH|npm)_|^NODE_(ENV|OPTIONS|PATH)$|^FORCE_COLOR$/.test(name),
  );
  return {
    ...REPETITIONS,
    ...Object.fromEntries(ambient),
    PATH: `${dirname(node)}${delimiter}${process.env["PATH"] ?? ""}`,
    NO_COLOR: "1",
  };
}

/**
 * @param {string} directory
 * @param {Name} name
 * @returns {string} the version that is really there
 */
function readInstalled(directory, name) {
  return JSON.parse(readFileSync(join(directory, "node_modules", name, "package.json"), "utf8")).version;
}

/**
 * The counts that the closing lines of the test runs left in a file; none is a failure.
 *
 * @param {string} path
 * @returns {Counts}
 */
function readCounts(path) {
  const line = existsSync(path) ? /^(\d+) passed, (\d+) failed$/m.exec(readFileSync(path, "utf8")) : null;
  return line === null ? { passed: 0, failed: 1 } : { passed: Number(line[1]), failed: Number(line[2]) };
}

/**
 * Installs a combination in a copy of the repository and runs the tests and the type tests there.
 *
 * @param {string} title
 * @param {Combination} combination
 * @param {string} node
 * @param {Options} options
 * @returns {Promise<Counts>}
 */
async function check(title, { packages, neighbours = [] }, node, { workers, tests }) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "ranges-")));
  const begun = performance.now();
  const results = join(directory, "results.txt");
  const options = { cwd: directory, env: { ...createEnvironment(node), TEST_RESULTS: results } };
  try {
    await copyRepository(directory);
    const specs = Object.entries(packages)
      .map(([name, version]) => `${name}@${version}`)
      .concat(neighbours);
    const quiet = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const installation = await run("npm", ["install", ...quiet, ...specs], options);
    if (!installation.ended) {
      console.log(`FAILED   ${title}: npm install ${specs.join(" ")}\n${installation.output}`);
      return { passed: 0, failed: 1 };
    }
    const { output: version } = await run(node, ["--version"]);
    const names = /** @type {Name[]} */ (Object.keys(packages));
    const installed = names.map((name) => `${name} ${readInstalled(directory, name)}`).join(", ");
    const suite = await run(
      node,
      ["node_modules/jest/bin/jest.js", "--maxWorkers", workers, ...tests],
      options,
    );
    const types = await run(
      node,
      ["node_modules/tstyche/build/bin.js", "--config", "__tests__/types/tstyche.json"],
      options,
    );
    const counts = readCounts(results);
    counts[types.ended ? "passed" : "failed"]++;
    const good = suite.ended && types.ended && counts.failed === 0;
    console.log(
      `${good ? "ok      " : "FAILED  "} ${title}: Node ${version.trim()}, ${installed}: ` +
        `${counts.passed} passed, ${counts.failed} failed (${Math.round((performance.now() - begun) / 1000)} s)`,
    );
    if (!suite.ended) console.log(suite.output);
    if (!types.ended) console.log(types.output);
    return counts;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: "string", default: "100%" },
    tests: { type: "string", multiple: true, default: [] },
  },
});
const unknown = positionals.filter((title) => combinations[title] === undefined);
if (unknown.length > 0) {
  console.error(
    `No combination ${unknown.join(", ")}: choose among ${Object.keys(combinations).join(", ")}.`,
  );
  process.exit(1);
}

const total = { passed: 0, failed: 0 };
for (const [title, combination] of Object.entries(combinations)) {
  if (positionals.length > 0 && !positionals.includes(title)) continue;
  const node = findNode(combination.node);
  if (node === undefined) {
    console.log(`skipped  ${title}: no Node ${combination.node} here (npm ci --prefix runtimes)`);
    continue;
  }
  const { passed, failed } = await check(title, combination, node, values);
  total.passed += passed;
  total.failed += failed;
}
const line = `${total.passed} passed, ${total.failed} failed`;
console.log(line);
// `.ci/run` adds up several runs.
if (process.env["TEST_RESULTS"] !== undefined) appendFileSync(process.env["TEST_RESULTS"], `${line}\n`);
if (total.failed > 0) process.exitCode = 1;
