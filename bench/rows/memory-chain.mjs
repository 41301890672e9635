import { makeThisPackage, THIS_PACKAGE } from "../contenders.mjs";
import { makePrompts } from "../harness/batches.mjs";
import { LANGCHAIN, makeInstantModel } from "../harness/instant-model.mjs";
import { measureMemory } from "../harness/memory.mjs";

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "100,000 prompts in one `.batch()` of a chain, resident",
  unit: "MB",
  contenders: [LANGCHAIN, THIS_PACKAGE],
  baseline: LANGCHAIN,
  goal: "LangChain's own + 200 MB",
  reaches: ({ value }, all) => value <= (all.get(LANGCHAIN)?.value ?? 0) + 200,
  rounds: 2,
  quickRounds: 1,
  fresh: true,

  async prepare({ contender, endpoint }) {
    const { PromptTemplate } = await import("@langchain/core/prompts");
    const llm = contender === THIS_PACKAGE ? await makeThisPackage(endpoint) : await makeInstantModel();
    const chain = PromptTemplate.fromTemplate("{question}").pipe(llm);
    return () => measureMemory(() => chain.batch(makePrompts(100_000).map((question) => ({ question }))));
  },
};
