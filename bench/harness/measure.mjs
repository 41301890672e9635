import { startService, startWorker } from "./processes.mjs";
import { summarize } from "./statistics.mjs";

/** @typedef {import("./row.mjs").Row} Row */
/** @typedef {import("./row.mjs").Sample} Sample */

/**
 * A contender of a row in a process of its own, and a service of its own to ask.
 *
 * @param {string} name of the row's file
 * @param {Row} row
 * @param {string} contender
 */
async function startPair(name, row, contender) {
  const service = await startService(row.service ?? {});
  const worker = startWorker(name, contender, service.endpoint);
  await worker.prepare();
  await service.tally();
  return {
    /** @returns {Promise<Sample>} */
    async sample() {
      const sample = await worker.sample();
      const seen = await service.tally();
      return row.complete?.(sample, seen) ?? sample;
    },
    stop() {
      worker.stop();
      service.stop();
    },
  };
}

/**
 * Measures one row: contenders take turns, so that what else the machine does meets all of them alike.
 *
 * @param {string} name of the row's file
 * @param {Row} row
 * @param {boolean} quick
 */
export async function measure(name, row, quick) {
  const rounds = quick ? row.quickRounds : row.rounds;
  const samples = new Map(row.contenders.map((contender) => [contender, /** @type {Sample[]} */ ([])]));
  if (row.fresh === true) {
    for (let round = 0; round < rounds; round++) {
      for (const [contender, taken] of samples) {
        const pair = await startPair(name, row, contender);
        taken.push(await pair.sample());
        pair.stop();
      }
    }
  } else {
    const pairs = await Promise.all(
      row.contenders.map(async (contender) => ({ contender, pair: await startPair(name, row, contender) })),
    );
    for (let warmUp = 0; warmUp < (row.warmUps ?? 1); warmUp++) {
      for (const { pair } of pairs) await pair.sample();
    }
    for (let round = 0; round < rounds; round++) {
      for (const { contender, pair } of pairs) samples.get(contender)?.push(await pair.sample());
    }
    for (const { pair } of pairs) pair.stop();
  }
  const baseline = samples.get(row.baseline);
  return new Map(
    [...samples].map(([contender, taken]) => [
      contender,
      summarize(
        taken,
        taken.map((_, round) => baseline?.[round]?.value ?? row.ideal ?? NaN),
      ),
    ]),
  );
}
