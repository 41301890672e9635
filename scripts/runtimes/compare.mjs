/**
 * Says what is different from what is expected; empty where nothing is.
 *
 * @param {string} expected
 * @param {string} shown
 */
export function compare(expected, shown) {
  if (shown === expected) return "";
  const [lines, printed] = [expected.split("\n"), shown.split("\n")];
  const at = lines.findIndex((line, index) => line !== printed[index]);
  const start = at === -1 ? lines.length : at;
  return [
    `@@ line ${start + 1}`,
    ...lines.slice(start).map((line) => `- ${line}`),
    ...printed.slice(start).map((line) => `+ ${line}`),
  ].join("\n");
}
