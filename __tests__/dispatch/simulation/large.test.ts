import { Dispatcher } from "../../../src/dispatch/dispatcher.js";
import type { DispatchSettings } from "../../../src/dispatch/dispatcher.js";
import { Memory } from "../../../src/dispatch/memory.js";
import { operations } from "../../../src/operations/operations.js";
import { Book } from "./book.js";
import { answerText, FakeAzure, kindOf, NO_FAULTS } from "./fake-azure.js";
import type { FakeDeployment, Faults, Witness } from "./fake-azure.js";
import { Random } from "./random.js";
import { VirtualClock } from "./virtual-clock.js";

const PROMPTS = Number(process.env["SIMULATION_PROMPTS"] ?? 1_000_000);
const DEPLOYMENTS = 50;
const LATENCY_MS = 2000;

/** Takes minutes: `node scripts/simulate.mjs --large`. */
const large = process.env["SIMULATION_LARGE"] === undefined ? test.skip : test;

const FAULTS: Faults = { ...NO_FAULTS, serverError: 0.003, reset: 0.003, stall: 0.0005, busy: 0.001 };

const settings: DispatchSettings = {
  batchSize: 20,
  maxConcurrency: 4000,
  maxRetries: 10,
  maxRetryDelayMs: 300_000,
  timeoutMs: 20_000,
  streamUsage: true,
};

function makeDeployment(random: Random, index: number, faults: Faults): FakeDeployment {
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
    latencyMs: [200, LATENCY_MS],
    faults,
    headers: true,
  };
}

/** How long all quotas together take for the prompts. */
function quotasTime(deployments: readonly FakeDeployment[]): number {
  const perMinute = deployments.reduce((sum, { operation, requestsPerMinute = 0 }) => {
    return sum + requestsPerMinute * (operation === "completions" ? settings.batchSize : 1);
  }, 0);
  return (PROMPTS / perMinute) * 60_000;
}

large.each([
  { what: "nothing fails", faults: NO_FAULTS, factor: 1.1 },
  { what: "requests fail", faults: FAULTS, factor: 2 },
])(
  "where $what, a million prompts over fifty deployments are each answered once, in $factor of what the quotas take",
  async ({ faults, factor }) => {
    const random = new Random(7);
    const clock = new VirtualClock();
    let [requests, out, most, refused] = [0, 0, 0, 0];
    const problems: string[] = [];
    const deployments = Array.from({ length: DEPLOYMENTS }, (_, index) =>
      makeDeployment(random, index, faults),
    );
    const books = new Map(deployments.map((deployment) => [deployment, new Book(deployment)]));
    const witness: Witness = {
      sent: (deployment, _, tokens) => {
        requests++;
        most = Math.max(most, ++out);
        books.get(deployment)?.sent(clock.now(), tokens, (what) => problems.push(what));
      },
      ended: (deployment, _, error, report) => {
        out--;
        books.get(deployment)?.heard(clock.now(), report, error);
        if (kindOf(error) === "rate_limit") refused++;
      },
    };
    const dispatcher = new Dispatcher({
      deployments: deployments.map((one) => one.settings),
      connections: deployments.map((one) => new FakeAzure(one, clock, random, witness)),
      operations,
      settings,
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
    const idealMs = quotasTime(deployments);
    process.stdout.write(
      `${PROMPTS} prompts, ${requests} requests (${refused} refused), ${answered} answered, ${failures.length} failed, ` +
        `at most ${most} at a time, ${Math.round(bytes)} bytes a waiting prompt, ` +
        `${Math.round(clock.now() / 1000)} s simulated (the quotas: ${Math.round(idealMs / 1000)} s) in ${Math.round((Date.now() - began) / 1000)} s\n`,
    );
    expect({ answered: answered + failures.length, wrong, out }).toEqual({
      answered: PROMPTS,
      wrong: 0,
      out: 0,
    });
    expect(failures.slice(0, 5)).toEqual([]);
    expect(problems.slice(0, 5)).toEqual([]);
    expect(clock.now()).toBeLessThanOrEqual(factor * idealMs + LATENCY_MS);
    expect(clock.pending).toBe(0);
    expect(most).toBeLessThanOrEqual(4000);
  },
  3_600_000,
);
