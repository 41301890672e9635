import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bundle, esbuild, listInitial } from "./bundle.mjs";
import { compare } from "./compare.mjs";
import { createEnvironment } from "./environment.mjs";
import { NOT_INSTALLED } from "./installed.mjs";
import { createProject } from "./project.mjs";
import { run } from "./run.mjs";
import { CONVERSATION } from "./service.mjs";

/**
 * @typedef {import("./bundle.mjs").Bundle} Bundle
 * @typedef {import("./bundle.mjs").Platform} Platform
 * @typedef {import("./check.mjs").Check} Check
 * @typedef {import("./check.mjs").Place} Place
 */

/** @type {readonly Platform[]} */
const PLATFORMS = ["browser", "workerd", "node"];

/** The files that are needed for counting tokens and for nothing else. */
const TABLES = "./chunks/*_base.js";

/** What a program that does not use it is not to carry. */
const PARTS = {
  tables: /langchain-azure-openai\/dist\/tables\/|_base\.js$/,
  identity: /node_modules\/@azure\//,
  emulator: /langchain-azure-openai\/dist\/emulator/,
  client: /node_modules\/openai\//,
  model: /langchain-azure-openai\/dist\/index/,
  langchain: /node_modules\/@langchain\//,
};

/**
 * The files of a part that are in some files of a bundle.
 *
 * @param {Bundle} outputs
 * @param {readonly string[]} files
 * @param {readonly (keyof typeof PARTS)[]} parts
 */
function findParts(outputs, files, parts) {
  return files
    .flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
    .filter((input) => parts.some((part) => PARTS[part].test(input)));
}

/**
 * The modules that some files of a bundle expect to find where they run.
 *
 * @param {Bundle} outputs
 * @param {readonly string[]} files
 */
function findExternal(outputs, files) {
  return files.flatMap((file) =>
    (outputs[file]?.imports ?? [])
      .filter(({ external, kind }) => external === true && kind !== "dynamic-import")
      .map(({ path }) => path),
  );
}

/** @param {Bundle} outputs */
function listScripts(outputs) {
  return Object.keys(outputs).filter((path) => path.endsWith(".js"));
}

/** @param {readonly string[]} found what should not be there */
function complain(found) {
  return [...new Set(found)].join("\n");
}

/**
 * @param {string} expected
 * @param {import("./run.mjs").Ended} ended
 */
function complainOf(expected, { code, stdout, stderr }) {
  return code === 0 ? compare(`${expected}\n`, stdout) : stderr;
}

/**
 * @param {Place} place
 * @returns {AsyncGenerator<Check>}
 */
async function* checkByKey(place) {
  const { directory } = place;
  for (const platform of PLATFORMS) {
    const outdir = `by-key/${platform}`;
    const outputs = await bundle(directory, "by-key.mjs", platform, { outdir, flags: ["--splitting"] });
    const initial = listInitial(outputs);
    yield {
      name: `A bundle for ${platform} that signs in by key starts without tables, sign-in, emulator and client`,
      complaint: complain(findParts(outputs, initial, ["tables", "identity", "emulator", "client"])),
    };
    yield {
      name: `A bundle for ${platform} that signs in by key carries neither sign-in nor emulator`,
      complaint: complain(findParts(outputs, listScripts(outputs), ["identity", "emulator"])),
    };
    yield {
      name: `A bundle for ${platform} that signs in by key needs nothing that is not there`,
      complaint: complain(
        findExternal(outputs, listScripts(outputs)).filter(
          (path) => platform === "browser" || !path.startsWith("node:"),
        ),
      ),
    };
  }
}

/**
 * Bundles of one file, which carry the tables unless told otherwise.
 *
 * @param {Place} place
 * @returns {AsyncGenerator<Check>}
 */
async function* checkSingleFiles(place) {
  const { directory } = place;
  const options = { cwd: directory, env: createEnvironment(place) };
  const flags = [`--external:${TABLES}`, "--out-extension:.js=.mjs"];
  for (const platform of PLATFORMS) {
    const outputs = await bundle(directory, "by-key.mjs", platform, { outdir: `single/${platform}`, flags });
    yield {
      name: `A bundle of one file for ${platform}, --external:${TABLES}, carries no tables`,
      complaint: complain(findParts(outputs, Object.keys(outputs), ["tables"])),
    };
  }
  const answers = await run(process.execPath, ["single/node/by-key.mjs"], options);
  yield { name: "That bundle answers", complaint: complainOf(CONVERSATION, answers) };

  await bundle(directory, "counting.mjs", "node", { outdir: "single/node", flags });
  const { stdout } = await run(process.execPath, ["single/node/counting.mjs"], options);
  const told = stdout.startsWith("ConfigurationError: Tokens cannot be counted");
  yield { name: "One that counts tokens says why it cannot", complaint: told ? "" : stdout };

  for (const flag of ["--splitting", "--keep-names"]) {
    const outdir = `counting${flag}`;
    await bundle(directory, "counting.mjs", "node", { outdir, flags: [flag, "--out-extension:.js=.mjs"] });
    const counted = await run(process.execPath, [`${outdir}/counting.mjs`], options);
    const kind = flag === "--splitting" ? "several files" : "one file";
    yield { name: `A bundle of ${kind} counts tokens`, complaint: complainOf("4", counted) };
  }
}

/**
 * @param {Place} place
 * @returns {AsyncGenerator<Check>}
 */
async function* checkByIdentity({ directory }) {
  const project = join(directory, "with-identity");
  mkdirSync(project);
  createProject(project, ["@azure/identity"]);
  for (const platform of PLATFORMS) {
    const outputs = await bundle(project, "by-identity.mjs", platform, {
      outdir: platform,
      flags: ["--splitting"],
    });
    const carried = findParts(outputs, listScripts(outputs), ["identity"]);
    yield {
      name: `A bundle for ${platform} that signs in by identity starts without tables, sign-in and emulator`,
      complaint:
        carried.length === 0
          ? "It carries no sign-in at all."
          : complain(findParts(outputs, listInitial(outputs), ["tables", "identity", "emulator"])),
    };
    const single = await bundle(project, "by-key.mjs", platform, {
      outdir: `single/${platform}`,
      flags: ["--external:@azure/identity"],
    });
    yield {
      name: `A bundle of one file for ${platform}, --external:@azure/identity, carries no sign-in that is installed`,
      complaint: complain(findParts(single, Object.keys(single), ["identity"])),
    };
  }
}

/**
 * @param {Place} place
 * @returns {AsyncGenerator<Check>}
 */
async function* checkEmulator({ directory }) {
  const outputs = await bundle(directory, "emulator.mjs", "node", {
    outdir: "emulator",
    flags: ["--splitting"],
  });
  yield {
    name: "A bundle of the emulator carries neither model, LangChain, client nor sign-in",
    complaint: complain(
      findParts(outputs, listScripts(outputs), ["model", "langchain", "client", "identity"]),
    ),
  };
  yield {
    name: "A bundle of the emulator starts without tables",
    complaint: complain(findParts(outputs, listInitial(outputs), ["tables"])),
  };
}

/**
 * Bundles programs with esbuild and looks at what went into them.
 *
 * @param {Place} place
 * @returns {AsyncGenerator<Check>}
 */
export async function* checkBundles(place) {
  if (esbuild === undefined) {
    yield { name: "Bundles", skipped: NOT_INSTALLED };
    return;
  }
  yield* checkByKey(place);
  yield* checkSingleFiles(place);
  yield* checkByIdentity(place);
  yield* checkEmulator(place);
}
