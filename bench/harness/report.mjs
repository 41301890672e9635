import { format } from "prettier";
import { ALL, THIS_PACKAGE } from "../contenders.mjs";
import { median } from "./statistics.mjs";

/**
 * @typedef {ReturnType<import("./machine.mjs").describeMachine>} Machine
 * @typedef {{ row: import("./row.mjs").Row, summaries: Map<string, import("./statistics.mjs").Summary> }} Measured
 */

/** @param {number} value */
export function show(value) {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(value >= 10 ? 3 : 2);
}

/** @param {readonly (readonly string[])[]} lines */
function table([head = [], ...lines]) {
  const rows = [head, head.map(() => "---"), ...lines];
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** @param {readonly Measured[]} measured */
function ratios(measured) {
  return table([
    ["what", "against", ...ALL, "goal", "reached"],
    ...measured.map(({ row, summaries }) => {
      const cells = ALL.map((name) => {
        const summary = summaries.get(name);
        if (summary === undefined) return "";
        const failed = median(summary.samples.map((sample) => sample.failed ?? 0));
        const unanswered = failed > 0 ? `, ${failed} unanswered` : "";
        return `${summary.ratio.toFixed(2)} (${show(summary.value)} ${row.unit}${unanswered})`;
      });
      const ours = summaries.get(THIS_PACKAGE);
      const reached = ours !== undefined && row.reaches(ours, summaries) ? "yes" : "no";
      return [row.title, row.baseline, ...cells, row.goal, reached];
    }),
  ]);
}

/** @param {Measured} measured */
function details({ row, summaries }) {
  const lines = [...summaries].map(([name, { value, range, ratio, ratioRange, samples, note = "" }]) => [
    name,
    `${show(value)} ${row.unit}`,
    `${show(range[0])} to ${show(range[1])}`,
    ratio.toFixed(2),
    `${ratioRange[0].toFixed(2)} to ${ratioRange[1].toFixed(2)}`,
    String(samples.length),
    note,
  ]);
  const head = ["", "median", "from, to", `against ${row.baseline}`, "from, to", "samples", ""];
  return `### ${row.title}\n\n${table([head, ...lines])}`;
}

/**
 * @param {Machine} machine
 * @param {readonly Measured[]} measured
 */
export function toMarkdown({ date, machine, load, versions }, measured) {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return format(
    `# Benchmarks

Written by \`npm run bench\`. Less is better. A ratio is the median of the ratios within a round, in which everyone took a turn against the same kind of service: a small loopback server in a process of its own, one for each. Times depend on the machine; ratios do so less.

- ${date}, ${machine}; load ${load}
- ${packages.join(", ")}

${ratios(measured)}

## Each row, with its spread

${measured.map(details).join("\n\n")}
`,
    { parser: "markdown" },
  );
}

/**
 * @param {Machine} machine
 * @param {readonly Measured[]} measured
 */
export function toRecord(machine, measured) {
  const rows = measured.map(({ row, summaries }) => {
    const { title, unit, baseline, ideal, goal } = row;
    return { title, unit, baseline, ideal, goal, contenders: Object.fromEntries(summaries) };
  });
  return format(JSON.stringify({ ...machine, rows }), { parser: "json", printWidth: 110 });
}
