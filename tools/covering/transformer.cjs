const ts = require("typescript");
const { instrument } = require("./instrument.cjs");

const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  esModuleInterop: true,
  allowJs: true,
};

/** What Jest runs the sources by. */
module.exports = {
  canInstrument: true,
  /**
   * @param {string} text
   * @param {string} path
   */
  process: (text, path) => ({
    code: ts.transpileModule(instrument(text, path), { fileName: `${path}.js`, compilerOptions }).outputText,
  }),
};
