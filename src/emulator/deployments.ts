import { Quota } from "./quota.js";
import type { EncodingName } from "./tokens.js";

/** An operation of Azure OpenAI that makes text. */
export type OperationName = "completions" | "chat" | "responses";

/** How the wait is told in a 429 of the quota. */
export type RetryHint = "retry-after-ms" | "retry-after" | "text";

/** How a deployment's content filter works. */
export type ContentFilterMode =
  /** Text is held back until it is checked, and comes with its verdict. */
  | "default"
  /** Text streams unchecked, and verdicts come in chunks of their own. */
  | "asynchronous"
  /** The filter is down: text comes with `content_filter_error`. */
  | "unavailable";

/** How fast a deployment answers. */
export interface Latency {
  /** Until the first byte, in milliseconds. @default 0 */
  readonly first?: number | undefined;
  /** For each token of the answer, in milliseconds. @default 0 */
  readonly perToken?: number | undefined;
}

/**
 * One deployment of an emulator.
 *
 * @example
 * ```ts
 * import { startEmulator } from "langchain-azure-openai/emulator";
 *
 * const azure = await startEmulator({
 *   deployments: {
 *     instruct: { model: "gpt-35-turbo-instruct", requestsPerMinute: 600 },
 *     chat: { model: "gpt-4o", tokensPerMinute: 30_000, latencyMs: { first: 200, perToken: 5 } },
 *     reasoning: { model: "o4-mini", reasoningTokens: 128 },
 *   },
 * });
 * await azure.close();
 * ```
 */
export interface DeploymentOptions {
  /**
   * The model that is deployed, which decides operations, tokenizer, context window and what is refused.
   * @default guessed from the deployment's name, `gpt-4o` where that says nothing
   */
  readonly model?: string | undefined;
  /** The version, which answers name as `model-version`. @default none */
  readonly modelVersion?: string | undefined;
  /** What the model does. @default by model: completions for `…-instruct`, chat and responses for most others */
  readonly operations?: readonly OperationName[] | undefined;
  /** Requests allowed a minute, enforced over 1 or 10 seconds. @default no limit */
  readonly requestsPerMinute?: number | undefined;
  /** Tokens allowed a minute, estimated as Azure does before it answers. @default no limit */
  readonly tokensPerMinute?: number | undefined;
  /** How a 429 of the quota tells when to come again. @default all of them */
  readonly rateLimitHints?: readonly RetryHint[] | undefined;
  /** How long answers take, in milliseconds; a number is the time to the first byte. @default 0 */
  readonly latencyMs?: number | Latency | undefined;
  /** Tokens that prompt and answer may take together. @default by model */
  readonly contextWindow?: number | undefined;
  /**
   * What becomes of `stream_options` in a chat or completions request.
   * @default "accept", and "refuse" for api-versions before 2024-09-01-preview
   */
  readonly streamUsage?: "accept" | "refuse" | "ignore" | undefined;
  /** Tokens that a reasoning model spends before it writes; they count against the limit of new tokens. @default 32, and 0 for other models */
  readonly reasoningTokens?: number | undefined;
  /** How its content filter works. @default "default" */
  readonly contentFilter?: ContentFilterMode | undefined;
}

/** What is known of a model. */
interface ModelTraits {
  readonly family: "completions" | "chat" | "reasoning";
  readonly operations: readonly OperationName[];
  readonly encoding: EncodingName;
  readonly contextWindow: number;
}

/** A deployment with everything decided. */
export interface Deployment extends ModelTraits {
  readonly name: string;
  readonly model: string;
  /** The model as answers name it. */
  readonly servedModel: string;
  readonly rateLimitHints: readonly RetryHint[];
  readonly latency: { readonly first: number; readonly perToken: number };
  readonly streamUsage: "accept" | "refuse" | "ignore" | undefined;
  readonly reasoningTokens: number;
  readonly contentFilter: ContentFilterMode;
  readonly quota: Quota;
}

/** The deployments of an emulator that was told none. */
export const DEFAULT_DEPLOYMENTS: Readonly<Record<string, DeploymentOptions>> = {
  instruct: { model: "gpt-35-turbo-instruct" },
  chat: { model: "gpt-4o", modelVersion: "2024-11-20" },
  reasoning: { model: "gpt-5-mini", modelVersion: "2025-08-07" },
  "gpt-35-turbo-instruct-0914": { model: "gpt-35-turbo-instruct" },
};

/** Decides what a deployment's options leave open. */
export function createDeployment(name: string, options: DeploymentOptions): Deployment {
  const model = options.model ?? guessModel(name);
  const traits = describeModel(model);
  const { modelVersion, latencyMs = 0 } = options;
  const latency = typeof latencyMs === "number" ? { first: latencyMs } : latencyMs;
  return {
    name,
    model,
    servedModel: modelVersion === undefined ? model : `${model}-${modelVersion}`,
    family: traits.family,
    operations: options.operations ?? traits.operations,
    encoding: traits.encoding,
    contextWindow: options.contextWindow ?? traits.contextWindow,
    rateLimitHints: options.rateLimitHints ?? ["retry-after-ms", "retry-after", "text"],
    latency: { first: latency.first ?? 0, perToken: latency.perToken ?? 0 },
    streamUsage: options.streamUsage,
    reasoningTokens: options.reasoningTokens ?? (traits.family === "reasoning" ? 32 : 0),
    contentFilter: options.contentFilter ?? "default",
    quota: new Quota({
      requestsPerMinute: options.requestsPerMinute,
      tokensPerMinute: options.tokensPerMinute,
    }),
  };
}

function guessModel(name: string): string {
  if (/instruct|davinci|babbage|curie|completion/i.test(name)) return "gpt-35-turbo-instruct";
  if (/^(gpt-|o\d)/i.test(name)) return name;
  if (/reason/i.test(name)) return "gpt-5-mini";
  return "gpt-4o";
}

/** Operations by model, from Azure's own list: its older chat models have no Responses, `-pro` and `-codex` only those. */
function describeModel(model: string): ModelTraits {
  if (/instruct|davinci|babbage|curie|^ada|^text-ada/.test(model)) {
    return {
      family: "completions",
      operations: ["completions"],
      encoding: "cl100k_base",
      contextWindow: 4097,
    };
  }
  if (/^(gpt-35-turbo|gpt-3\.5-turbo|gpt-4)($|-(?!o)(turbo|32k|16k|\d|vision))/.test(model)) {
    return { family: "chat", operations: ["chat"], encoding: "cl100k_base", contextWindow: 16_384 };
  }
  if (/^(o\d|codex|gpt-5)/.test(model) && !model.includes("-chat")) {
    const operations: readonly OperationName[] = /-pro|codex/.test(model)
      ? ["responses"]
      : ["chat", "responses"];
    return { family: "reasoning", operations, encoding: "o200k_base", contextWindow: 200_000 };
  }
  return {
    family: "chat",
    operations: ["chat", "responses"],
    encoding: "o200k_base",
    contextWindow: 128_000,
  };
}
