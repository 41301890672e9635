import { cpuMs } from "../harness/cpu.mjs";
import { ALL, connect, FETCH } from "../contenders.mjs";

const CALLS = 300;

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "CPU for one `invoke`",
  unit: "µs",
  contenders: ALL,
  baseline: FETCH,
  goal: "≤ 1.0",
  reaches: ({ ratio }) => ratio <= 1,
  rounds: 15,
  quickRounds: 5,

  async prepare({ contender, endpoint }) {
    const client = await connect(contender, endpoint);
    return async () => {
      const ms = await cpuMs(async () => {
        for (let call = 0; call < CALLS; call++) await client.invoke("Tell me a joke");
      });
      return { value: (1000 * ms) / CALLS };
    };
  },
};
