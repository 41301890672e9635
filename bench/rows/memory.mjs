import { connect, LANGCHAIN_OPENAI, THIS_PACKAGE } from "../contenders.mjs";
import { tellRequests, makePrompts } from "../harness/batches.mjs";
import { measureMemory } from "../harness/memory.mjs";

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "100,000 prompts in one `.batch()`, resident",
  unit: "MB",
  contenders: [LANGCHAIN_OPENAI, THIS_PACKAGE],
  baseline: LANGCHAIN_OPENAI,
  goal: "≤ 300 MB",
  reaches: ({ range }) => range[1] <= 300,
  rounds: 2,
  quickRounds: 1,
  fresh: true,

  async prepare({ contender, endpoint }) {
    const client = await connect(contender, endpoint);
    return () => measureMemory(() => client.batch(makePrompts(100_000)));
  },
  complete: tellRequests,
};
