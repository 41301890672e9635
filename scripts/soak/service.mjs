// The service of the soak, in a process of its own: an emulator on which everything goes wrong now and then.

import { startEmulator } from "langchain-azure-openai/emulator";
import { answerTo } from "./answers.mjs";
import { DEPLOYMENTS } from "./deployments.mjs";

/** @typedef {import("langchain-azure-openai/emulator").Fault} Fault */

/**
 * What goes wrong, and how likely.
 *
 * @type {readonly (Fault & { readonly probability: number })[]}
 */
const FAULTS = [
  { status: 429, retryAfterMs: 20, probability: 0.02 },
  // These make the whole deployment wait a second and more.
  { status: 429, retryAfter: 1, probability: 0.0005 },
  { status: 429, retryAfterInText: 1, probability: 0.0005 },
  { status: 429, probability: 0.0005 },
  { status: 500, probability: 0.01 },
  { status: 503, probability: 0.01 },
  { status: 408, probability: 0.003 },
  { status: 401, probability: 0.001 },
  { status: 400, probability: 0.001 },
  { kind: "reset", probability: 0.005 },
  { kind: "reset-after-headers", probability: 0.005 },
  { kind: "half-header", probability: 0.003 },
  { kind: "stall", probability: 0.001 },
  { kind: "stall-stream", probability: 0.001 },
  { kind: "slow-first-token", delayMs: 100, probability: 0.01 },
  { kind: "cut-stream", probability: 0.01 },
  { kind: "cut-stream", afterChunks: 0, probability: 0.005 },
  { kind: "malformed-sse", probability: 0.005 },
  { kind: "error-frame", probability: 0.005 },
  { kind: "error-frame", afterChunks: 0, probability: 0.005 },
  { kind: "no-done", probability: 0.003 },
  { kind: "malformed-json", probability: 0.005 },
  { kind: "bad-choices", how: "missing", probability: 0.003 },
  { kind: "bad-choices", how: "doubled", probability: 0.003 },
  { kind: "bad-choices", how: "out-of-order", probability: 0.01 },
  { kind: "bad-choices", how: "out-of-range", probability: 0.003 },
  { kind: "html", probability: 0.003 },
  { kind: "html", status: 200, probability: 0.002 },
  { kind: "redirect", location: "http://127.0.0.1:1/", probability: 0.001 },
  { kind: "no-content", probability: 0.002 },
  { kind: "no-usage", probability: 0.01 },
  { kind: "wrong-content-type", probability: 0.01 },
  { kind: "gzip", probability: 0.01 },
  { kind: "split-utf8", probability: 0.002 },
  { kind: "1xx", probability: 0.01 },
];

const latencyMs = { first: 10, perToken: 1 };

/** @param {string} model */
const serving = (model) => ({ model, latencyMs });

const azure = await startEmulator({
  deployments: {
    ...Object.fromEntries(DEPLOYMENTS.completions.map((name) => [name, serving("gpt-35-turbo-instruct")])),
    ...Object.fromEntries(DEPLOYMENTS.chat.map((name) => [name, serving("gpt-4o")])),
    ...Object.fromEntries(DEPLOYMENTS.responses.map((name) => [name, serving("gpt-4.1")])),
  },
  keepRequests: 1,
});
azure.respond(/./s, answerTo);
const faults = FAULTS.map((fault) => azure.fail(fault));

process.on("message", () => {
  process.send?.({
    connections: azure.connections.now,
    inFlight: azure.inFlight.now,
    requests: azure.inFlight.total,
    faults: faults.reduce((sum, { hits }) => sum + hits, 0),
  });
});
process.on("disconnect", () => process.exit());
process.send?.({ endpoint: azure.endpoint, apiKey: azure.apiKey });
