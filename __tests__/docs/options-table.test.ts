import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "./blocks.js";

test("the README's options table is the one that `npm run docs:options` writes", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/docs-options.mjs", "--check"], {
    cwd: ROOT,
  });
  expect(stdout).toContain("up to date");
});
