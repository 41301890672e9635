import { candidates } from "../../../src/operations/detect.js";
import { operations } from "../../../src/operations/operations.js";
import { tokensOf } from "./fake-azure.js";
import type { FakeDeployment } from "./fake-azure.js";
import type { Scenario } from "./scenario.js";

const MINUTE_MS = 60_000;

/** One request of the best there can be. */
interface Departure {
  readonly at: number;
  readonly prompts: number;
}

/**
 * How long the quotas alone would take: each deployment gets all that its windows let in, at the first
 * moment at which they do, in requests as full as they can be; and so would the limit of requests at a
 * time. All calls come at once and are alike. Asking a deployment for an operation that it does not
 * answer is a request as well: so many are needed to find out which it does.
 */
export function idealTime(scenario: Scenario): number {
  const { calls, deployments, settings } = scenario;
  const requests = Math.min(...deployments.map((one) => calls.length / promptsPerRequest(one, scenario)));
  const fastestMs = Math.min(...deployments.map(({ latencyMs }) => latencyMs[0]));
  const turns = Math.ceil(requests / settings.maxConcurrency);
  let prompts = 0;
  for (const departure of departures(scenario)) {
    prompts += departure.prompts;
    if (prompts >= calls.length) return Math.max(departure.at, (turns - 1) * fastestMs);
  }
  return Infinity;
}

/** How many prompts the quotas let through by a time. */
export function promptsWithin(ms: number, scenario: Scenario): number {
  let prompts = 0;
  for (const departure of departures(scenario)) {
    if (departure.at > ms) break;
    prompts += departure.prompts;
  }
  return prompts;
}

/** What goes to all deployments, the earliest first. */
function* departures(scenario: Scenario): Generator<Departure> {
  const heads = scenario.deployments.map((one) => {
    const rest = departuresTo(one, scenario);
    return { rest, next: rest.next().value };
  });
  for (;;) {
    const first = heads.reduce((a, b) => (b.next.at < a.next.at ? b : a));
    yield first.next;
    first.next = first.rest.next().value;
  }
}

/** What goes to one deployment, for ever. */
function* departuresTo(deployment: FakeDeployment, scenario: Scenario): Generator<Departure, never> {
  const { requestWindowMs } = deployment;
  const perMinute = limitOf(deployment, "requestsPerMinute");
  const atOnce = Math.ceil((perMinute * requestWindowMs) / MINUTE_MS);
  const tokensFit = Math.floor(
    limitOf(deployment, "tokensPerMinute") / tokensPerPrompt(deployment, scenario),
  );
  const most = Math.min(promptsPerRequest(deployment, scenario), tokensFit);
  const guesses = wrongGuesses(deployment);
  const requestsAt: number[] = [];
  const promptsAt: number[] = [];
  /** When a prompt fits, so many after the next. */
  const promptFitsAt = (ahead: number): number =>
    (promptsAt[promptsAt.length + ahead - tokensFit] ?? -Infinity) + MINUTE_MS;
  for (let count = 1; ; count++) {
    const windowAt = (requestsAt[requestsAt.length - atOnce] ?? -Infinity) + requestWindowMs;
    // A window that holds a broken number lets in one more; the quota does not grow by that.
    const quotaAt = (count * MINUTE_MS) / perMinute - requestWindowMs;
    const at = Math.max(0, windowAt, quotaAt, promptFitsAt(0));
    let prompts = 1;
    while (count > guesses && prompts < most && promptFitsAt(prompts) <= at) prompts++;
    requestsAt.push(at);
    for (let place = 0; place < prompts; place++) promptsAt.push(at);
    yield { at: withDowntime(at, deployment), prompts: count > guesses ? prompts : 0 };
  }
}

/** How many operations are asked for in vain. */
function wrongGuesses({ settings, operation }: FakeDeployment): number {
  return candidates(settings).indexOf(operation);
}

/** The time at which a deployment has been up for so long. */
function withDowntime(upMs: number, { outages = [] }: FakeDeployment): number {
  return outages.reduce((at, { from, until }) => (from <= at ? at + until - from : at), upMs);
}

/** What the client may use: no more than it was told, and no more than there is. */
export function limitOf(deployment: FakeDeployment, name: "requestsPerMinute" | "tokensPerMinute"): number {
  return Math.min(deployment[name] ?? Infinity, deployment.settings[name] ?? Infinity);
}

function promptsPerRequest({ operation }: FakeDeployment, { calls, settings }: Scenario): number {
  const isGrouped = calls[0]?.group !== undefined;
  return isGrouped ? Math.min(settings.batchSize, operations[operation].promptsPerRequest) : 1;
}

function tokensPerPrompt({ operation }: FakeDeployment, { calls }: Scenario): number {
  const [call] = calls;
  return call === undefined ? 0 : tokensOf(operations[operation], [call.prompt], call.parameters);
}
