import { Dispatcher } from "../../../src/dispatch/dispatcher.js";
import type { DispatchSettings } from "../../../src/dispatch/dispatcher.js";
import type { Group } from "../../../src/dispatch/group.js";
import { Memory } from "../../../src/dispatch/memory.js";
import { RateLimitError } from "../../../src/errors.js";
import type { OperationRequest } from "../../../src/operations/operation.js";
import { operations } from "../../../src/operations/operations.js";
import type { OperationName, Parameters } from "../../../src/settings/settings.js";
import { answerText, FakeAzure, isFiltered, kindOf, NO_FAULTS, tokensOf } from "./fake-azure.js";
import type { FakeDeployment, Faults } from "./fake-azure.js";
import { Random } from "./random.js";
import { VirtualClock } from "./virtual-clock.js";

/** Some traffic, and what it meets. */
export interface Scenario {
  readonly seed: number;
  readonly deployments: readonly FakeDeployment[];
  readonly settings: DispatchSettings;
  readonly calls: readonly Call[];
  readonly parameters: Parameters;
  /** True when nothing goes wrong, so that time can be judged. */
  readonly calm: boolean;
}

/** One prompt of the traffic. */
export interface Call {
  readonly prompt: string;
  readonly at: number;
  readonly priority: number;
  /** Which group it belongs to; none: alone. */
  readonly group: number | undefined;
  readonly stream: boolean;
  /** When its caller gives it up. */
  readonly abortAt: number | undefined;
}

/** What came of it. */
export interface Summary {
  readonly seed: number;
  readonly prompts: number;
  readonly answered: number;
  readonly failed: number;
  readonly aborted: number;
  readonly requests: number;
  readonly refused: number;
  /** Requests that asked for an operation which the deployment does not serve. */
  readonly guesses: number;
  readonly virtualMs: number;
  /** What the quotas alone would take, where there are some. */
  readonly idealMs: number;
  readonly most: number;
}

interface State {
  readonly call: Call;
  sent: boolean;
  out: boolean;
  settled: boolean;
  abortedAt: number | undefined;
  readonly seen: Set<string>;
}

const WINDOWS_MS = [1000, 10_000] as const;

/** Makes up a scenario; the same one for the same seed. */
export function makeScenario(seed: number): Scenario {
  const random = new Random(seed);
  const calm = random.chance(0.4);
  const kind: OperationName = random.pick(["completions", "completions", "chat"]);
  const count = random.pick([1, 1, 2, 3, 5]);
  const deployments = Array.from({ length: count }, (_, index) => makeDeployment(random, index, kind, calm));
  const settings: DispatchSettings = {
    batchSize: random.pick([1, 5, 20]),
    maxConcurrency: random.pick([4, 16, 64, 256]),
    maxRetries: random.pick([2, 6, 10]),
    maxRetryDelayMs: 300_000,
    timeoutMs: 20_000,
    streamUsage: true,
  };
  const total = random.integer(20, 250);
  const spreadMs = random.pick([0, 0, 2000, 20_000]);
  const groups = random.integer(0, 3);
  const calls = Array.from({ length: total }, (_, index): Call => {
    const at = Math.floor(random.between(0, spreadMs));
    const group = groups === 0 || random.chance(0.2) ? undefined : random.integer(0, groups - 1);
    return {
      prompt: `${!calm && random.chance(0.02) ? "bad" : "good"} ${index} ${"x".repeat(random.integer(0, 40))}`,
      at,
      priority: random.chance(0.1) ? random.pick([-1, 1]) : 0,
      group,
      stream: group === undefined && random.chance(0.3),
      abortAt: !calm && random.chance(0.03) ? at + random.between(0, 5000) : undefined,
    };
  });
  const parameters = Object.freeze({ maxTokens: random.integer(10, 100) });
  return { seed, deployments, settings, calls, parameters, calm };
}

