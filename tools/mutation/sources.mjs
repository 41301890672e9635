import { existsSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import typescript from "typescript";

const require = createRequire(resolve("jest.config.cjs"));

/** The options by which Jest's runs translate. */
const { options } = typescript.convertCompilerOptionsFromJson(
  require("./jest.config.cjs").transform["^.+\\.ts$"][1].tsconfig,
  process.cwd(),
);

/** Each file in JavaScript, translated once. @type {Map<string, string>} */
const translated = new Map();

Module._extensions[".ts"] = (module, file) => {
  let code = translated.get(file);
  if (code === undefined) {
    const source = readFileSync(file, "utf8");
    code = typescript.transpileModule(source, { compilerOptions: options, fileName: file }).outputText;
    translated.set(file, code);
  }
  module._compile(code, file);
};

// Local imports name the emitted file.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  if (/^\.{1,2}\//.test(request) && parent?.filename?.endsWith(".ts")) {
    const source = resolve(dirname(parent.filename), request.replace(/(\.js)?$/, ".ts"));
    if (existsSync(source)) return source;
  }
  return resolveFilename.call(this, request, parent, ...rest);
};

/**
 * Loads a file in TypeScript, and what it imports.
 *
 * @param {string} file
 */
export function requireSource(file) {
  return createRequire(resolve("jest.config.cjs"))(file);
}

/**
 * Makes the next `requireSource` load claims anew, and the sources as well where it has to.
 *
 * @param {boolean} all
 */
export function forgetSources(all) {
  const claims = resolve("__tests__");
  for (const file of Object.keys(Module._cache)) {
    if (file.endsWith(".ts") && (all || file.startsWith(claims))) Reflect.deleteProperty(Module._cache, file);
  }
}
