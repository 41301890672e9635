import { cpuMs } from "../harness/cpu.mjs";
import { ALL, connect, FETCH } from "../contenders.mjs";

const CALLS = 15;
const CHUNKS = 512;

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: `CPU for a stream of ${CHUNKS} chunks`,
  unit: "ms",
  contenders: ALL,
  baseline: FETCH,
  goal: "≤ 1.7",
  reaches: ({ ratio }) => ratio <= 1.7,
  rounds: 15,
  quickRounds: 5,
  warmUps: 10,
  service: { chunks: CHUNKS },

  async prepare({ contender, endpoint }) {
    const client = await connect(contender, endpoint);
    return async () => {
      let words = 0;
      const ms = await cpuMs(async () => {
        for (let call = 0; call < CALLS; call++) {
          for await (const text of await client.stream("Tell me a joke")) if (text !== "") words++;
        }
      });
      if (words !== CALLS * CHUNKS) throw new Error(`${words} chunks came.`);
      return { value: ms / CALLS };
    };
  },
};
