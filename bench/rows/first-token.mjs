import { ALL, connect, FETCH } from "../contenders.mjs";
import { median } from "../harness/statistics.mjs";

const CALLS = 5;

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "Time to first token",
  unit: "ms",
  contenders: ALL,
  baseline: FETCH,
  goal: "long before the last",
  reaches: ({ value }) => value < 20,
  rounds: 7,
  quickRounds: 5,
  service: { chunks: 32, chunkMs: 5 },

  async prepare({ contender, endpoint }) {
    const client = await connect(contender, endpoint);
    return async () => {
      const [firsts, lasts] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
      for (let call = 0; call < CALLS; call++) {
        const began = performance.now();
        let first;
        for await (const text of await client.stream("Tell me a joke")) {
          if (text !== "") first ??= performance.now() - began;
        }
        firsts.push(first ?? Infinity);
        lasts.push(performance.now() - began);
      }
      return { value: median(firsts), note: `the last after ${Math.round(median(lasts))} ms` };
    };
  },
};
