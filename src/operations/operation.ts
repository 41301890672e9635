import type { ServiceReport } from "../report.js";
import type { OperationName, Parameters } from "../settings/settings.js";

/** A JSON object of the wire. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a deployment has taught about how it wants an operation spoken. */
export interface Dialect {
  /** The name it takes for the limit of new tokens, where it is not the operation's usual one. */
  readonly maxTokensField?: string;
  /** Wire fields that it refuses: left out where they hold only a default. */
  readonly refused: ReadonlySet<string>;
  /** False once it has refused to be asked for usage in a stream. */
  readonly streamUsage: boolean;
}

/** One request's worth of prompts. */
export interface OperationRequest {
  readonly prompts: readonly string[];
  readonly parameters: Parameters;
  readonly dialect: Dialect;
  /** Ask for a stream. */
  readonly stream: boolean;
  /** In a stream: ask for the token usage at its end. */
  readonly streamUsage: boolean;
}

/** The tokens a request took. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly reasoningTokens?: number;
  readonly cachedTokens?: number;
  /** True for a prompt's share of a group's total, which the service does not itemise. */
  readonly estimated?: true;
}

/** Log probabilities in the form of the completions operation, whatever operation was asked. */
export interface Logprobs {
  readonly tokens: readonly string[];
  readonly tokenLogprobs: readonly (number | null)[];
  readonly topLogprobs: readonly (Readonly<Record<string, number>> | null)[];
  readonly textOffset: readonly number[];
}

/** One completion of one prompt. */
export interface Choice {
  readonly text: string;
  /** `stop`, `length`, `content_filter`, or what the service says. */
  readonly finishReason?: string;
  readonly logprobs?: Logprobs;
  /** Azure's content-filter verdict on the completion, as it came. */
  readonly contentFilterResults?: JsonObject;
  /** A chat model's refusal to answer; it is the text, too, where there is no other. */
  readonly refusal?: string;
}

/** What every answer and chunk may tell about itself. */
export interface AnswerIdentity {
  readonly id?: string;
  /** The model that served, in the service's words. */
  readonly model?: string;
  readonly systemFingerprint?: string;
  /** Azure's content-filter verdicts on the prompts, by position in the request. */
  readonly promptFilterResults?: readonly (JsonObject | undefined)[];
}

/** A whole answer: the choices of each prompt, in the order of the prompts. */
export interface Answer extends AnswerIdentity {
  readonly choices: readonly (readonly Choice[])[];
  readonly usage?: TokenUsage;
}

/** A whole answer and what its headers said. */
export interface Sent {
  readonly answer: Answer;
  readonly report: ServiceReport;
}

/** How one request is sent, whatever it asks. */
export interface SendOptions {
  /** Ends the request. */
  readonly signal: AbortSignal;
  /** Milliseconds for the whole attempt (for a stream: until its headers). */
  readonly timeoutMs: number;
  /** The longest silence, in milliseconds, the first byte included. */
  readonly idleTimeoutMs?: number;
  /** The call's own headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A stream that the service has begun to answer. */
export interface SentStream {
  readonly report: ServiceReport;
  readonly chunks: AsyncIterable<Chunk>;
}

/** One deployment as it is reached over the network. */
export interface Connection {
  send(operation: Operation, request: OperationRequest, options: SendOptions): Promise<Sent>;
  /** Resolves once the service has begun to answer. Leaving the loop over `chunks` closes the connection. */
  stream(operation: Operation, request: OperationRequest, options: SendOptions): Promise<SentStream>;
}

/** A piece of a streamed answer. */
export interface Chunk extends AnswerIdentity {
  /** Which choice of the prompt it continues, counted from 0. */
  readonly index: number;
  readonly text: string;
  readonly finishReason?: string;
  readonly logprobs?: Logprobs;
  readonly contentFilterResults?: JsonObject;
  readonly refusal?: string;
  readonly usage?: TokenUsage;
}

/** Reads one stream's events in order. Made anew for each stream. */
export interface ChunkReader {
  /**
   * Reads the data of one server-sent event (`"[DONE]"` included) as text.
   *
   * Throws a `ServiceError` for what is not an answer. Error frames have been taken out before.
   */
  read(event: { readonly name?: string; readonly data: JsonObject | "[DONE]" }): readonly Chunk[];
  /** True once the stream has said all that it has to say. */
  readonly whole: boolean;
  /** True when the reader wants no more (a stop sequence it cuts at itself was found). */
  readonly satisfied: boolean;
}

/** One Azure operation: prompts in, request body out; body or chunks in, results out. Pure. */
export interface Operation {
  readonly name: OperationName;
  /** What is appended to the base URL. */
  readonly path: string;
  /** True when the dated API has it below `/deployments/NAME`. */
  readonly deploymentScoped: boolean;
  /** How many prompts fit into one request. */
  readonly promptsPerRequest: number;
  /** How many choices of a prompt one request can give. */
  readonly choicesPerRequest: number;
  /** Throws an `OperationNotSupportedError` for a parameter the caller set and the operation lacks. */
  check(parameters: Parameters): void;
  /**
   * The tokens a prompt counts towards the quota, as Azure estimates them before it answers: from
   * the prompt's characters, and the limit of new tokens by the number of completions made.
   */
  estimateTokens(prompt: string, parameters: Parameters): number;
  /** The request body, without `model`. Calls {@link Operation.check}. */
  toBody(request: OperationRequest): JsonObject;
  /** Reads a whole answer; throws a `ServiceError` when it makes no sense. */
  toAnswer(body: unknown, request: OperationRequest): Answer;
  reader(request: OperationRequest): ChunkReader;
  /** The error body inside a stream's event, in the shape `{ error: { code, message } }`; else nothing. */
  errorIn(event: { readonly name?: string; readonly data: JsonObject | "[DONE]" }): JsonObject | undefined;
}
