// Calls the built package for a long time, with everything going wrong now and then, and looks whether anything grows.
//
//   npm run soak                     15 minutes
//   npm run soak -- --minutes 2
//
// 200 calls at a time of all kinds, from a process of its own to an emulator in another; loopback only. Ends with 1
// when memory, sockets, timers or listeners are not flat, or when something happened that must not: a wrong answer, a
// prompt answered twice, an error that is not one of the package's, a warning, an unhandled rejection.

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareQuarters, compareRests, format } from "./soak/verdict.mjs";

/**
 * @typedef {import("./soak/tally.mjs").Tally} Tally
 * @typedef {import("./soak/verdict.mjs").Sample} Sample
 * @typedef {{ connections: number, inFlight: number, requests: number, faults: number }} ServiceReport
 * @typedef {{ kind: "sample" | "rest", sample: import("./soak/verdict.mjs").ClientSample, tally: Tally, openRuns: number }} ClientReport
 */

/** Room for the calls that are under way, twice. */
const GRACE_MS = 240_000;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "15" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error("`--minutes` takes a number above 0.");

/**
 * Starts a process of the soak with nothing set for the package or LangChain.
 *
 * @param {string} file
 * @param {readonly string[]} args
 */
function start(file, args = []) {
  const ambient = Object.entries(process.env).filter(
    ([name]) => !/^(AZURE|OPENAI|LANGCHAIN|LANGSMITH)_|_proxy$/i.test(name),
  );
  return fork(join(import.meta.dirname, "soak", file), args, {
    execArgv: ["--expose-gc"],
    env: { ...Object.fromEntries(ambient), LANGCHAIN_CALLBACKS_BACKGROUND: "false" },
  });
}

/** @param {Record<string, number>} errors */
function countAll(errors) {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

const service = start("service.mjs");
const [address] = await once(service, "message");
const client = start("load.mjs", [JSON.stringify({ minutes, service: address })]);
const guard = setTimeout(() => client.kill("SIGKILL"), minutes * 60_000 + GRACE_MS);

/** @returns {Promise<ServiceReport>} */
async function askService() {
  service.send("report");
  const [report] = await once(service, "message");
  return report;
}

/** @type {Sample[]} */
const samples = [];
/** At rest: after a quarter of the time, and after the last call. @type {Sample[]} */
const rests = [];
/** @type {(ClientReport & { service: ServiceReport }) | undefined} */
let last;
let printed = 0;
const startedAt = performance.now();

client.on("message", async (/** @type {ClientReport} */ report) => {
  // Asked one after the other: samples are seconds apart.
  const told = await askService();
  const sample = { ...report.sample, serverSockets: told.connections };
  last = { ...report, service: told };
  (report.kind === "rest" ? rests : samples).push(sample);
  if (rests.length === 2) service.disconnect();
  const minute = Math.floor((performance.now() - startedAt) / 60_000);
  if (minute === printed) return;
  printed = minute;
  const { tally } = report;
  console.log(
    [
      `minute ${minute}: ${tally.calls} calls, ${tally.answers} answers, ${countAll(tally.errors)} errors`,
      `heap ${format(sample.heap, "MB")}, resident ${format(sample.rss, "MB")}`,
      `${sample.sockets} sockets (server: ${told.connections})`,
      `${sample.timers} timers, ${sample.listeners} listeners, ${tally.wrong.length} wrong`,
    ].join("; "),
  );
});

client.once("exit", () => {
  // It ends by itself once the last report is in; a client that broke leaves none.
  setTimeout(() => service.connected && service.disconnect(), 5000).unref();
});
const [[code]] = await Promise.all([once(client, "exit"), once(service, "exit")]);
clearTimeout(guard);

const [early, late] = rests;
if (last === undefined || early === undefined || late === undefined) {
  console.log(`The client ended early, with ${String(code)}.`);
  process.exit(1);
}

/**
 * @param {string} before what the first column is
 * @param {string} after
 * @param {readonly import("./soak/verdict.mjs").Comparison[]} rows
 */
function printComparison(before, after, rows) {
  console.table(
    Object.fromEntries(
      rows.map((row) => [
        row.figure.title,
        {
          [before]: format(row.before, row.figure.unit),
          [after]: format(row.after, row.figure.unit),
          "at most": format(Math.round(row.limit), row.figure.unit),
          flat: row.flat,
        },
      ]),
    ),
  );
}

const underLoad = compareQuarters(samples);
const atRest = compareRests(early, late);
console.log("Under load, medians:");
printComparison("second quarter", "last quarter", underLoad);
console.log("At rest, with no call under way:");
printComparison("after a quarter", "after the last call", atRest);

const { tally, openRuns, service: told } = last;
console.table({
  calls: tally.calls,
  "left on purpose": tally.left,
  "right answers": tally.answers,
  requests: told.requests,
  "faults on the way": told.faults,
  ...tally.errors,
  "things that must not be": tally.wrong.length,
});
for (const what of tally.wrong.filter((sentence) => sentence !== "")) console.log(`- ${what}`);

/** What the calls left behind though all were over. */
const leftovers = [
  openRuns > 0 ? `${openRuns} runs without an end` : "",
  told.inFlight > 0 ? `${told.inFlight} requests` : "",
].filter((words) => words !== "");
if (leftovers.length > 0) console.log(`Left behind after the last call: ${leftovers.join(", ")}.`);

const good =
  [...underLoad, ...atRest].every(({ flat }) => flat) && tally.wrong.length === 0 && leftovers.length === 0;
console.log(good ? `Flat over ${minutes} minutes.` : "Not flat, or not right: see above.");
process.exitCode = good ? 0 : 1;
