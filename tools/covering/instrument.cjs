const { createInstrumenter } = require("istanbul-lib-instrument");
const ts = require("typescript");

/** What both ways of running the sources start from, or their counts could not be added up. */
const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  sourceMap: true,
};

/**
 * Makes a source an ECMAScript module that counts what of it is run, by the source's own lines.
 *
 * @param {string} text
 * @param {string} path
 */
exports.instrument = function instrument(text, path) {
  const { outputText, sourceMapText = "" } = ts.transpileModule(text, { fileName: path, compilerOptions });
  const map = { ...JSON.parse(sourceMapText), sources: [path] };
  return createInstrumenter({ esModules: true }).instrumentSync(outputText, path, map);
};
