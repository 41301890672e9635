import { ALL, FETCH } from "../contenders.mjs";
import { tellRequests, timeBatch } from "../harness/batches.mjs";

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "1,000 prompts in `.batch()`, answers take 100 ms",
  unit: "s",
  contenders: ALL,
  baseline: FETCH,
  goal: "≤ 0.3 s, 50 requests",
  reaches: ({ value, samples }) => value <= 0.3 && samples.every(({ requests }) => requests === 50),
  rounds: 5,
  quickRounds: 3,
  warmUps: 5,
  service: { latencyMs: 100 },
  prepare: timeBatch(1000),
  complete: tellRequests,
};
