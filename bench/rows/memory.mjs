import { makeThisPackage, THIS_PACKAGE } from "../contenders.mjs";
import { makePrompts } from "../harness/batches.mjs";
import { LANGCHAIN, makeInstantModel } from "../harness/instant-model.mjs";
import { measureMemory } from "../harness/memory.mjs";

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "100,000 prompts in one `.batch()`, resident",
  unit: "MB",
  // The peers open 100,000 connections at a time, which no machine has ports for.
  contenders: [LANGCHAIN, THIS_PACKAGE],
  baseline: LANGCHAIN,
  goal: "≤ 300 MB",
  reaches: ({ range }) => range[1] <= 300,
  rounds: 3,
  quickRounds: 1,
  fresh: true,

  async prepare({ contender, endpoint }) {
    const llm = contender === THIS_PACKAGE ? await makeThisPackage(endpoint) : await makeInstantModel();
    return () => measureMemory(() => llm.batch(makePrompts(100_000)));
  },
};
