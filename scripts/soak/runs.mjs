import { noteWrong } from "./tally.mjs";

/** What a run may still do after it has ended, and how many are kept to see it. */
const REMEMBERED = 10_000;

/**
 * Listens to runs and notes those that end twice.
 *
 * @param {import("./tally.mjs").Tally} tally
 */
export function watchRuns(tally) {
  /** @type {Set<string>} */
  const open = new Set();
  /** @type {Set<string>} */
  const ended = new Set();
  /** @param {string} run */
  const end = (run) => {
    if (ended.has(run)) noteWrong(tally, "A prompt was answered twice.");
    open.delete(run);
    ended.add(run);
    const [oldest] = ended;
    if (ended.size > REMEMBERED && oldest !== undefined) ended.delete(oldest);
  };
  /** @type {import("@langchain/core/callbacks/base").CallbackHandlerMethods} */
  const handler = {
    handleLLMStart: (_llm, _prompts, run) => void open.add(run),
    handleLLMEnd: (_output, run) => end(run),
    handleLLMError: (_error, run) => end(run),
  };
  return {
    /** How many have begun and not ended. */
    get open() {
      return open.size;
    },
    handler,
  };
}
