import {
  AuthenticationError,
  AzureOpenAIError,
  ConnectionError,
  ContentFilterError,
  DeploymentNotFoundError,
  InterruptedStreamError,
  OperationNotSupportedError,
  RateLimitError,
  ServiceError,
  TimeoutError,
} from "../../../src/errors.js";
import type {
  Answer,
  Chunk,
  Connection,
  Operation,
  OperationRequest,
  SendOptions,
  Sent,
  SentStream,
} from "../../../src/operations/operation.js";
import type { ServiceReport } from "../../../src/report.js";
import type { DeploymentSettings, OperationName, Parameters } from "../../../src/settings/settings.js";
import type { Random } from "./random.js";
import { Sliding } from "./sliding.js";
import type { VirtualClock } from "./virtual-clock.js";

/** How often each thing goes wrong. */
export interface Faults {
  readonly serverError: number;
  readonly reset: number;
  readonly stall: number;
  readonly busy: number;
  readonly cutStream: number;
  /** It asks to wait for a day. */
  readonly longWait: number;
  /** It takes half a minute longer. */
  readonly slow: number;
}

export const NO_FAULTS: Faults = {
  serverError: 0,
  reset: 0,
  stall: 0,
  busy: 0,
  cutStream: 0,
  longWait: 0,
  slow: 0,
};

/** What it asks to wait where it asks for long. */
export const LONG_WAIT_MS = 86_400_000;

/** How much longer a slow request takes. */
export const SLOW_MS = 15_000;

/** A while in which it refuses everything, and says until when. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

/** A deployment as the service has it. */
export interface FakeDeployment {
  readonly settings: DeploymentSettings;
  readonly operation: OperationName;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Over what the service counts requests. */
  readonly requestWindowMs: number;
  readonly latencyMs: readonly [number, number];
  readonly faults: Faults;
  /** Tells limits and what remains of them in its answers. */
  readonly headers: boolean;
  /** It cannot be used with these settings: the status that it says so with. */
  readonly denies?: 401 | 404;
  /** In the order of time. */
  readonly outages?: readonly Outage[];
}

/** What is told of each request. */
export interface Witness {
  sent(deployment: FakeDeployment, request: OperationRequest, tokens: number): void;
  ended(
    deployment: FakeDeployment,
    request: OperationRequest,
    error: unknown,
    report: ServiceReport | undefined,
  ): void;
}

/** The text that a prompt is answered with. */
export function answerText(prompt: string): string {
  return `answer to ${prompt}`;
}

/** True for a prompt that the content filter refuses. */
export function isFiltered(prompt: string): boolean {
  return prompt.startsWith("bad");
}

/** One deployment of an imagined Azure, with its limits and its faults. */
export class FakeAzure implements Connection {
  readonly #requests: Sliding;
  readonly #tokens = new Sliding(60_000);

  constructor(
    readonly deployment: FakeDeployment,
    readonly clock: VirtualClock,
    readonly random: Random,
    readonly witness: Witness,
  ) {
    this.#requests = new Sliding(deployment.requestWindowMs);
  }

