import { Dispatcher } from "../../../src/dispatch/dispatcher.js";
import type { DispatchSettings } from "../../../src/dispatch/dispatcher.js";
import type { Group } from "../../../src/dispatch/group.js";
import { Memory } from "../../../src/dispatch/memory.js";
import type { StreamPiece } from "../../../src/dispatch/work.js";
import { RateLimitError } from "../../../src/errors.js";
import type { OperationRequest } from "../../../src/operations/operation.js";
import { operations } from "../../../src/operations/operations.js";
import type { ServiceReport } from "../../../src/report.js";
import { Book } from "./book.js";
import { answerText, FakeAzure, isFiltered, kindOf, NO_FAULTS } from "./fake-azure.js";
import type { FakeDeployment } from "./fake-azure.js";
import { Patience } from "./patience.js";
import { Random } from "./random.js";
import type { Call, Listening, Scenario } from "./scenario.js";
import { VirtualClock } from "./virtual-clock.js";
import { Waiting } from "./waiting.js";

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
  readonly most: number;
}

interface State {
  readonly call: Call;
  /** In how many requests it is: one for each share of its choices. */
  out: number;
  sent: number;
  settled: boolean;
  abortedAt: number | undefined;
  readonly seen: Set<string>;
}

/** How long a slow reader takes for a piece, and a slow listener for a failure. */
const SLOW_READER_MS = 700;
const SLOW_LISTENER_MS = 300;

/** A call that is given up ends within this. */
const PROMPTLY_MS = 50;

/** Whatever is not over by then never will be. */
const END_MS = 30 * 86_400_000;

/** Plays a scenario through, and throws when something happens that never may. */
export async function simulate(scenario: Scenario, watchOrder = true): Promise<Summary> {
  const { seed, deployments, settings, calls } = scenario;
  const { totalTimeoutMs = Infinity } = settings;
  const random = new Random(seed ^ 0x5eed);
  const clock = new VirtualClock();
  const states = new Map(calls.map((call) => [call.prompt, newState(call)]));
  const problems: string[] = [];
  const wrong = (what: string): void => {
    if (problems.length < 5) problems.push(`at ${Math.round(clock.now())} ms: ${what}`);
  };
  let [out, most, requests, refused, guesses] = [0, 0, 0, 0, 0];
  const waiting = new Waiting();
  const patience = new Patience(scenario, wrong);
  const books = new Map(deployments.map((deployment) => [deployment, new Book(deployment)]));
  const stops = new Set<unknown>();
  const sendsLimit = mostSends(scenario);
  const someAreWell = deployments.some(isWell);
  let someWaitTooLong = false;

  const witness = {
    sent(deployment: FakeDeployment, request: OperationRequest, tokens: number): void {
      const now = clock.now();
      patience.happened(now);
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
        const { n = 1 } = state.call.parameters;
        const shares = n / (request.parameters.n ?? 1);
        if (++state.out > shares) wrong(`${prompt} is out ${state.out} times`);
        if (++state.sent > sendsLimit * n) wrong(`${prompt} is sent for the ${state.sent}th time`);
        // Who stops reading is waited for, and so are the other streams of what it reads.
        if (state.settled && state.call.reader !== "stops") wrong(`${prompt} is sent after it was settled`);
        if (state.abortedAt !== undefined) wrong(`${prompt} is sent after it was aborted`);
        waiting.remove(state.call);
        // Those that others cannot help any more go where the others would rather not.
        const isOrdered = watchOrder && deployment.denies === undefined;
        const passed = isOrdered ? waiting.before(state.call, now) : undefined;
        if (passed !== undefined) {
          wrong(`${prompt} (${state.call.priority}) passes ${passed.prompt} (${passed.priority})`);
        }
      }
    },
    ended(
      deployment: FakeDeployment,
      request: OperationRequest,
      error: unknown,
      report: ServiceReport | undefined,
    ): void {
      patience.happened(clock.now());
      out--;
      books.get(deployment)?.heard(clock.now(), report, error);
      const code = kindOf(error);
      if (code === "rate_limit") refused++;
      if (RateLimitError.isInstance(error) && (error.retryAfterMs ?? 0) > settings.maxRetryDelayMs) {
        someWaitTooLong = true;
      }
      if (code === "operation_not_supported") guesses++;
      for (const prompt of request.prompts) {
        const state = states.get(prompt);
        if (state === undefined) continue;
        state.out--;
        if (error !== undefined) state.seen.add(code);
      }
    },
  };

  const dispatcher = new Dispatcher({
    deployments: deployments.map((deployment) => deployment.settings),
    connections: deployments.map((deployment) => new FakeAzure(deployment, clock, random, witness)),
    operations,
    settings: { ...settings, ...toListener(scenario.listens, clock, random, stops) },
    clock,
    random: random.next,
    memory: new Memory(),
  });

  let [answered, failed, aborted] = [0, 0, 0];
  const groups = new Map<number, Group>();
  const settle = (state: State): void => {
    if (state.settled) wrong(`${state.call.prompt} is settled twice`);
    state.settled = true;
    waiting.remove(state.call);
    patience.settled(clock.now());
  };
  const start = (call: Call, state: State): void => {
    const { abortAt, parameters, priority, prompt, reader } = call;
    const startedAt = clock.now();
    patience.started(startedAt);
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
      prompt,
      parameters,
      priority,
      ...(abortAt === undefined ? {} : { signal: controller.signal }),
      ...(group === undefined ? {} : { group }),
    };
    // What waits for its group's turn may be passed within that turn.
    waiting.add(call, startedAt);
    const { n = 1 } = parameters;
    const texts = call.stream
      ? readStream(dispatcher.stream(work), call, clock)
      : dispatcher.submit(work).then(({ choices }) => choices.map(({ text }) => text));
    // A reader sees what happened when it asks for the next piece.
    const promptlyMs = PROMPTLY_MS + (reader === "slow" && call.stream ? SLOW_READER_MS : 0);
    texts.then(
      (values) => {
        settle(state);
        if (values === undefined) return;
        answered++;
        if (isFiltered(prompt)) wrong(`${prompt} is answered`);
        if (values.length !== n || values.some((value) => value !== answerText(prompt))) {
          wrong(`${prompt} got ${JSON.stringify(values)}`);
        }
      },
      (error: unknown) => {
        settle(state);
        const now = clock.now();
        const code = kindOf(error);
        if (code === "AbortError") {
          aborted++;
          if (state.abortedAt === undefined) wrong(`${prompt} was aborted by nobody`);
          else if (now - state.abortedAt > promptlyMs) wrong(`${prompt} was given up late`);
          return;
        }
        failed++;
        const isOverdue = code === "timeout" && now - startedAt >= totalTimeoutMs;
        if (now - startedAt > totalTimeoutMs + promptlyMs) wrong(`${prompt} fails after its time`);
        const isKnown = isOverdue || stops.has(error) || (someWaitTooLong && code === "rate_limit");
        if (!isKnown && !state.seen.has(code)) wrong(`${prompt} fails with ${code}, which it never met`);
        if (code === "content_filter" && !isFiltered(prompt)) wrong(`${prompt} fails with ${code}`);
        const isItsOwn =
          isOverdue || stops.has(error) || code === "content_filter" || code === "interrupted_stream";
        if (someAreWell && !isItsOwn) wrong(`${prompt} fails with ${code}, though a deployment is well`);
      },
    );
  };
  for (const state of states.values()) {
    const { at } = state.call;
    if (at === 0) start(state.call, state);
    else clock.schedule(at, () => start(state.call, state));
  }
  await clock.run(END_MS);

  const lost = [...states.values()].filter((state) => !state.settled).length;
  if (lost > 0) wrong(`${lost} calls were never settled`);
  if (out !== 0) wrong(`${out} requests are still out`);
  if (clock.pending !== 0) wrong(`${clock.pending} timers are left`);
  if (problems.length > 0) throw new Error(`Seed ${seed}: ${problems.join("; ")}`);
  const prompts = calls.length;
  const virtualMs = patience.lastSettled;
  return { seed, prompts, answered, failed, aborted, requests, refused, guesses, virtualMs, most };
}

