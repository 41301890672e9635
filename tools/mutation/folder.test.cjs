const { readdirSync } = require("node:fs");
const { join, resolve } = require("node:path");

/** What is random, slow, or needs something beside Node has no part: a folder's own claims must notice. */
const LEFT_OUT = /\.property\.test\.ts$|contract\.test\.ts$|large\.test\.ts$/;

// All of a folder's tests in one file: loading the sources for each anew would take longer than the tests.
const folder = resolve(__dirname, "../../__tests__", process.env["MUTATED_FOLDER"] ?? "");
for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
  if (!file.endsWith(".test.ts") || LEFT_OUT.test(file)) continue;
  describe(file, () => {
    require(join(folder, file));
  });
}
