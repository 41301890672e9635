import { makeFaultyScenario } from "./faulty.js";
import { simulate } from "./simulate.js";

/** `SIMULATION_SEEDS=10000` plays so many; `SIMULATION_SEED=123` replays one. */
const replayed = process.env["SIMULATION_SEED"];
const seeds = Number(process.env["SIMULATION_SEEDS"] ?? 300);
const BLOCK = 50;

const blocks =
  replayed === undefined
    ? Array.from({ length: Math.ceil(seeds / BLOCK) }, (_, block) => block * BLOCK + 1)
    : [Number(replayed)];

test.each(blocks)(
  "whatever goes wrong from seed %d on, each prompt is answered once or fails of what it met",
  async (first) => {
    const count = replayed === undefined ? Math.min(BLOCK, seeds - first + 1) : 1;
    const failures: string[] = [];
    for (let seed = first; seed < first + count; seed++) {
      try {
        await simulate(makeFaultyScenario(seed));
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    // Replay one by SIMULATION_SEED=<seed>.
    expect(failures).toEqual([]);
  },
  600_000,
);
