import { ALL, connect, LANGCHAIN_OPENAI } from "../contenders.mjs";

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "Process start to first answer",
  unit: "ms",
  contenders: ALL,
  baseline: LANGCHAIN_OPENAI,
  goal: "≤ 0.95",
  reaches: ({ ratio }) => ratio <= 0.95,
  rounds: 11,
  quickRounds: 7,
  fresh: true,

  async prepare({ contender, endpoint }) {
    return async () => {
      const client = await connect(contender, endpoint);
      await client.invoke("Tell me a joke");
      // Time counts from the start of the process.
      const value = performance.now();
      const { user, system } = process.cpuUsage();
      return { value, note: `${Math.round((user + system) / 1000)} ms of CPU` };
    };
  },
};