function makeDeployment(random: Random, index: number, kind: OperationName, calm: boolean): FakeDeployment {
  const name = `d${index}`;
  const limited = random.chance(0.7);
  const requestsPerMinute = limited ? 60 * random.integer(2, 60) : undefined;
  const tokensPerMinute = limited && random.chance(0.4) ? 1000 * random.integer(5, 60) : undefined;
  const told = random.chance(0.8);
  const faults: Faults = calm
    ? NO_FAULTS
    : {
        serverError: random.pick([0, 0.02, 0.1]),
        reset: random.pick([0, 0.02, 0.05]),
        stall: random.pick([0, 0, 0.01]),
        busy: random.pick([0, 0.02, 0.05]),
        cutStream: random.pick([0, 0.1]),
      };
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
    faults,
    headers: random.chance(0.7),
  };
}

/** Plays a scenario through, and throws when something happens that never may. */
export async function simulate(scenario: Scenario, watchOrder = true): Promise<Summary> {
  const { seed, deployments, settings, calls, parameters, calm } = scenario;
  const random = new Random(seed ^ 0x5eed);
  const clock = new VirtualClock();
  const states = new Map(calls.map((call) => [call.prompt, newState(call)]));
  const problems: string[] = [];
  const wrong = (what: string): void => {
    if (problems.length < 5) problems.push(`at ${Math.round(clock.now())} ms: ${what}`);
  };
  let out = 0;
  let most = 0;
  let requests = 0;
  let refused = 0;
  let guesses = 0;
  const waiting = new Waiting();
  const books = new Map(deployments.map((deployment) => [deployment, new Book(deployment)]));

  const witness = {
    sent(deployment: FakeDeployment, request: OperationRequest, tokens: number): void {
      const now = clock.now();
      requests++;
      most = Math.max(most, ++out);
      if (out > settings.maxConcurrency) wrong(`${out} requests are out`);
      if (request.prompts.length > settings.batchSize)
        wrong(`a request of ${request.prompts.length} prompts`);
      books.get(deployment)?.sent(now, tokens, wrong);
      for (const prompt of request.prompts) {
        const state = states.get(prompt);
        if (state === undefined) {
          wrong(`unknown prompt ${prompt}`);
          continue;
        }
        if (state.out) wrong(`${prompt} is out twice`);
        if (state.settled) wrong(`${prompt} is sent after it was settled`);
        if (state.abortedAt !== undefined) wrong(`${prompt} is sent after it was aborted`);
        waiting.remove(state.call);
        state.out = true;
        state.sent = true;
        if (watchOrder) {
          const passed = waiting.before(state.call, now);
          if (passed !== undefined) {
            wrong(`${prompt} (${state.call.priority}) passes ${passed.prompt} (${passed.priority})`);
          }
        }
      }
    },
    ended(deployment: FakeDeployment, request: OperationRequest, error: unknown): void {
      out--;
      const code = kindOf(error);
      if (code === "rate_limit") {
        refused++;
        books.get(deployment)?.refused(clock.now(), error);
      }
      if (code === "operation_not_supported") guesses++;
      for (const prompt of request.prompts) {
        const state = states.get(prompt);
        if (state === undefined) continue;
        state.out = false;
        if (error !== undefined) state.seen.add(code);
      }
    },
  };

  const dispatcher = new Dispatcher({
    deployments: deployments.map((deployment) => deployment.settings),
    connections: deployments.map((deployment) => new FakeAzure(deployment, clock, random, witness)),
    operations,
    settings,
    clock,
    random: random.next,
    memory: new Memory(),
  });

  let [answered, failed, aborted] = [0, 0, 0];
  const groups = new Map<number, Group>();
  const start = (call: Call): void => {
    const state = states.get(call.prompt);
    if (state === undefined) return;
    const { abortAt } = call;
    const controller = new AbortController();
    if (abortAt !== undefined) {
      clock.schedule(abortAt, () => {
        if (!state.settled) state.abortedAt = clock.now();
        waiting.remove(call);
        controller.abort();
      });
    }
    let group = call.group === undefined ? undefined : groups.get(call.group);
    if (call.group !== undefined && group === undefined) {
      groups.set(call.group, (group = dispatcher.openGroup({})));
    }
    const work = {
      prompt: call.prompt,
      parameters,
      priority: call.priority,
      ...(abortAt === undefined ? {} : { signal: controller.signal }),
      ...(group === undefined ? {} : { group }),
    };
    // What waits for its group's turn may be passed within that turn.
    waiting.add(call, clock.now());
    const text = call.stream
      ? collect(dispatcher.stream(work))
      : dispatcher.submit(work).then((outcome) => outcome.choices[0]?.text);
    text.then(
      (value) => {
        if (state.settled) wrong(`${call.prompt} is answered twice`);
        state.settled = true;
        answered++;
        if (isFiltered(call.prompt)) wrong(`${call.prompt} is answered`);
        if (value !== answerText(call.prompt)) wrong(`${call.prompt} got "${String(value)}"`);
      },
      (error: unknown) => {
        if (state.settled) wrong(`${call.prompt} fails after it was settled`);
        state.settled = true;
        waiting.remove(call);
        const code = kindOf(error);
        if (code === "AbortError") {
          aborted++;
          if (state.abortedAt === undefined) wrong(`${call.prompt} was aborted by nobody`);
          else if (clock.now() - state.abortedAt > 50) wrong(`${call.prompt} was given up late`);
          return;
        }
        failed++;
        if (!state.seen.has(code)) wrong(`${call.prompt} fails with ${code}, which it never met`);
        if (code === "content_filter" && !isFiltered(call.prompt)) wrong(`${call.prompt} fails with ${code}`);
      },
    );
  };
  for (const call of calls) {
    if (call.at === 0) start(call);
    else clock.schedule(call.at, () => start(call));
  }
  await clock.run();

  const lost = [...states.values()].filter((state) => !state.settled).length;
  if (lost > 0) wrong(`${lost} calls were never settled`);
  if (out !== 0) wrong(`${out} requests are still out`);
  if (clock.pending !== 0) wrong(`${clock.pending} timers are left`);
  const known = deployments.every(isTold);
  if (calm && known && failed > 0) wrong(`${failed} calls failed though nothing went wrong`);
  const lastAt = Math.max(...calls.map(({ at }) => at), 0);
  const idealMs = idealTime(scenario);
  const latencyMs = Math.max(...deployments.map((deployment) => deployment.latencyMs[1])) + 500;
  const settledAt = clock.now();
  if (calm && known && settledAt > lastAt + 1.1 * idealMs + 4 * latencyMs && lastAt === 0) {
    wrong(`it took ${Math.round(settledAt)} ms, ideal are ${Math.round(idealMs)} ms`);
  }
  if (calm && known && refused > 0.01 * requests + 1)
    wrong(`${refused} of ${requests} requests were refused`);
  if (problems.length > 0) throw new Error(`Seed ${seed}: ${problems.join("; ")}`);
  const prompts = calls.length;
  return {
    seed,
    prompts,
    answered,
    failed,
    aborted,
    requests,
    refused,
    guesses,
    virtualMs: settledAt,
    idealMs,
    most,
  };
}

