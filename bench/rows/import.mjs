import { cpuMs } from "../harness/cpu.mjs";
import { LANGCHAIN_OPENAI, THIS_PACKAGE } from "../contenders.mjs";

const CORE = "@langchain/core's LLM base alone";

/** @type {Record<string, () => Promise<unknown>>} */
const imports = {
  [CORE]: () => import("@langchain/core/language_models/llms"),
  [LANGCHAIN_OPENAI]: () => import("@langchain/openai"),
  [THIS_PACKAGE]: () => import("../../dist/index.js"),
};

/** @type {import("../harness/row.mjs").Row} */
export const row = {
  title: "Import, CPU",
  unit: "ms",
  contenders: Object.keys(imports),
  baseline: CORE,
  goal: "≤ 1.10",
  reaches: ({ ratio }) => ratio <= 1.1,
  rounds: 15,
  quickRounds: 7,
  fresh: true,

  async prepare({ contender }) {
    return async () => {
      const began = performance.now();
      const value = await cpuMs(imports[contender]);
      return { value, note: `${Math.round(performance.now() - began)} ms by the clock` };
    };
  },
};
