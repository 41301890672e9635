// One call of each kind that the soak makes. Each resolves once the call is over, whatever came of it.

import { expectedAnswer, STOP } from "./answers.mjs";
import { countError, noteWrong } from "./tally.mjs";

/**
 * @typedef {import("langchain-azure-openai").AzureOpenAI} Model
 * @typedef {import("./tally.mjs").Tally} Tally
 * @typedef {object} Call
 * @property {Model} model
 * @property {Tally} tally
 * @property {string} prompt that nobody else asks
 * @property {boolean} stopped whether the call has a stop sequence
 * @property {{ signal?: AbortSignal, stop?: string[], callbacks: import("@langchain/core/callbacks/base").CallbackHandlerMethods[] }} options
 */

/** How many prompts a batch has. */
const BATCH = 8;

/**
 * @param {Call} call
 * @param {string} prompt
 * @param {unknown} text
 */
function check({ tally, stopped }, prompt, text) {
  if (text === expectedAnswer(prompt, stopped)) tally.answers++;
  else noteWrong(tally, `${JSON.stringify(prompt)} was answered ${JSON.stringify(text)}.`);
}

/** @param {Call} call */
async function invoke(call) {
  const { model, tally, prompt, options } = call;
  try {
    check(call, prompt, await model.invoke(prompt, options));
  } catch (error) {
    countError(tally, error, options.signal);
  }
}

/** @param {Call} call */
async function readStream(call) {
  const { model, tally, prompt, options, stopped } = call;
  let text = "";
  try {
    for await (const piece of await model.stream(prompt, options)) text += piece;
    check(call, prompt, text);
  } catch (error) {
    if (!expectedAnswer(prompt, stopped).startsWith(text)) {
      noteWrong(tally, `${JSON.stringify(prompt)} began with ${JSON.stringify(text)} before it failed.`);
    }
    countError(tally, error, options.signal);
  }
}

/** @param {Call} call */
async function leaveStream({ model, tally, prompt, options, stopped }) {
  let text = "";
  let pieces = 0;
  // A run that is left has no end to be told of.
  const quiet = { ...options, callbacks: [] };
  try {
    for await (const piece of await model.stream(prompt, quiet)) {
      text += piece;
      if (++pieces === 4) break;
    }
    tally.left++;
  } catch (error) {
    countError(tally, error, options.signal);
  }
  if (!expectedAnswer(prompt, stopped).startsWith(text)) {
    noteWrong(tally, `${JSON.stringify(prompt)} began with ${JSON.stringify(text)} before it was left.`);
  }
}

/** @param {Call} call */
async function batch(call) {
  const { model, tally, prompt, options } = call;
  const prompts = Array.from({ length: BATCH }, (_, at) => `${prompt}/${at}`);
  try {
    const answers = await model.batch(prompts, options, { returnExceptions: true });
    if (answers.length !== BATCH) noteWrong(tally, `${BATCH} prompts were given ${answers.length} answers.`);
    for (const [at, each] of prompts.entries()) {
      const answer = answers[at];
      if (answer instanceof Error) countError(tally, answer, options.signal);
      else check(call, each, answer);
    }
  } catch (error) {
    countError(tally, error, options.signal);
  }
}

/**
 * A call that is aborted at some moment: before it is sent, on the way, or when it is over already.
 *
 * @param {(call: Call) => Promise<void>} kind
 * @returns {(call: Call) => Promise<void>}
 */
function aborted(kind) {
  return async (call) => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), Math.random() * 60);
    await kind({ ...call, options: { ...call.options, signal: controller.signal } });
    clearTimeout(timer);
  };
}

/** Each kind with how often it is made, of a hundred. @type {readonly [number, (call: Call) => Promise<void>][]} */
const KINDS = [
  [35, invoke],
  [25, readStream],
  [12, leaveStream],
  [13, batch],
  [5, aborted(invoke)],
  [5, aborted(readStream)],
  [5, aborted(batch)],
];

/**
 * Makes one call of some kind.
 *
 * @param {Omit<Call, "stopped" | "options">} what
 * @param {{ signal: AbortSignal, callbacks: Call["options"]["callbacks"] }} shared a signal that is never aborted, and who listens
 */
export async function makeCall(what, { signal, callbacks }) {
  let left = Math.random() * KINDS.reduce((sum, [weight]) => sum + weight, 0);
  const [, kind] = KINDS.find(([weight]) => (left -= weight) < 0) ?? [0, invoke];
  const stopped = Math.random() < 0.5;
  what.tally.calls++;
  await kind({
    ...what,
    stopped,
    options: { callbacks, ...(stopped && { stop: [STOP] }), ...(Math.random() < 0.5 && { signal }) },
  });
}
