import { streamChoices } from "./choice-stream.js";
import {
  messagesTooLong,
  missingParameter,
  promptFiltered,
  unsupportedParameter,
  unsupportedValue,
  wrongLength,
  wrongType,
} from "./errors.js";
import type { Exchange, Reply } from "./exchange.js";
import { generate, type Generation } from "./generation.js";
import { toChatLogprobs } from "./logprobs.js";
import { isObject, Parameters, type JsonObject } from "./parameters.js";
import { readContentText, readStreamOptions, sumUsage, toPromptResults } from "./shared.js";
import type { Tokenizer } from "./tokens.js";

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "messages",
  "model",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "n",
  "stop",
  "seed",
  "stream",
  "stream_options",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "user",
  "response_format",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
  "data_sources",
  "store",
  "metadata",
  "reasoning_effort",
  "verbosity",
  "modalities",
  "audio",
  "prediction",
  "service_tier",
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "user_security_context",
  "web_search_options",
]);
/** What reasoning models do not take at all. */
const REFUSED_BY_REASONING = [
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "stop",
] as const;

interface ChatRequest {
  readonly messages: readonly JsonObject[];
  readonly maxTokens: number | undefined;
  readonly n: number;
  /** How many likely tokens to list; undefined is no log probabilities at all. */
  readonly logprobs: number | undefined;
  readonly stop: readonly string[];
  readonly stream: boolean;
  readonly seed: number | undefined;
}

/** The messages of a request body. */
export function readMessages(parameters: Parameters): readonly JsonObject[] {
  const messages = parameters.body["messages"];
  if (messages === undefined) throw missingParameter("messages");
  if (!Array.isArray(messages)) throw wrongType("messages", "an array of objects", messages);
  if (messages.length === 0) throw wrongLength("messages", "below", 1, 0);
  return messages.map((message: unknown, index) => {
    if (!isObject(message)) throw wrongType(`messages[${index}]`, "an object", message);
    return message;
  });
}

/** What the answer is about: the last thing the user said. */
export function findPrompt(messages: readonly JsonObject[]): string {
  const last = messages.findLast((message) => message["role"] === "user") ?? messages.at(-1);
  return readContentText(last?.["content"]);
}

function readRequest({ body, deployment }: Exchange): ChatRequest {
  const parameters = new Parameters(body);
  parameters.refuseOthers(KNOWN_FIELDS, "unknown");
  const messages = readMessages(parameters);
  if (deployment.family === "reasoning") refuseForReasoning(parameters, deployment.model);
  parameters.number("temperature", { min: 0, max: 2 });
  parameters.number("top_p", { min: 0, max: 1 });
  parameters.number("presence_penalty", { min: -2, max: 2 });
  parameters.number("frequency_penalty", { min: -2, max: 2 });
  parameters.object("logit_bias");
  parameters.string("user");
  const wantsLogprobs = parameters.boolean("logprobs") ?? false;
  const topLogprobs = parameters.integer("top_logprobs", { min: 0, max: 20 }) ?? 0;
  return {
    messages,
    maxTokens:
      parameters.integer("max_completion_tokens", { min: 1 }) ?? parameters.integer("max_tokens", { min: 1 }),
    n: parameters.integer("n", { min: 1, max: 128 }) ?? 1,
    logprobs: wantsLogprobs ? topLogprobs : undefined,
    stop: parameters.strings("stop", { min: 1, max: 4 }) ?? [],
    stream: parameters.boolean("stream") ?? false,
    seed: parameters.integer("seed"),
  };
}

function refuseForReasoning(parameters: Parameters, model: string): void {
  if (parameters.has("max_tokens")) throw unsupportedParameter("max_tokens", "max_completion_tokens");
  const temperature = parameters.number("temperature");
  // o3-mini knows no temperature at all; the others know the default.
  if (temperature !== undefined && model.startsWith("o3-mini")) throw unsupportedParameter("temperature");
  if (temperature !== undefined && temperature !== 1) throw unsupportedValue("temperature", temperature);
  for (const name of REFUSED_BY_REASONING) {
    const isOff = parameters.body[name] === false;
    if (parameters.has(name) && !isOff) throw unsupportedParameter(name);
  }
}

