import { BOTTLENECKS, makeCalmScenario } from "./calm.js";
import type { Bottleneck } from "./calm.js";
import type { FakeDeployment } from "./fake-azure.js";
import { idealTime } from "./ideal.js";
import { simulate } from "./simulate.js";

/** As in `simulation.test.ts`, but fewer, as each takes many more requests. */
const replayed = process.env["SIMULATION_SEED"];
const seeds = Math.ceil(Number(process.env["SIMULATION_SEEDS"] ?? 300) / 40);
const [first, last] = replayed === undefined ? [1, seeds] : [Number(replayed), Number(replayed)];

/** True where some requests may go before the client knows all limits. */
function isLearnt({ settings, requestsPerMinute, tokensPerMinute }: FakeDeployment): boolean {
  const { requestsPerMinute: requests = Infinity, tokensPerMinute: tokens = Infinity } = settings;
  return requests > (requestsPerMinute ?? Infinity) || tokens > (tokensPerMinute ?? Infinity);
}

/** Says what is wrong with a scenario's play, if anything. */
async function judge(seed: number, bottleneck: Bottleneck): Promise<readonly string[]> {
  const scenario = makeCalmScenario(seed, bottleneck);
  const { deployments } = scenario;
  const { virtualMs, failed, refused } = await simulate(scenario);
  const idealMs = idealTime(scenario);
  const latencyMs = Math.max(...deployments.map((one) => one.latencyMs[1]));
  const mayBeRefused = bottleneck === "outages" ? Infinity : deployments.filter(isLearnt).length;
  return [
    ...(failed > 0 ? [`${failed} calls failed`] : []),
    ...(refused > mayBeRefused ? [`${refused} requests were refused`] : []),
    ...(virtualMs > 1.1 * idealMs + latencyMs
      ? [`it took ${Math.round(virtualMs)} ms, ideal are ${Math.round(idealMs)} ms`]
      : []),
  ].map((what) => `Seed ${seed}: ${what}`);
}

test.each(BOTTLENECKS)(
  "where nothing fails and %s decide, calls take at most 1.10 of what the quotas alone would take",
  async (bottleneck) => {
    const problems: string[] = [];
    for (let seed = first; seed <= last; seed++) problems.push(...(await judge(seed, bottleneck)));
    // Replay one by SIMULATION_SEED=<seed>.
    expect(problems).toEqual([]);
  },
  3_600_000,
);
