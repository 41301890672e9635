import { cpuMs } from "./cpu.mjs";

/**
 * The most that this process held at a time, in MB, once a batch has run.
 *
 * @param {() => Promise<readonly unknown[]>} batch
 */
export async function measureMemory(batch) {
  let size = 0;
  const ms = await cpuMs(async () => {
    const answers = await batch();
    if (!answers.every((answer) => typeof answer === "string")) throw new Error("Some have no answer.");
    size = answers.length;
  });
  const value = process.resourceUsage().maxRSS / 1024;
  return { value, note: `${Math.round((1000 * ms) / size)} µs of CPU a prompt` };
}
