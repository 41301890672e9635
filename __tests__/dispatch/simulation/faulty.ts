import type { DispatchSettings } from "../../../src/dispatch/dispatcher.js";
import type { OperationName, Parameters } from "../../../src/settings/settings.js";
import { NO_FAULTS } from "./fake-azure.js";
import type { FakeDeployment, Faults } from "./fake-azure.js";
import { Random } from "./random.js";
import type { Call, Listening, Reader, Scenario } from "./scenario.js";

/** Makes up traffic that meets all that may go wrong; the same for the same seed. */
export function makeFaultyScenario(seed: number): Scenario {
  const random = new Random(seed);
  const kind: OperationName = random.pick(["completions", "completions", "chat", "responses"]);
  const count = random.pick([1, 1, 2, 3, 5]);
  const deployments = Array.from({ length: count }, (_, index) => makeDeployment(random, index, kind));
  const totalTimeoutMs = random.chance(0.15) ? random.integer(500, 60_000) : undefined;
  const settings: DispatchSettings = {
    batchSize: random.pick([1, 5, 20]),
    maxConcurrency: random.pick([1, 4, 16, 64, 256]),
    maxRetries: random.pick([0, 2, 6, 10]),
    maxRetryDelayMs: random.pick([5000, 60_000, 300_000]),
    timeoutMs: 20_000,
    streamUsage: true,
    ...(totalTimeoutMs === undefined ? {} : { totalTimeoutMs }),
  };
  const single = Object.freeze({ maxTokens: random.integer(10, 100) });
  const several = Object.freeze({ ...single, n: random.integer(2, 4) });
  const parameters: readonly [Parameters, ...Parameters[]] = random.chance(0.3)
    ? [single, several]
    : [single];
  // Only time ends a stream that nobody reads any more.
  const readers: readonly [Reader, ...Reader[]] =
    totalTimeoutMs === undefined ? ["slow", "leaves"] : ["slow", "leaves", "stops"];
  const spreadMs = random.pick([0, 0, 2000, 20_000]);
  const groups = random.integer(0, 3);
  const calls = Array.from({ length: random.integer(20, 250) }, (_, index): Call => {
    const at = Math.floor(random.between(0, spreadMs));
    const group = groups === 0 || random.chance(0.2) ? undefined : random.integer(0, groups - 1);
    return {
      prompt: `${random.chance(0.02) ? "bad" : "good"} ${index} ${"x".repeat(random.integer(0, 40))}`,
      parameters: random.pick(parameters),
      at,
      priority: random.chance(0.1) ? random.pick([-1, 1]) : 0,
      group,
      stream: group === undefined && random.chance(0.3),
      reader: random.chance(0.1) ? random.pick(readers) : "quick",
      abortAt: random.chance(0.03) ? at + random.between(0, 5000) : undefined,
    };
  });
  const listens = random.pick<Listening>(["not", "not", "at once", "slowly", "stopping"]);
  return { seed, deployments, settings, calls, listens };
}

function makeDeployment(random: Random, index: number, kind: OperationName): FakeDeployment {
  const name = `d${index}`;
  const limited = random.chance(0.7);
  const requestsPerMinute = limited ? 60 * random.integer(2, 60) : undefined;
  const tokensPerMinute = limited && random.chance(0.4) ? 1000 * random.integer(5, 60) : undefined;
  const told = random.chance(0.7);
  const limits = {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
  };
  return {
    settings: {
      deploymentName: name,
      api: "v1",
      baseURL: `https://${name}/openai/v1`,
      host: name,
      cloud: "public",
      scope: "",
      operation: random.pick([kind, "auto"]),
      priority: random.pick([0, 0, 0, 1]),
      weight: random.integer(1, 4),
      ...(told ? limits : {}),
    },
    operation: kind,
    ...limits,
    requestWindowMs: random.pick([1000, 10_000]),
    latencyMs: random.pick([
      [50, 200],
      [300, 3000],
    ]),
    faults: random.chance(0.3) ? NO_FAULTS : makeFaults(random),
    headers: random.chance(0.7),
    ...(random.chance(0.12) ? { denies: random.pick([401, 404]) } : {}),
  };
}

function makeFaults(random: Random): Faults {
  return {
    serverError: random.pick([0, 0.02, 0.1]),
    reset: random.pick([0, 0.02, 0.05]),
    stall: random.pick([0, 0, 0.01]),
    busy: random.pick([0, 0.02, 0.05]),
    cutStream: random.pick([0, 0.1]),
    longWait: random.pick([0, 0, 0, 0.02]),
    slow: random.pick([0, 0, 0.02]),
  };
}