function newState(call: Call): State {
  return { call, sent: false, out: false, settled: false, abortedAt: undefined, seen: new Set() };
}

async function collect(
  stream: AsyncIterable<{ readonly chunk: { readonly text: string } }>,
): Promise<string> {
  let text = "";
  for await (const { chunk } of stream) text += chunk.text;
  return text;
}

/** True when the client knows all the limits there are. */
function isTold({ settings, requestsPerMinute, tokensPerMinute }: FakeDeployment): boolean {
  return settings.requestsPerMinute === requestsPerMinute && settings.tokensPerMinute === tokensPerMinute;
}

/** What the quotas alone would take: every deployment busy to its limit, from the first moment on. */
function idealTime({ deployments, calls, parameters, settings }: Scenario): number {
  const usable = deployments;
  const perMinute = (read: (deployment: FakeDeployment) => number | undefined): number =>
    usable.reduce((sum, deployment) => sum + (read(deployment) ?? Infinity), 0);
  const grouped = calls.filter(({ group }) => group !== undefined).length;
  const first = usable[0];
  if (first === undefined) return 0;
  const { promptsPerRequest } = operations[first.operation];
  const requests =
    calls.length - grouped + Math.ceil(grouped / Math.min(settings.batchSize, promptsPerRequest));
  const prompts = calls.map((call) => call.prompt);
  const tokens = tokensOf(operations[first.operation], {
    prompts,
    parameters,
    dialect: { refused: new Set(), streamUsage: true },
    stream: false,
    streamUsage: false,
  });
  const minutes = Math.max(
    requests / perMinute((deployment) => deployment.requestsPerMinute),
    tokens / perMinute((deployment) => deployment.tokensPerMinute),
  );
  const slowest = Math.max(...usable.map(({ latencyMs }) => latencyMs[1] + 200));
  return Math.max(minutes * 60_000, (requests * slowest) / settings.maxConcurrency);
}