function newState(call: Call): State {
  return { call, out: 0, sent: 0, settled: false, abortedAt: undefined, seen: new Set() };
}

/** True of a deployment that answers everything, and whose limits the client was told. */
function isWell({ settings, requestsPerMinute, tokensPerMinute, faults, denies }: FakeDeployment): boolean {
  const isTold =
    settings.requestsPerMinute === requestsPerMinute && settings.tokensPerMinute === tokensPerMinute;
  return isTold && faults === NO_FAULTS && denies === undefined;
}

/** In how many requests one choice can be at most: tried again, elsewhere, put right, and in smaller ones. */
function mostSends({ deployments, settings: { maxRetries, batchSize } }: Scenario): number {
  const lessons = 12;
  const splits = Math.ceil(Math.log2(batchSize)) + 2;
  return 1 + maxRetries + deployments.length + lessons + splits;
}

function toListener(
  listens: Listening,
  clock: VirtualClock,
  random: Random,
  stops: Set<unknown>,
): Pick<DispatchSettings, "onFailedAttempt"> {
  switch (listens) {
    case "not":
      return {};
    case "at once":
      return { onFailedAttempt: () => undefined };
    case "slowly":
      return { onFailedAttempt: () => clock.sleep(SLOW_LISTENER_MS) };
    case "stopping":
      return {
        onFailedAttempt() {
          if (random.chance(0.9)) return;
          const stop = new Error("No more, please.");
          stops.add(stop);
          throw stop;
        },
      };
  }
}

/** The text of each choice; nothing, where the reader does not wait for the end. */
async function readStream(
  stream: AsyncIterable<StreamPiece>,
  { parameters: { n = 1 }, reader }: Call,
  clock: VirtualClock,
): Promise<readonly string[] | undefined> {
  const texts = Array.from({ length: n }, () => "");
  const pieces = stream[Symbol.asyncIterator]();
  for (let count = 1; ; count++) {
    const piece = await pieces.next();
    if (piece.done === true) return texts;
    const { index, text } = piece.value.chunk;
    texts[index] += text;
    if (reader === "slow") await clock.sleep(SLOW_READER_MS);
    if (count < 3 || reader === "slow" || reader === "quick") continue;
    if (reader === "leaves") await pieces.return?.();
    return undefined;
  }
}
