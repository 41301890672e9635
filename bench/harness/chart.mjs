import { FETCH, LANGCHAIN_OPENAI, THIS_PACKAGE } from "../contenders.mjs";
import { show } from "./report.mjs";

const COLORS = new Map([
  [THIS_PACKAGE, "#0b6bcb"],
  [LANGCHAIN_OPENAI, "#8a93a0"],
  ["openai", "#a9b1bc"],
  ["@ai-sdk/azure", "#c3c9d1"],
  [FETCH, "#dde1e6"],
]);

const WIDTH = 860;
const MARGIN = 20;
const BARS_AT = 210;
const LONGEST = 460;
const BAR = 16;
const TITLE = 34;
const GAP = 14;

/** @param {string} text */
function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("`", "");
}

/**
 * One row as a group of bars on a scale of its own.
 *
 * @param {import("./report.mjs").Measured} measured
 * @param {number} top
 */
function drawGroup({ row, summaries }, top) {
  const shown = [...COLORS.keys()].flatMap((name) => {
    const summary = summaries.get(name);
    return summary === undefined ? [] : [{ name, value: summary.value }];
  });
  const most = Math.max(...shown.map(({ value }) => value));
  const bars = shown.map(({ name, value }, index) => {
    const y = top + TITLE + index * (BAR + 4);
    const length = Math.max(2, (value / most) * LONGEST).toFixed(1);
    const weight = name === THIS_PACKAGE ? ' font-weight="600"' : "";
    return `<text x="${BARS_AT - 10}" y="${y + 12}" text-anchor="end"${weight}>${escape(name)}</text>
<rect x="${BARS_AT}" y="${y}" width="${length}" height="${BAR}" rx="2" fill="${COLORS.get(name)}"/>
<text x="${(BARS_AT + Number(length) + 8).toFixed(1)}" y="${y + 12}"${weight}>${show(value)} ${row.unit}</text>`;
  });
  const svg = `<text x="${MARGIN}" y="${top + 22}" font-size="15" font-weight="600">${escape(row.title)}</text>\n${bars.join("\n")}`;
  return { svg, height: TITLE + shown.length * (BAR + 4) + GAP };
}

/**
 * The rows in which there is somebody to compare with, as a chart. Shorter is better.
 *
 * @param {readonly import("./report.mjs").Measured[]} measured
 */
export function drawChart(measured) {
  let top = 46;
  const groups = measured
    .filter(({ summaries }) => summaries.has(THIS_PACKAGE) && summaries.has(LANGCHAIN_OPENAI))
    .map((one) => {
      const { svg, height } = drawGroup(one, top);
      top += height;
      return svg;
    });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" font-family="system-ui, sans-serif" font-size="13" fill="#1f2328" role="img" aria-label="Benchmarks: shorter bars are better">
<rect width="${WIDTH}" height="${top}" fill="#ffffff"/>
<text x="${MARGIN}" y="30" fill="#59636e">Shorter is better. Each group has a scale of its own; medians, from bench/results.md.</text>
${groups.join("\n")}
</svg>
`;
}
