const { appendFileSync } = require("node:fs");

/** Ends a test run with one line that any reader of a log can find: `N passed, N failed`. */
module.exports = class ClosingLine {
  /**
   * @param {unknown} _contexts
   * @param {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number }} results
   */
  onRunComplete(_contexts, results) {
    // A file that does not even load holds no test, but is a failure all the same.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const line = `${results.numPassedTests} passed, ${failed} failed\n`;
    // Jest's own summary comes after the reporters.
    process.once("exit", () => process.stdout.write(line));
    // `.ci/run` adds up several runs.
    if (process.env["TEST_RESULTS"] !== undefined) appendFileSync(process.env["TEST_RESULTS"], line);
  }
};
