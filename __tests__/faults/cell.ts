import type { NewTokenIndices } from "@langchain/core/callbacks/base";
import type { LLMResult } from "@langchain/core/outputs";

import { AzureOpenAI } from "../../src/index.js";
import type { Fault } from "./faults.js";
import { watchHeld } from "./held.js";
import type { Held } from "./held.js";
import { MAX_RETRIES } from "./outcomes.js";
import type { Way } from "./outcomes.js";
import type { OperationName } from "./right-answers.js";
import { MARK, openService } from "./service.js";
import type { Reply } from "./service.js";

/** One square of the matrix. */
export interface Cell {
  readonly fault: Fault;
  readonly operation: OperationName;
  readonly way: Way;
  /** True where the fault happens to each request with the marked prompt, false where to the first alone. */
  readonly lasts: boolean;
}

/** How one prompt ended. */
export type End = { readonly text: string } | { readonly error: Error };

/** What was seen in one square. */
export interface Observed {
  readonly prompts: readonly string[];
  /** How each prompt ended, in the prompts' order. */
  readonly ends: readonly End[];
  /** The marked prompt's place. */
  readonly place: number;
  /** What a stream had said when it ended; where nobody reads it, what callbacks were told of the marked prompt. */
  readonly soFar: string;
  /** The requests with the marked prompt, as which prompts each held. */
  readonly requests: readonly (readonly string[])[];
  /** How often each prompt got a right answer of the service's. */
  readonly answered: ReadonlyMap<string, number>;
  /** How often LangChain was told of each prompt's end. */
  readonly told: ReadonlyMap<string, number>;
  /** What it was told the choices of each answered prompt say, where that was looked at. */
  readonly choices?: ReadonlyMap<string, readonly string[]>;
  /** How many retries were told of. */
  readonly retries: number;
  /** How many connections were made to another host. */
  readonly strayed: number;
  /** What still listens to a signal: the caller's, or one of the client's own. */
  readonly listeners: number;
  /** The connections, timers and look-ups that are still in use, while the service would go on. */
  readonly inUse: readonly string[];
}

export const KEY = "a-key-that-is-nobody-elses";

/** The longest own wait between two tries. */
const MAX_RETRY_DELAY_MS = 20;

/** Longer than any test: a timer for it that is left behind is seen. */
const LONG_MS = 20_000;

/** What is still in use is given so long to end, less than any limit of a test takes. */
const REST_MS = 100;
/** More than an answer that is over may be waited for to end. */
const LONG_REST_MS = 3000;

/** The options that all squares of an operation share. */
export function chooseOptions(operation: OperationName) {
  return {
    apiKey: KEY,
    deploymentName: "any",
    operation,
    batchSize: 2,
    maxRetries: MAX_RETRIES,
    maxRetryDelay: MAX_RETRY_DELAY_MS,
    idleTimeout: LONG_MS,
  };
}

/** What is asked. */
export function choosePrompts(way: Way): readonly string[] {
  return way === "batch"
    ? ["one", "two", "three", `four, ${MARK}`, "five", "six"]
    : [`the only one, ${MARK}`];
}

/** Runs one square, and returns when its connections are closed or at rest. */
export async function observe({ fault, operation, way, lasts }: Cell): Promise<Observed> {
  const { reply = ({ answer }) => answer(), open = openService } = fault;
  const answerInTime: Reply = (exchange, before) =>
    lasts || before === 0 ? reply(exchange, before) : exchange.answer();
  const service = await open(answerInTime);
  const timers = countTimers();
  const held = watchHeld();
  let retries = 0;
  const llm = new AzureOpenAI({
    ...chooseOptions(operation),
    azureEndpoint: service.origin,
    onRetry: () => (retries += 1),
    ...(fault.fetched === true && { configuration: { fetch } }),
    ...fault.options?.(),
  });
  const prompts = choosePrompts(way);
  const { signal } = new AbortController();
  let soFar = "";
  const { told, choices, handler } = hear((prompt, piece) => {
    if (way !== "stream" && prompt.includes(MARK)) soFar += piece;
  });
  const config = { signal, callbacks: [handler] };
  const ways: Readonly<Record<Way, () => Promise<readonly End[]>>> = {
    invoke: async () => [await endOf(llm.invoke(prompts[0] ?? "", config))],
    stream: async () => [
      await endOf(
        (async () => {
          for await (const piece of await llm.stream(prompts[0] ?? "", config)) {
            soFar += piece;
            service.hear();
          }
          return soFar;
        })(),
      ),
    ],
    batch: async () =>
      (await llm.batch([...prompts], config, { returnExceptions: true })).map((result) =>
        typeof result === "string" ? { text: result } : { error: result },
      ),
  };
  try {
    const ends = await ways[way]();
    const inUse = await untilAtRest(held, timers, fault.lingers === true ? LONG_REST_MS : REST_MS);
    return {
      prompts,
      ends,
      place: prompts.findIndex((prompt) => prompt.includes(MARK)),
      soFar,
      requests: service.marked.map((exchange) => exchange.prompts),
      answered: service.answered,
      told,
      choices,
      retries,
      strayed: service.strayed(),
      listeners: held.listeners(fault.fetched === true ? signal : undefined),
      inUse,
    };
  } finally {
    held.release();
    await service.close();
  }
}

/** The timers; the test runner has some of its own. */
function countTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
}

/** Waits until no request is in use and no timer runs any more, but not for long, and says what still does. */
async function untilAtRest(held: Held, timers: number, restMs: number): Promise<readonly string[]> {
  const listInUse = (): readonly string[] => [
    ...Array.from({ length: held.requests() }, () => "request"),
    ...Array.from({ length: Math.max(0, countTimers() - timers) }, () => "timer"),
  ];
  for (let turn = 0; turn < restMs && listInUse().length > 0; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return listInUse();
}

async function endOf(text: Promise<string>): Promise<End> {
  try {
    return { text: await text };
  } catch (error) {
    return { error: error as Error }; // the tests look at what it is
  }
}

/** Hears what LangChain tells: how often of each prompt's end, and the pieces of its first choice. */
function hear(hearPiece: (prompt: string, piece: string) => void) {
  const told = new Map<string, number>();
  const choices = new Map<string, readonly string[]>();
  const prompts = new Map<string, string>();
  const promptOf = (runId: string): string => prompts.get(runId) ?? runId;
  const end = (runId: string): void => {
    const prompt = promptOf(runId);
    told.set(prompt, (told.get(prompt) ?? 0) + 1);
  };
  const handler = {
    name: "counter",
    awaitHandlers: true,
    handleLLMStart: (_llm: unknown, [prompt = ""]: string[], runId: string): void =>
      void prompts.set(runId, prompt),
    handleLLMNewToken: (piece: string, { completion }: NewTokenIndices, runId: string): void => {
      if (completion === 0) hearPiece(promptOf(runId), piece);
    },
    handleLLMEnd: ({ generations }: LLMResult, runId: string): void => {
      choices.set(promptOf(runId), generations[0]?.map(({ text }) => text) ?? []);
      end(runId);
    },
    handleLLMError: (_error: unknown, runId: string): void => {
      end(runId);
    },
  };
  return { told, choices, handler };
}