  async send(operation: Operation, request: OperationRequest, options: SendOptions): Promise<Sent> {
    return this.#witnessed(operation, request, async () => {
      const report = await this.#reach(operation, request, options);
      const { latencyMs, faults } = this.deployment;
      const slowerMs = this.random.chance(faults.slow) ? SLOW_MS : 0;
      await this.clock.sleep(this.random.between(...latencyMs) + slowerMs, options.signal);
      this.#filter(request);
      return { answer: toAnswer(request), report };
    });
  }

  async stream(operation: Operation, request: OperationRequest, options: SendOptions): Promise<SentStream> {
    const { witness, deployment } = this;
    const { report } = await this.#witnessed(
      operation,
      request,
      async () => {
        const report = await this.#reach(operation, request, options);
        this.#filter(request);
        return { report };
      },
      true,
    );
    let isOver = false;
    const end = (error?: unknown): void => {
      if (!isOver) witness.ended(deployment, request, error, report);
      isOver = true;
    };
    const { signal } = options;
    // The connection is closed, whether or not somebody waits for a piece.
    signal.addEventListener("abort", () => end(signal.reason), { once: true });
    const words = this.#words(request, signal);
    const chunks = async function* (): AsyncIterable<Chunk> {
      try {
        yield* words;
      } catch (error) {
        end(error);
        throw error;
      } finally {
        end();
      }
    };
    return { report, chunks: chunks() };
  }

  async *#words({ prompts, parameters }: OperationRequest, signal: AbortSignal): AsyncIterable<Chunk> {
    const words = answerText(prompts[0] ?? "").split(/(?<= )/);
    const { cutStream, slow } = this.deployment.faults;
    const isSlow = this.random.chance(slow);
    for (let index = 0; index < (parameters.n ?? 1); index++) {
      yield { index, text: "" };
      for (const [place, text] of words.entries()) {
        await this.clock.sleep(isSlow ? SLOW_MS / words.length : this.random.between(5, 50), signal);
        if (this.random.chance(cutStream / words.length)) {
          const partialText = words.slice(0, place).join("");
          throw new InterruptedStreamError("The stream was cut.", { partialText });
        }
        yield { index, text };
      }
    }
  }

  async #witnessed<T extends { readonly report: ServiceReport }>(
    operation: Operation,
    request: OperationRequest,
    run: () => Promise<T>,
    goesOn = false,
  ): Promise<T> {
    const tokens = tokensOf(operation, request.prompts, request.parameters);
    this.witness.sent(this.deployment, request, tokens);
    try {
      const result = await run();
      if (!goesOn) this.witness.ended(this.deployment, request, undefined, result.report);
      return result;
    } catch (error) {
      const report = AzureOpenAIError.isInstance(error) ? error.report : undefined;
      this.witness.ended(this.deployment, request, error, report);
      throw error;
    }
  }

  /** What happens to a request before the model sees it. */
  async #reach(
    operation: Operation,
    request: OperationRequest,
    { signal, timeoutMs }: SendOptions,
  ): Promise<ServiceReport> {
    const { deployment, clock, random } = this;
    const { faults } = deployment;
    await clock.sleep(random.between(1, 15), signal);
    if (random.chance(faults.reset)) throw new ConnectionError("The connection was reset.");
    if (random.chance(faults.stall)) {
      await clock.sleep(timeoutMs, signal);
      throw new TimeoutError("No answer came.", { scope: "attempt" });
    }
    if (deployment.denies === 401) throw new AuthenticationError("Access denied.", { status: 401 });
    if (deployment.denies === 404)
      throw new DeploymentNotFoundError("No such one.", {
        status: 404,
        service: { code: "DeploymentNotFound" },
      });
    this.#endure();
    const report = this.#admit(operation, request);
    if (deployment.operation !== operation.name) {
      throw new OperationNotSupportedError("Another operation, please.", {
        status: 400,
        report,
        service: { code: "OperationNotSupported" },
      });
    }
    if (random.chance(faults.serverError)) {
      throw new ServiceError("The server had an error.", { status: 500, report, ...this.#hint() });
    }
    if (random.chance(faults.busy)) throw this.#busy(report, this.#hint());
    if (random.chance(faults.longWait)) throw this.#busy(report, { retryAfterMs: LONG_WAIT_MS });
    return report;
  }

  /** Refuses everything while it is out. */
  #endure(): void {
    const now = this.clock.now();
    const outage = this.deployment.outages?.find(({ from, until }) => from <= now && now < until);
    if (outage !== undefined) throw this.#busy({}, { retryAfterMs: outage.until - now });
  }

  #hint(): { readonly retryAfterMs?: number } {
    const retryAfterMs = this.random.integer(20, 3000);
    return this.random.chance(0.5) ? { retryAfterMs } : {};
  }

  #busy(report: ServiceReport, hint: { readonly retryAfterMs?: number }): RateLimitError {
    return new RateLimitError("The system is experiencing high demand.", { status: 429, report, ...hint });
  }

  #admit(operation: Operation, request: OperationRequest): ServiceReport {
    const { requestsPerMinute = Infinity, tokensPerMinute = Infinity } = this.deployment;
    const now = this.clock.now();
    const tokens = tokensOf(operation, request.prompts, request.parameters);
    const mostRequests = Math.ceil((requestsPerMinute * this.deployment.requestWindowMs) / 60_000);
    const requestsLeft = mostRequests - this.#requests.used(now);
    const tokensLeft = tokensPerMinute - this.#tokens.used(now);
    const waits = [
      requestsLeft >= 1 ? 0 : this.#requests.freeIn(now, mostRequests - 1),
      tokensLeft >= tokens ? 0 : this.#tokens.freeIn(now, Math.max(0, tokensPerMinute - tokens)),
    ];
    this.#requests.add(1, now);
    this.#tokens.add(tokens, now);
    const retryAfterMs = Math.max(...waits);
    if (retryAfterMs > 0) {
      throw new RateLimitError("The rate limit is exceeded.", {
        status: 429,
        retryAfterMs,
        report: this.#report(requestsLeft, tokensLeft),
      });
    }
    return this.#report(requestsLeft - 1, tokensLeft - tokens);
  }

  #report(requestsLeft: number, tokensLeft: number): ServiceReport {
    const { requestsPerMinute, tokensPerMinute, headers } = this.deployment;
    if (!headers) return {};
    return {
      rateLimit: {
        ...(requestsPerMinute === undefined
          ? {}
          : { limitRequests: requestsPerMinute, remainingRequests: Math.max(0, requestsLeft) }),
        ...(tokensPerMinute === undefined
          ? {}
          : { limitTokens: tokensPerMinute, remainingTokens: Math.max(0, tokensLeft) }),
      },
    };
  }

  #filter(request: OperationRequest): void {
    if (!request.prompts.some(isFiltered)) return;
    throw new ContentFilterError("The prompt was filtered.", {
      status: 400,
      source: "prompt",
      categories: {},
    });
  }
}

/** What a request's prompts count towards the token limit. */
export function tokensOf(operation: Operation, prompts: readonly string[], parameters: Parameters): number {
  return prompts.reduce((sum, prompt) => sum + operation.estimateTokens(prompt, parameters), 0);
}

function toAnswer({ prompts, parameters: { n = 1 } }: OperationRequest): Answer {
  const usage = { promptTokens: 3 * prompts.length, completionTokens: 5 * prompts.length * n };
  return {
    choices: prompts.map((prompt) => Array.from({ length: n }, () => ({ text: answerText(prompt) }))),
    usage: { ...usage, totalTokens: usage.promptTokens + usage.completionTokens },
  };
}

/** The kind of an error, for what a call may fail with. */
export function kindOf(error: unknown): string {
  if (AzureOpenAIError.isInstance(error)) return error.code;
  // The platform's errors are of another realm than the tests.
  return typeof error === "object" && error !== null && "name" in error ? String(error.name) : "none";
}
