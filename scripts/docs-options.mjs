// Writes the README's options table from the one in `src/settings/table.ts`, between the two markers.
// With `--check` it writes nothing and fails when the README is behind.
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { rollup } from "rollup";
import { plugins } from "../rollup.config.mjs";

const README = new URL("../README.md", import.meta.url);
const START = "<!-- options:start -->";
const END = "<!-- options:end -->";

/** @typedef {import("../src/settings/table.js").OptionEntry & { name: string }} Option */

/** @returns {Promise<readonly Option[]>} */
async function readOptions() {
  const build = await rollup({ input: "src/settings/table.ts", plugins });
  const { output } = await build.generate({ format: "es" });
  const table = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
  return table.OPTIONS;
}

/**
 * A cell's text, with which a table's own bars are not confused.
 *
 * @param {string} text
 */
function cell(text) {
  return text.replaceAll("|", "\\|");
}

/** @param {readonly string[] | undefined} names */
function code(names) {
  return (names ?? []).map((name) => `\`${name}\``).join(", ");
}

/**
 * Variables, of which some come with a condition in words.
 *
 * @param {readonly string[] | undefined} names
 */
function variables(names) {
  return (names ?? []).map((name) => name.replaceAll(/[A-Z]+_[A-Z_]+(=\w+)?/g, "`$&`")).join(", ");
}

/** @param {Option} option */
function defaultOf(option) {
  if (option.defaultNote !== undefined) return option.defaultNote;
  return option.default === undefined ? "" : `\`${JSON.stringify(option.default)}\``;
}

/** @param {readonly Option[]} options */
function render(options) {
  const rows = options.map((option) =>
    [
      `\`${option.name}\`${option.call ? "\\*" : ""}`,
      option.description,
      code(option.aliases),
      variables(option.environment),
      defaultOf(option),
    ].map(cell),
  );
  return [["option", "meaning", "also accepted as", "environment", "default"], Array(5).fill("---"), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

const readme = readFileSync(README, "utf8");
const start = readme.indexOf(START);
const end = readme.indexOf(END);
if (start === -1 || end < start) throw new Error(`README.md lacks ${START} and ${END}.`);

const table = render(await readOptions());
const formatted = await format(table, { parser: "markdown", printWidth: 110 });
const written = `${readme.slice(0, start)}${START}\n\n${formatted}\n${readme.slice(end)}`;
if (written === readme) {
  console.log("The README's options table is up to date.");
} else if (process.argv.includes("--check")) {
  console.error("The README's options table is behind src/settings/table.ts. Run: npm run docs:options");
  process.exitCode = 1;
} else {
  writeFileSync(README, written);
  console.log("Wrote the README's options table.");
}
