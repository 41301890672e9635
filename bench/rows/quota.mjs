import { ALL, DEPLOYMENT, FETCH, THIS_PACKAGE } from "../contenders.mjs";
import { tellRequests, timeBatch } from "../harness/batches.mjs";

const PROMPTS = 300;
const REQUESTS_PER_MINUTE = 1200;

const ONE = THIS_PACKAGE;
const TWENTY = `${THIS_PACKAGE}, 20 prompts a request`;
const LEARNT = `${THIS_PACKAGE}, one a request, not told of the quota`;

/** @type {Record<string, object>} */
const options = {
  [ONE]: { batchSize: 1, requestsPerMinute: REQUESTS_PER_MINUTE },
  [TWENTY]: { requestsPerMinute: REQUESTS_PER_MINUTE },
  [LEARNT]: { batchSize: 1 },
};

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "300 prompts at 1,200 requests a minute, one a request",
  unit: "s",
  contenders: [...ALL.filter((name) => name !== FETCH && name !== THIS_PACKAGE), ...Object.keys(options)],
  baseline: "the quota alone",
  ideal: (PROMPTS / REQUESTS_PER_MINUTE) * 60,
  goal: "≤ 16.5 s, under 1 % refused; 20 a request: under 2 s",
  reaches: ({ value, samples }, all) =>
    value <= 16.5 &&
    samples.every(({ requests, refused }) => refused < requests / 100) &&
    (all.get(TWENTY)?.value ?? Infinity) < 2,
  rounds: 2,
  quickRounds: 1,
  fresh: true,
  service: { latencyMs: 100, requestsPerMinute: { [DEPLOYMENT]: REQUESTS_PER_MINUTE } },
  prepare: timeBatch(PROMPTS, (contender) => options[contender]),
  complete: tellRequests,
};