/** Each message costs three tokens and its role, and the answer's beginning three more. */
function countMessages(messages: readonly JsonObject[], tokenizer: Tokenizer): number {
  const each = messages.map((message) => 4 + tokenizer.count(readContentText(message["content"])));
  return each.reduce((sum, tokens) => sum + tokens, 3);
}

/** Answers a chat completions request. */
export async function answerChat(exchange: Exchange): Promise<Reply> {
  const { deployment, tokenizer, filter, created } = exchange;
  const request = readRequest(exchange);
  const includeUsage = readStreamOptions(exchange, "unknown");
  const { messages, maxTokens, n, stop } = request;
  const promptTokens = countMessages(messages, tokenizer);
  if (promptTokens > deployment.contextWindow) {
    throw messagesTooLong(deployment.contextWindow, promptTokens, "messages");
  }
  const verdict = filter.prompt(messages.map((message) => readContentText(message["content"])).join("\n"));
  if (verdict.blocked) throw promptFiltered(verdict.results);

  const context = { operation: "chat", ...exchange } as const;
  const generations = await generate(context, findPrompt(messages), n, { maxTokens, stop });
  const usage = sumUsage([promptTokens], generations);
  const promptResults = toPromptResults([verdict]);
  const head = {
    id: exchange.newId("chatcmpl-"),
    object: request.stream ? "chat.completion.chunk" : "chat.completion",
    created,
    model: deployment.servedModel,
    system_fingerprint: request.seed === undefined ? null : "fp_emulated",
  };
  if (request.stream) {
    const events = streamChoices({
      generations: generations.map(speakRefusal),
      filter,
      promptResults: { key: "prompt_filter_results", results: promptResults },
      usage: includeUsage ? usage : undefined,
      extra: padChunks(exchange),
      shape: {
        head,
        open: (index) => ({
          index,
          delta: { role: "assistant", content: "", refusal: null },
          logprobs: null,
          finish_reason: null,
        }),
        piece: (index, piece) => ({
          index,
          delta:
            generations[index]?.refusal === undefined ? { content: piece.text } : { refusal: piece.text },
          logprobs:
            request.logprobs === undefined
              ? null
              : { content: toChatLogprobs([piece], request.logprobs), refusal: null },
          finish_reason: null,
        }),
        close: (index, finishReason) => ({ index, delta: {}, logprobs: null, finish_reason: finishReason }),
      },
    });
    return { kind: "stream", delayMs: Math.max(...generations.map(({ delayMs }) => delayMs)), events };
  }
  const choices = generations.map((generation, index) => ({
    index,
    message: toMessage(generation),
    finish_reason: generation.finishReason,
    logprobs:
      request.logprobs === undefined
        ? null
        : { content: toChatLogprobs(generation.pieces, request.logprobs), refusal: null },
    ...(filter.annotated ? { content_filter_results: generation.verdict.results } : {}),
  }));
  const value = {
    ...head,
    ...(request.seed === undefined ? { system_fingerprint: undefined } : {}),
    ...(filter.annotated ? { prompt_filter_results: promptResults } : {}),
    choices,
    usage,
  };
  return { kind: "json", delayMs: Math.max(...generations.map(({ totalMs }) => totalMs)), value };
}

function toMessage({ text, refusal }: Generation): JsonObject {
  return refusal === undefined
    ? { role: "assistant", content: text, refusal: null }
    : { role: "assistant", content: null, refusal };
}

/** In a stream a refusal comes as its own text. */
function speakRefusal(generation: Generation): Generation {
  const { refusal } = generation;
  return refusal === undefined ? generation : { ...generation, pieces: [{ text: refusal, tokens: 0 }] };
}

/** On the v1 route chunks are padded so that their length tells nothing, unless the client would rather not. */
function padChunks({ body, route, newId }: Exchange): () => JsonObject {
  const options = new Parameters(body).object("stream_options");
  if (route.api === "dated" || options?.["include_obfuscation"] === false) return () => ({});
  return () => ({ obfuscation: newId("").slice(0, 8) });
}
