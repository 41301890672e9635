import commonjs from "@rollup/plugin-commonjs";
import { plugins } from "../../rollup.config.mjs";
import { instrument } from "./instrument.cjs";

/** Written before the command: at its end it says what of it was run. A process that is killed says nothing. */
const REPORT = `
import { writeFileSync } from "node:fs";
process.on("exit", () => {
  const path = new URL(\`parts/command-\${process.pid}-\${process.hrtime.bigint()}.json\`, import.meta.url);
  writeFileSync(path, JSON.stringify(globalThis.__coverage__));
});`;

/** @type {import("rollup").Plugin} */
const counting = {
  name: "counting",
  transform: (text, id) => (id.endsWith(".ts") ? { code: instrument(text, id), map: null } : null),
};

/** @type {import("rollup").RollupOptions} The command as it is published, but for the counting. */
export default {
  input: { cli: "src/cli/main.ts" },
  external: (id) => id.startsWith("node:") || id.startsWith("langchain-azure-openai"),
  plugins: [...plugins.filter(({ name }) => name !== "typescript"), counting, commonjs()],
  output: { dir: ".cache/coverage", format: "es", banner: ({ isEntry }) => (isEntry ? REPORT : "") },
};
