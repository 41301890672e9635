import { connect, LANGCHAIN_OPENAI, THIS_PACKAGE } from "../contenders.mjs";
import { tellRequests, makePrompts } from "../harness/batches.mjs";
import { measureMemory } from "../harness/memory.mjs";

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "100,000 prompts in one `.batch()`, resident (peer: 100 at a time)",
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
    // Without a limit that one opens 100,000 connections at a time.
    const config = contender === LANGCHAIN_OPENAI ? { maxConcurrency: 100 } : undefined;
    return () => measureMemory(() => client.batch(makePrompts(100_000), config));
  },
  complete: tellRequests,
};