/** The calls that have not been sent yet, by priority. */
class Waiting {
  readonly #byPriority = new Map<number, Map<Call, number>>();

  add(call: Call, now: number): void {
    let calls = this.#byPriority.get(call.priority);
    if (calls === undefined) this.#byPriority.set(call.priority, (calls = new Map()));
    calls.set(call, now);
  }

  remove(call: Call): void {
    this.#byPriority.get(call.priority)?.delete(call);
  }

  /**
   * One that came earlier and goes before. Streams and others do not compare: while one of a kind is
   * sent ahead to learn how, those of the other kind may go.
   */
  before({ priority, stream }: Call, now: number): Call | undefined {
    for (const [other, calls] of this.#byPriority) {
      if (other >= priority) continue;
      for (const [call, at] of calls) if (at < now && call.stream === stream) return call;
    }
    return undefined;
  }
}

/** What a deployment was sent, against what the client knew of its limits. */
class Book {
  readonly #sent: { at: number; tokens: number }[] = [];
  #restUntil = -Infinity;

  constructor(readonly deployment: FakeDeployment) {}

  sent(now: number, tokens: number, wrong: (what: string) => void): void {
    const { deploymentName = "", requestsPerMinute, tokensPerMinute } = this.deployment.settings;
    if (now < this.#restUntil - 1e-6) wrong(`${deploymentName} is asked while it rests`);
    if (requestsPerMinute === undefined && tokensPerMinute === undefined) return;
    this.#sent.push({ at: now, tokens });
    const within = (ms: number): readonly { tokens: number }[] => {
      const first = this.#sent.findIndex(({ at }) => at > now - ms);
      return this.#sent.slice(first);
    };
    for (const ms of requestsPerMinute === undefined ? [] : WINDOWS_MS) {
      const allowed = Math.ceil(((requestsPerMinute ?? 0) * ms) / 60_000);
      const count = within(ms).length;
      if (count > allowed) wrong(`${deploymentName} gets ${count} requests in ${ms} ms, of ${allowed}`);
    }
    if (tokensPerMinute !== undefined) {
      const sum = within(60_000).reduce((total, one) => total + one.tokens, 0);
      if (sum > tokensPerMinute && sum > tokens)
        wrong(`${deploymentName} gets ${sum} tokens of ${tokensPerMinute}`);
    }
    while (this.#sent.length > 0 && (this.#sent[0]?.at ?? now) <= now - 60_000) this.#sent.shift();
  }

  refused(now: number, error: unknown): void {
    if (!RateLimitError.isInstance(error) || error.retryAfterMs === undefined) return;
    this.#restUntil = Math.max(this.#restUntil, now + error.retryAfterMs);
  }
}
