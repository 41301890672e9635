import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/**
 * A process that answers one message at a time.
 *
 * @param {string} file beside this folder
 * @param {readonly string[]} argv
 */
function start(file, argv) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const child = fork(path, argv);
  const gone = once(child, "exit").then(([code]) => {
    throw new Error(`${file} ended with ${code}.`);
  });
  gone.catch(() => undefined);
  return {
    receive: async () => (await Promise.race([once(child, "message"), gone]))[0],
    /** @param {import("node:child_process").Serializable} message */
    async ask(message) {
      const answer = this.receive();
      child.send(message);
      return answer;
    },
    stop() {
      child.disconnect();
    },
  };
}

/** @param {import("../service.mjs").ServiceOptions} options */
export async function startService(options) {
  const service = start("service.mjs", [JSON.stringify(options)]);
  const { endpoint } = await service.receive();
  return { endpoint, tally: () => service.ask("tally"), stop: () => service.stop() };
}

/**
 * @param {string} row the name of its file
 * @param {string} contender
 * @param {string} endpoint
 */
export function startWorker(row, contender, endpoint) {
  const worker = start("harness/worker.mjs", [row, contender, endpoint]);
  async function ask() {
    const answer = await worker.ask("go on");
    if ("error" in answer) throw new Error(`${row}, ${contender}: ${answer.error}`);
    return answer;
  }
  return {
    prepare: ask,
    /** @type {() => Promise<import("./row.mjs").Sample>} */
    sample: ask,
    stop: () => worker.stop(),
  };
}
