import { cpuMs } from "../harness/cpu.mjs";
import { ALL, connect, FETCH } from "../contenders.mjs";

const CALLS = 300;

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "CPU for one `invoke`, once warm",
  unit: "µs",
  contenders: ALL,
  baseline: FETCH,
  goal: "≤ 1.0",
  reaches: ({ ratio }) => ratio <= 1,
  rounds: 15,
  quickRounds: 5,
  // V8 goes on compiling for thousands of calls, for longer the more code there is; what the first cost is noted.
  warmUps: 25,

  async prepare({ contender, endpoint }) {
    const client = await connect(contender, endpoint);
    /** @type {number | undefined} */
    let first;
    return async () => {
      const ms = await cpuMs(async () => {
        for (let call = 0; call < CALLS; call++) await client.invoke("Tell me a joke");
      });
      const value = (1000 * ms) / CALLS;
      first ??= value;
      return { value, note: `${Math.round(first).toLocaleString("en")} µs in the first ${CALLS} calls` };
    };
  },
};
