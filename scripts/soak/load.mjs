// The client of the soak, in a process of its own: many calls at a time until it is told to stop, and samples of
// what they leave behind.

import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCall } from "./calls.mjs";
import { createModel, listModels } from "./models.mjs";
import { watchRuns } from "./runs.mjs";
import { createTally, noteWrong } from "./tally.mjs";

/**
 * What the client holds on to at one moment.
 *
 * @typedef {object} Sample
 * @property {number} heap bytes in use after a garbage collection
 * @property {number} rss bytes of the process
 * @property {number} sockets open connections
 * @property {number} timers waiting timers
 * @property {number} listeners on a signal that lives as long as the process
 */

/** How many calls there are at a time. */
const CALLS = 200;
const SAMPLE_MS = 5000;
/** One in so many calls is made by a new instance, and one in so many replaces a long-lived one. */
const NEW_INSTANCE = 0.05;
const REPLACE_INSTANCE = 0.001;
/** Longer than any time limit of a call. */
const DRAIN_MS = 90_000;
/** Answers that nobody reads are read to their end, or closed a second later. */
const SETTLE_MS = 2000;

/** @type {{ minutes: number, service: import("./models.mjs").Service }} */
const { minutes, service } = JSON.parse(process.argv[2] ?? "{}");
const tally = createTally();
const runs = watchRuns(tally);
const forever = new AbortController().signal;
const inputs = listModels(service);
const models = inputs.map(createModel);
let calling = true;
let made = 0;

process.on("warning", ({ name, message }) => noteWrong(tally, `A warning: ${name}: ${message}`));
process.on("unhandledRejection", (reason) => {
  noteWrong(tally, `An unhandled rejection: ${reason instanceof Error ? reason.stack : String(reason)}`);
});

/** A model to call: a long-lived one mostly. */
function pickModel() {
  const at = Math.floor(Math.random() * inputs.length);
  const input = inputs[at] ?? {};
  if (Math.random() < REPLACE_INSTANCE) models[at] = createModel(input);
  return Math.random() < NEW_INSTANCE ? createModel(input) : (models[at] ?? createModel(input));
}

async function callOnAndOn() {
  while (calling) {
    const prompt = `Question ${made++}`;
    await makeCall({ model: pickModel(), tally, prompt }, { signal: forever, callbacks: [runs.handler] });
  }
}

/** @returns {Sample} */
function takeSample() {
  globalThis.gc?.();
  const resources = process.getActiveResourcesInfo();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    heap: heapUsed,
    rss,
    sockets: resources.filter((name) => name === "TCPSocketWrap").length,
    timers: resources.filter((name) => name === "Timeout").length,
    listeners: getEventListeners(forever, "abort").length,
  };
}

/** @param {string} kind */
function report(kind) {
  process.send?.({ kind, sample: takeSample(), tally, openRuns: runs.open });
}

/**
 * Makes calls for some time, waits until all are over and tells what they have left behind.
 *
 * @param {number} ms
 */
async function callFor(ms) {
  calling = true;
  const sampling = setInterval(() => report("sample"), SAMPLE_MS);
  const callers = Promise.all(Array.from({ length: CALLS }, callOnAndOn)).then(() => true);
  await sleep(ms);
  calling = false;
  clearInterval(sampling);
  const ended = await Promise.race([callers, sleep(DRAIN_MS, false, { ref: false })]);
  if (!ended) noteWrong(tally, `Some calls had not ended after ${DRAIN_MS / 1000} s.`);
  await sleep(SETTLE_MS);
  report("rest");
}

process.on("disconnect", () => process.exit());

const total = minutes * 60_000;
await callFor(total / 4);
await callFor((3 * total) / 4);
process.disconnect?.();
