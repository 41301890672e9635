import type { DispatchSettings } from "../../../src/dispatch/dispatcher.js";
import type { OperationName } from "../../../src/settings/settings.js";
import { NO_FAULTS } from "./fake-azure.js";
import type { FakeDeployment, Outage } from "./fake-azure.js";
import { limitOf, promptsWithin } from "./ideal.js";
import { Random } from "./random.js";
import type { Call, Scenario } from "./scenario.js";

/** What decides how long it takes. */
export const BOTTLENECKS = ["requests", "tokens", "both", "concurrency", "outages"] as const;

export type Bottleneck = (typeof BOTTLENECKS)[number];

/** The client is told limits, or less than there is, or more and put right by headers, or learns them there. */
type Knowing = "told" | "told less" | "told more" | "by headers";

type Limits = Pick<FakeDeployment, "requestsPerMinute" | "tokensPerMinute">;

/** Makes up much traffic in which nothing fails, and all calls come at once; the same for the same seed. */
export function makeCalmScenario(seed: number, bottleneck: Bottleneck): Scenario {
  const random = new Random(seed);
  const operation = random.pick<OperationName>(["completions", "completions", "chat"]);
  const isLimited = bottleneck !== "concurrency";
  const batchSize = random.pick([1, 4, 10]);
  const isGrouped = random.chance(0.6);
  const maxTokens = random.integer(10, 100);
  const deployments = Array.from({ length: random.pick([1, 1, 2, 3]) }, (_, index) =>
    makeDeployment(random, index, operation, bottleneck, (isGrouped ? batchSize : 1) * (maxTokens + 15)),
  );
  const settings: DispatchSettings = {
    batchSize,
    maxConcurrency: isLimited ? 1000 : random.integer(4, 10),
    maxRetries: 6,
    maxRetryDelayMs: 300_000,
    timeoutMs: 20_000,
    streamUsage: true,
  };
  const parameters = Object.freeze({ maxTokens });
  const makeCall = (index: number): Call => ({
    prompt: `good ${String(index).padStart(6, "0")}`,
    parameters,
    at: 0,
    priority: 0,
    group: isGrouped ? 0 : undefined,
    stream: false,
    reader: "quick",
    abortAt: undefined,
  });
  const draft: Scenario = { seed, deployments, settings, calls: [makeCall(0)], listens: "not" };
  const count = isLimited
    ? countFor(longEnough(random, deployments), draft)
    : settings.maxConcurrency * random.integer(60, 90) * (isGrouped ? batchSize : 1);
  return { ...draft, calls: Array.from({ length: count }, (_, index) => makeCall(index)) };
}

/** A time's prompts; of tokens, half a minute's less: what slips a little must not wait for another minute. */
function countFor(ms: number, draft: Scenario): number {
  const hasTokens = draft.deployments.some(({ tokensPerMinute }) => tokensPerMinute !== undefined);
  const least = promptsWithin(hasTokens ? ms - 60_000 : ms, draft);
  return Math.floor((promptsWithin(ms, draft) + least) / 2);
}

/** So long that the start and the end hardly count. */
function longEnough(random: Random, deployments: readonly FakeDeployment[]): number {
  return random.between(1, 1.3) * Math.max(...deployments.map(longEnoughFor));
}

function longEnoughFor(deployment: FakeDeployment): number {
  const { requestWindowMs, tokensPerMinute } = deployment;
  // The service lets in a window's worth at once; the client goes at an even pace, which is right
  // whatever the window, and slower where that holds a broken number.
  const windows = limitOf(deployment, "requestsPerMinute") % 60 === 0 ? 20 : 125;
  // A minute's tokens go at once, and what does not fit waits for the next minute.
  const minutes = tokensPerMinute === undefined ? 1 : 12;
  return Math.max(minutes * 60_000, windows * requestWindowMs);
}

function makeDeployment(
  random: Random,
  index: number,
  operation: OperationName,
  bottleneck: Bottleneck,
  tokensPerRequest: number,
): FakeDeployment {
  const name = `d${index}`;
  const requestWindowMs = bottleneck === "outages" ? 1000 : random.pick([1000, 10_000]);
  const limits = makeLimits(random, bottleneck, tokensPerRequest);
  const knowing = random.pick<Knowing>(["told", "told", "told less", "told more", "by headers"]);
  const latencyMs = random.integer(1, 20) * 100;
  return {
    settings: {
      deploymentName: name,
      api: "v1",
      baseURL: `https://${name}/openai/v1`,
      host: name,
      cloud: "public",
      scope: "",
      operation: random.pick([operation, "auto"]),
      priority: random.pick([0, 0, 0, 1]),
      weight: random.integer(1, 4),
      ...toTold(limits, knowing),
    },
    operation,
    ...limits,
    requestWindowMs,
    latencyMs:
      bottleneck === "concurrency"
        ? [1000, 1000]
        : bottleneck === "outages"
          ? [50, 150]
          : [latencyMs / 2, latencyMs],
    faults: NO_FAULTS,
    headers: knowing === "by headers" || knowing === "told more" || random.chance(0.5),
    ...(bottleneck === "outages" ? { outages: makeOutages(random) } : {}),
  };
}

function makeLimits(random: Random, bottleneck: Bottleneck, tokensPerRequest: number): Limits {
  const requestsPerMinute = random.chance(0.5) ? 60 * random.integer(1, 4) : random.integer(6, 90);
  const tokensPerMinute = Math.round(tokensPerRequest * random.between(2, random.pick([4, 30])));
  switch (bottleneck) {
    case "requests":
      return { requestsPerMinute };
    case "outages":
      return { requestsPerMinute: 120 * random.integer(1, 5) };
    case "tokens":
      return { tokensPerMinute };
    case "both":
      return { requestsPerMinute, tokensPerMinute };
    case "concurrency":
      return {};
  }
}

function toTold({ requestsPerMinute, tokensPerMinute }: Limits, knowing: Knowing): Limits {
  if (knowing === "by headers") return {};
  const share = { told: 1, "told less": 0.5, "told more": 2 }[knowing];
  return {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute: requestsPerMinute * share }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute: tokensPerMinute * share }),
  };
}

function makeOutages(random: Random): readonly Outage[] {
  const first = random.integer(1, 5);
  return Array.from({ length: 200 }, (_, index) => {
    const from = 1000 * (first + 5 * index);
    return { from, until: from + 1000 };
  });
}
