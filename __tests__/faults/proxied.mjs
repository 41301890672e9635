// Asks for answers in a process of its own, as a proxy is named in its environment when it starts, and prints
// what came of each. Its argument is a list of squares as JSON.
import { getEventListeners } from "node:events";
import { AzureOpenAI } from "../../dist/index.js";

/** @typedef {{ way: "invoke" | "stream" | "batch", prompts: string[], options: object }} Square */

/** @param {unknown} caught */
function toEnd(caught) {
  const { name, message, code, partialText } =
    /** @type {Error & { code?: string, partialText?: string }} */ (caught); // whatever it is, it is printed
  return { error: { name, message, code, partialText } };
}

/** @param {Square} square */
async function ask({ way, prompts, options }) {
  let soFar = "";
  let retries = 0;
  const { signal } = new AbortController();
  /** @type {Record<string, number>} */
  const told = {};
  /** @type {Map<string, string>} */
  const asked = new Map();
  /** @param {unknown} _what @param {string} runId */
  const end = (_what, runId) => {
    const prompt = asked.get(runId) ?? runId;
    told[prompt] = (told[prompt] ?? 0) + 1;
  };
  const handler = {
    name: "counter",
    awaitHandlers: true,
    handleLLMStart: (
      /** @type {unknown} */ _llm,
      /** @type {string[]} */ [prompt = ""],
      /** @type {string} */ id,
    ) => void asked.set(id, prompt),
    handleLLMEnd: end,
    handleLLMError: end,
  };
  const llm = new AzureOpenAI({ ...options, onRetry: () => (retries += 1) });
  const config = { signal, callbacks: [handler] };
  const [prompt = ""] = prompts;
  const ways = {
    invoke: async () => [{ text: await llm.invoke(prompt, config) }],
    stream: async () => {
      for await (const piece of await llm.stream(prompt, config)) soFar += piece;
      return [{ text: soFar }];
    },
    batch: async () =>
      (await llm.batch(prompts, config, { returnExceptions: true })).map((one) =>
        typeof one === "string" ? { text: one } : toEnd(one),
      ),
  };
  const ends = await ways[way]().catch((error) => [toEnd(error)]);
  const inUse = await untilAtRest();
  return { ends, soFar, retries, told, listeners: getEventListeners(signal, "abort").length, inUse };
}

/** The sockets, look-ups and timers that keep this process alive: idle connections do not. */
function listInUse() {
  return process
    .getActiveResourcesInfo()
    .filter((resource) => /^(?:TCP|TLS|GetAddrInfo|Timeout)/.test(resource));
}

/** Waits until nothing is in use any more, but not for long, and says what still is. */
async function untilAtRest() {
  for (let turn = 0; turn < 100 && listInUse().length > 0; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return listInUse();
}

/** @type {Square[]} */
const squares = JSON.parse(process.argv[2] ?? "[]");
const seen = [];
for (const square of squares) seen.push(await ask(square));
process.stdout.write(JSON.stringify(seen));
