// Measures this package against its peers, on this machine: npm run bench [-- --quick] [-- --only import,memory]
// A whole run writes results.md, results.json and chart.svg; a short one, or one of some rows, only prints.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { drawChart } from "./harness/chart.mjs";
import { describeMachine } from "./harness/machine.mjs";
import { measure } from "./harness/measure.mjs";
import { toMarkdown, toRecord } from "./harness/report.mjs";

const ROWS = [
  "import",
  "first-answer",
  "invoke-cpu",
  "stream-cpu",
  "first-token",
  "batch",
  "quota",
  "deployments",
  "deployments-grouped",
  "memory",
  "memory-chain",
];

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" } },
});
const names = values.only?.split(",") ?? ROWS;

const machine = describeMachine();
const measured = [];
for (const name of names) {
  const { row } = await import(`./rows/${name}.mjs`);
  console.error(`${row.title} …`);
  const summaries = await measure(name, row, values.quick);
  for (const [contender, { value, ratio }] of summaries) {
    console.error(
      `  ${contender}: ${value.toPrecision(3)} ${row.unit}, ${ratio.toFixed(2)} of ${row.baseline}`,
    );
  }
  measured.push({ row, summaries });
}

const markdown = await toMarkdown(machine, measured);
console.log(`\n${markdown}`);

if (!values.quick && values.only === undefined) {
  /** @type {Record<string, string>} */
  const files = {
    "results.md": markdown,
    "results.json": await toRecord(machine, measured),
    "chart.svg": drawChart(measured),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, import.meta.url), text);
}
