import { Dispatcher } from "../../../src/dispatch/dispatcher.js";
import { Memory } from "../../../src/dispatch/memory.js";
import { operations } from "../../../src/operations/operations.js";
import { answerText, FakeAzure, kindOf, NO_FAULTS } from "./fake-azure.js";
import type { FakeDeployment } from "./fake-azure.js";
import { Random } from "./random.js";
import { VirtualClock } from "./virtual-clock.js";

const PROMPTS = Number(process.env["SIMULATION_PROMPTS"] ?? 1_000_000);
const DEPLOYMENTS = 50;

/** Takes minutes: `node scripts/simulate.mjs --large`. */
const large = process.env["SIMULATION_LARGE"] === undefined ? test.skip : test;

function makeDeployment(random: Random, index: number): FakeDeployment {
  const requestsPerMinute = 60 * random.integer(20, 100);
  return {
    settings: {
      deploymentName: `d${index}`,
      api: "v1",
      baseURL: `https://d${index}/openai/v1`,
      host: `d${index}`,
      cloud: "public",
      scope: "",
      operation: "auto",
      priority: index < 5 ? 0 : 1,
      weight: random.integer(1, 4),
      requestsPerMinute,
    },
    operation: index % 10 === 0 ? "completions" : "chat",
    requestsPerMinute,
    requestWindowMs: random.pick([1000, 10_000]),
    latencyMs: [200, 2000],
    faults: { ...NO_FAULTS, serverError: 0.01, reset: 0.005, stall: 0.0005, busy: 0.002 },
    headers: true,
  };
}

large(
  "a million prompts over fifty deployments are each answered once",
  async () => {
    const random = new Random(7);
    const clock = new VirtualClock();
    let [requests, out, most, refused] = [0, 0, 0, 0];
    const witness = {
      sent: () => {
        requests++;
        most = Math.max(most, ++out);
      },
      ended: (_: unknown, __: unknown, error: unknown) => {
        out--;
        if (kindOf(error) === "rate_limit") refused++;
      },
    };
    const deployments = Array.from({ length: DEPLOYMENTS }, (_, index) => makeDeployment(random, index));
    const dispatcher = new Dispatcher({
      deployments: deployments.map(({ settings }) => settings),
      connections: deployments.map((one) => new FakeAzure(one, clock, random, witness)),
      operations,
      settings: {
        batchSize: 20,
        maxConcurrency: 4000,
        maxRetries: 10,
        maxRetryDelayMs: 300_000,
        timeoutMs: 20_000,
        streamUsage: true,
      },
      clock,
      random: random.next,
      memory: new Memory(),
    });
    const parameters = Object.freeze({ maxTokens: 16 });
    const group = dispatcher.openGroup({ expected: PROMPTS });
    let [answered, wrong] = [0, 0];
    const failures: unknown[] = [];
    const began = Date.now();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < PROMPTS; index++) {
      const prompt = `prompt ${index}`;
      dispatcher.submit({ prompt, parameters, group }).then(
        ({ choices }) => {
          answered++;
          if (choices[0]?.text !== answerText(prompt)) wrong++;
        },
        (error: unknown) => failures.push(error),
      );
    }
    const bytes = (process.memoryUsage().heapUsed - before) / PROMPTS;
    await clock.run();
    process.stdout.write(
      `${PROMPTS} prompts, ${requests} requests (${refused} refused), ${answered} answered, ${failures.length} failed, ` +
        `at most ${most} at a time, ${Math.round(bytes)} bytes a waiting prompt, ` +
        `${Math.round(clock.now() / 1000)} s simulated in ${Math.round((Date.now() - began) / 1000)} s\n`,
    );
    expect({ answered: answered + failures.length, wrong, out }).toEqual({
      answered: PROMPTS,
      wrong: 0,
      out: 0,
    });
    expect(failures.slice(0, 5)).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(most).toBeLessThanOrEqual(4000);
  },
  3_600_000,
);
