// Writes `docs/faults.md` from what the tests of `__tests__/faults/` see, which it runs.
// With `--check FILE` it takes what they saw from a file, writes nothing, and fails when the page says something else.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";

const PAGE = new URL("../docs/faults.md", import.meta.url);
const OBSERVED = new URL("../.cache/faults.json", import.meta.url);
const WAYS = ["invoke", "stream", "batch"];
const OPERATIONS = ["completions", "chat", "responses"];

/** @typedef {{ once?: string, lasts?: string }} Words */
/** @typedef {Record<string, Record<string, Words>>} Ways */
/** @typedef {{ name: string, ways?: Ways }} Row */
/** @typedef {{ title: string, rows: Row[] }} Section */

const ALONE = ", for that prompt alone";

const INTRODUCTION = `# What happens when something goes wrong

Services fail, gateways change answers, networks break. This page says what a call comes to then: the right answer, or an error whose class and \`code\` you can rely on. [Errors](errors.md) says what to do about each.

The tables are not written by hand. A test plays each fault to each operation (completions, chat, responses) by \`invoke\`, \`stream\` and \`batch\`, with a server of its own on this machine that sends exactly those bytes, and this page is what it saw; a change that makes the page untrue fails the test. It is not a measurement of Azure. Requests travel by Node's own HTTP client, as they do on Node unless \`fetch\` or \`fetchOptions\` is given or the environment names a proxy; the last two tables are about those.

How to read it:

- **Retries** are those that \`maxRetries\` allows; "answered after a retry" is what happens when the fault does not come again, and what follows "if it lasts" when it does. A wait that the service asks for is kept to.
- **\`stream\`**: nothing is asked again once text was given out, so that no text comes twice. An \`InterruptedStreamError\` then holds the text so far in \`partialText\`; a \`TimeoutError\` does not, and the text is what you were given before it.
- **\`batch\`**: "as \`invoke\`" is about the prompts of the request that the fault hits; all others are answered, and each in its place. On chat and responses each prompt has a request of its own; on completions several prompts may share one.
- Where the operations differ, the cell says so.

What holds for every cell, and is tested in each: no prompt is answered or reported twice, no answer is cut short without an error, no credential goes to another host, no message shows a secret, each message names a way out, each call ends (within the 30 seconds that a test may take), and when it has ended no request is still under way, no timer runs and nothing listens to a signal. Connections that wait for the next request are kept. By \`fetch\`, of the signals only the caller's is looked at for listeners: \`fetch\` leaves some at those that it is given.
`;

/**
 * What came of it, in one sentence.
 *
 * @param {Words} words
 */
function toSentence({ once, lasts }) {
  if (once === undefined || lasts === undefined) return once ?? lasts ?? "";
  return `${once}; if it lasts, ${lasts.replace(" after retries", "")}`;
}

/**
 * One cell: what all operations agree on, or what each came to.
 *
 * @param {Record<string, Words> | undefined} byOperation
 */
function toCell(byOperation) {
  if (byOperation === undefined) return "–";
  const sentences = OPERATIONS.flatMap((operation) => {
    const words = byOperation[operation];
    return words === undefined ? [] : [{ operation, sentence: toSentence(words) }];
  });
  const different = [...new Set(sentences.map(({ sentence }) => sentence))];
  // Where each prompt has a request of its own, the prompt alone is the request.
  const [longest = ""] = different.toSorted((one, other) => other.length - one.length);
  if (different.every((sentence) => sentence === longest || `${sentence}${ALONE}` === longest))
    return longest;
  return different
    .map((sentence) => {
      const who = sentences.filter((one) => one.sentence === sentence).map(({ operation }) => operation);
      return `${who.join(", ")}: ${sentence}`;
    })
    .join("<br>");
}

/** @param {Ways} ways */
function toCells(ways) {
  const [invoke = "", stream = "", batch = ""] = WAYS.map((way) => toCell(ways[way]));
  const same = batch.startsWith(invoke) && invoke !== "–" && invoke !== "answered";
  return [invoke, stream, same ? `as \`invoke\`${batch.slice(invoke.length)}` : batch];
}

/**
 * One line of a table. What could not be seen here (on a Node without it) stays as it was.
 *
 * @param {Row} row
 * @param {string} page
 */
function toLine({ name, ways }, page) {
  if (ways === undefined) {
    const before = page.split("\n").find((line) => {
      const first = line.slice(2).split(" | ")[0]?.trimEnd();
      return first === name || first?.startsWith(`${name} (`);
    });
    if (before === undefined) throw new Error(`Not seen, and not on the page: ${name}`);
    return before;
  }
  const known = OPERATIONS.filter((operation) => WAYS.some((way) => ways[way]?.[operation] !== undefined));
  const where = known.length < OPERATIONS.length ? ` (${known.join(", ")})` : "";
  return `| ${[`${name}${where}`, ...toCells(ways)].join(" | ")} |`;
}

/**
 * @param {readonly Section[]} sections
 * @param {string} page
 */
async function render(sections, page) {
  const tables = sections.map(
    ({ title, rows }) =>
      `## ${title}\n\n| what happens | \`invoke\` | \`stream\` | \`batch\` |\n| --- | --- | --- | --- |\n${rows
        .map((row) => toLine(row, page))
        .join("\n")}\n`,
  );
  return format([INTRODUCTION, ...tables].join("\n"), { parser: "markdown", printWidth: 110 });
}

/** The page as it is; nothing where there is none yet. */
function readPage() {
  try {
    return readFileSync(PAGE, "utf8");
  } catch {
    return "";
  }
}

const [mode, file] = process.argv.slice(2);
const page = readPage();
if (mode === "--check" && file !== undefined) {
  const seen = await render(JSON.parse(readFileSync(file, "utf8")), page);
  if (seen === page) {
    console.log("docs/faults.md says what was seen.");
  } else {
    const lines = new Set(page.split("\n"));
    const others = seen.split("\n").filter((line) => !lines.has(line));
    console.error(
      `docs/faults.md does not say what was seen. Run: npm run docs:faults, and look at what changed.\n${others.join("\n")}`,
    );
    process.exitCode = 1;
  }
} else {
  mkdirSync(new URL(".", OBSERVED), { recursive: true });
  execFileSync(process.execPath, ["node_modules/jest/bin/jest.js", "--runInBand", "__tests__/faults"], {
    cwd: new URL("..", import.meta.url),
    env: { ...process.env, FAULTS_OBSERVED: OBSERVED.pathname },
    stdio: "inherit",
  });
  writeFileSync(PAGE, await render(JSON.parse(readFileSync(OBSERVED, "utf8")), page));
  console.log("Wrote docs/faults.md.");
}
