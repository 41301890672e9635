import { Dispatcher } from "../../src/dispatch/dispatcher.js";
import type { DispatchSettings } from "../../src/dispatch/dispatcher.js";
import { Memory } from "../../src/dispatch/memory.js";
import type {
  Answer,
  Chunk,
  Connection,
  Operation,
  OperationRequest,
  SendOptions,
  Sent,
  SentStream,
} from "../../src/operations/operation.js";
import { operations } from "../../src/operations/operations.js";
import type { ServiceReport } from "../../src/report.js";
import type { DeploymentSettings, OperationName } from "../../src/settings/settings.js";
import { settle, VirtualClock } from "./simulation/virtual-clock.js";

/** A request as a scripted service got it. */
export interface Asked {
  readonly at: number;
  readonly deployment: string;
  readonly operation: OperationName;
  readonly prompts: readonly string[];
  readonly request: OperationRequest;
  readonly options: SendOptions;
}

/** What a scripted service does with a request: answers after a while, or throws. */
export type Script = (asked: Asked, clock: VirtualClock) => void | Promise<void>;

/** A deployment as settings have it, with what a test wants of it. */
export function deployment(
  name: string,
  { operation = "completions", priority = 0, weight = 1, ...rest }: Partial<DeploymentSettings> = {},
): DeploymentSettings {
  return {
    deploymentName: name,
    api: "v1",
    baseURL: `https://${name}.openai.azure.com/openai/v1`,
    host: `${name}.openai.azure.com`,
    cloud: "public",
    scope: "https://ai.azure.com/.default",
    operation,
    priority,
    weight,
    ...rest,
  };
}

export const defaults: DispatchSettings = {
  batchSize: 20,
  maxConcurrency: 256,
  maxRetries: 6,
  maxRetryDelayMs: 300_000,
  timeoutMs: 600_000,
  streamUsage: true,
};

/** The answer to a prompt: as many choices as asked for. */
export function answerTo(request: OperationRequest): Answer {
  const { n = 1 } = request.parameters;
  const choices = request.prompts.map((prompt) =>
    Array.from({ length: n }, (_, index) => ({ text: n === 1 ? `re ${prompt}` : `re ${prompt} ${index}` })),
  );
  const [promptTokens, completionTokens] = [10 * request.prompts.length, 7 * request.prompts.length * n];
  return {
    choices,
    usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens },
  };
}

export interface Stage {
  readonly clock: VirtualClock;
  readonly dispatcher: Dispatcher;
  readonly asked: Asked[];
  /** How many requests were out at once, at most. */
  readonly most: () => number;
}

export interface StageOptions {
  readonly deployments?: readonly DeploymentSettings[];
  readonly settings?: Partial<DispatchSettings>;
  /** What happens to a request before it is answered; 100 ms by default. */
  readonly script?: Script;
  /** What a stream says, word by word. */
  readonly words?: (asked: Asked, clock: VirtualClock) => AsyncIterable<Chunk>;
  readonly report?: (asked: Asked) => ServiceReport;
  readonly answer?: (request: OperationRequest) => Answer;
  readonly memory?: Memory;
  readonly random?: () => number;
  readonly clock?: VirtualClock;
}

const answerSoon: Script = (_, clock) => clock.sleep(100);

async function* twoWords(_: Asked, clock: VirtualClock): AsyncIterable<Chunk> {
  yield { index: 0, text: "" };
  await clock.sleep(10);
  yield { index: 0, text: "Hello" };
  await clock.sleep(10);
  yield { index: 0, text: " there", finishReason: "stop" };
}

/** A dispatcher on a virtual clock, before a service that follows a script. */
export function stage(options: StageOptions = {}): Stage {
  const { script = answerSoon, words = twoWords, report = () => ({}), answer = answerTo } = options;
  const { deployments = [deployment("one")], clock = new VirtualClock() } = options;
  const asked: Asked[] = [];
  let out = 0;
  let most = 0;
  const connections = deployments.map(({ deploymentName = "" }): Connection => {
    const ask = async (operation: Operation, request: OperationRequest, options: SendOptions) => {
      const one: Asked = {
        at: clock.now(),
        deployment: deploymentName,
        operation: operation.name,
        prompts: request.prompts,
        request,
        options,
      };
      asked.push(one);
      most = Math.max(most, ++out);
      try {
        await untilAborted(Promise.resolve(script(one, clock)), options.signal);
      } catch (error) {
        out--;
        throw error;
      }
      return one;
    };
    return {
      async send(operation, request, options): Promise<Sent> {
        const one = await ask(operation, request, options);
        out--;
        return { answer: answer(request), report: report(one) };
      },
      async stream(operation, request, options): Promise<SentStream> {
        const one = await ask(operation, request, options);
        const chunks = async function* (): AsyncIterable<Chunk> {
          try {
            yield* words(one, clock);
          } finally {
            out--;
          }
        };
        return { report: report(one), chunks: chunks() };
      },
    };
  });
  const dispatcher = new Dispatcher({
    deployments,
    connections,
    operations,
    settings: { ...defaults, ...options.settings },
    clock,
    random: options.random ?? (() => 0.5),
    memory: options.memory ?? new Memory(),
  });
  return { clock, dispatcher, asked, most: () => most };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The settled results of promises, once time has passed until nothing is left to happen. */
export async function results<T>(
  clock: VirtualClock,
  promises: readonly Promise<T>[],
): Promise<readonly PromiseSettledResult<T>[]> {
  const all = Promise.allSettled(promises);
  await clock.run();
  const never = settle().then(() => {
    throw new Error("Nothing is left to happen, and not every promise is settled.");
  });
  return Promise.race([all, never]);
}
