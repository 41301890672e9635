import { streamChoices } from "./choice-stream.js";
import {
  completionTooLong,
  moreChoicesThanCandidates,
  parametersNotAvailable,
  promptFiltered,
  unknownParameter,
} from "./errors.js";
import type { Exchange, Reply } from "./exchange.js";
import { generate, type Generation } from "./generation.js";
import { toCompletionLogprobs } from "./logprobs.js";
import { Parameters, type JsonObject } from "./parameters.js";
import { readStreamOptions, sumUsage, toPromptResults } from "./shared.js";

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "prompt",
  "model",
  "max_tokens",
  "temperature",
  "top_p",
  "n",
  "best_of",
  "logprobs",
  "echo",
  "stop",
  "suffix",
  "seed",
  "stream",
  "stream_options",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "user",
  "completion_config",
  "cache_level",
]);
const MAX_PROMPTS = 2048;
/** What Azure takes for `max_tokens` where the request has none. */
export const DEFAULT_MAX_TOKENS = 16;

interface CompletionsRequest {
  readonly prompts: readonly string[];
  readonly maxTokens: number;
  readonly n: number;
  readonly bestOf: number;
  readonly logprobs: number | undefined;
  readonly echo: boolean;
  readonly stop: readonly string[];
  readonly seed: number | undefined;
  readonly stream: boolean;
}

/** The prompts of a request body; none is the start of a document. */
export function readPrompts(parameters: Parameters): readonly string[] {
  return parameters.strings("prompt", { min: 1, max: MAX_PROMPTS }) ?? ["<|endoftext|>"];
}

function readRequest({ body, deployment }: Exchange): CompletionsRequest {
  const parameters = new Parameters(body);
  parameters.refuseOthers(KNOWN_FIELDS, "unrecognized");
  const prompts = readPrompts(parameters);
  parameters.number("temperature", { min: 0, max: 2 });
  parameters.number("top_p", { min: 0, max: 1 });
  parameters.number("presence_penalty", { min: -2, max: 2 });
  parameters.number("frequency_penalty", { min: -2, max: 2 });
  parameters.object("logit_bias");
  parameters.string("suffix");
  parameters.string("user");
  const n = parameters.integer("n", { min: 1, max: 128 }) ?? 1;
  const bestOf = parameters.integer("best_of", { min: 0, max: 20 });
  const stream = parameters.boolean("stream") ?? false;
  const logprobs = parameters.integer("logprobs", { min: 0, max: 5 });
  const echo = parameters.boolean("echo") ?? false;
  if (bestOf !== undefined && bestOf < n) throw moreChoicesThanCandidates(n, bestOf);
  // "Results cannot be streamed": the words of this refusal are not known.
  if (stream && bestOf !== undefined && bestOf > n) throw unknownParameter("best_of");
  if (deployment.family !== "completions" && (logprobs !== undefined || echo || (bestOf ?? 1) > 1)) {
    throw parametersNotAvailable(deployment.model);
  }
  return {
    prompts,
    maxTokens: parameters.integer("max_tokens", { min: 0 }) ?? DEFAULT_MAX_TOKENS,
    n,
    bestOf: bestOf ?? n,
    logprobs,
    echo,
    stop: parameters.strings("stop", { min: 1, max: 4 }) ?? [],
    seed: parameters.integer("seed"),
    stream,
  };
}

/** Answers a completions request. */
export async function answerCompletions(exchange: Exchange): Promise<Reply> {
  const { deployment, tokenizer, filter, created, route } = exchange;
  const request = readRequest(exchange);
  const includeUsage = readStreamOptions(exchange, "unrecognized");
  const { prompts, maxTokens, n, bestOf, stop } = request;
  const promptTokens = prompts.map((prompt) => tokenizer.count(prompt));
  for (const tokens of promptTokens) {
    if (tokens + maxTokens > deployment.contextWindow) {
      throw completionTooLong(deployment.contextWindow, tokens, maxTokens);
    }
  }
  // The filter refuses the whole group for one prompt of it.
  const verdicts = prompts.map((prompt) => filter.prompt(prompt));
  const blocked = verdicts.find((verdict) => verdict.blocked);
  if (blocked !== undefined) throw promptFiltered(blocked.results);

  const context = { operation: "completions", ...exchange } as const;
  const candidates = await Promise.all(
    prompts.map((prompt) => generate(context, prompt, bestOf, { maxTokens, stop })),
  );
  // Choices come in the order of their prompts: `index = prompt * n + choice`.
  const generations = candidates.flatMap((answers) => answers.slice(0, n));
  const promptOf = (index: number): string => prompts[Math.floor(index / n)] ?? "";
  const usage = sumUsage(promptTokens, candidates.flat());
  const head = {
    id: exchange.newId("cmpl-"),
    object: "text_completion",
    created,
    model: deployment.servedModel,
    ...(request.seed === undefined ? {} : { system_fingerprint: "fp_emulated" }),
  };
  const promptResults = toPromptResults(verdicts);
  const delayMs = Math.max(...generations.map((generation) => generation.delayMs));

  if (request.stream) {
    const events = streamChoices({
      generations: request.echo
        ? generations.map((g, i) => echoPrompt(exchange, promptOf(i), g))
        : generations,
      filter,
      promptResults: { key: promptResultsKey(route.apiVersion), results: promptResults },
      usage: includeUsage ? usage : undefined,
      extra: () => ({}),
      shape: {
        head,
        piece: (index, piece, offset) => ({
          text: piece.text,
          index,
          logprobs:
            request.logprobs === undefined
              ? null
              : toCompletionLogprobs(
                  [piece],
                  request.logprobs,
                  offset + (request.echo ? 0 : promptOf(index).length),
                  request.echo && offset === 0,
                ),
          finish_reason: null,
        }),
        close: (index, finishReason) => ({ text: "", index, logprobs: null, finish_reason: finishReason }),
      },
    });
    return { kind: "stream", delayMs, events };
  }
  const choices = generations.map((generation, index) => ({
    text: (request.echo ? promptOf(index) : "") + generation.text,
    index,
    finish_reason: generation.finishReason,
    logprobs: toLogprobs(exchange, request, generation, promptOf(index)),
    ...(filter.annotated ? { content_filter_results: generation.verdict.results } : {}),
  }));
  const value = {
    ...head,
    ...(filter.annotated ? { prompt_filter_results: promptResults } : {}),
    choices,
    usage,
  };
  return { kind: "json", delayMs: Math.max(...generations.map((generation) => generation.totalMs)), value };
}

function toLogprobs(
  { tokenizer }: Exchange,
  { logprobs, echo }: CompletionsRequest,
  generation: Generation,
  prompt: string,
): JsonObject | null {
  if (logprobs === undefined) return null;
  const pieces = generation.text === "" ? [] : generation.pieces;
  if (!echo) return toCompletionLogprobs(pieces, logprobs, prompt.length);
  return toCompletionLogprobs([...tokenizer.split(prompt), ...pieces], logprobs, 0, true);
}

function echoPrompt({ tokenizer }: Exchange, prompt: string, generation: Generation): Generation {
  return { ...generation, pieces: [...tokenizer.split(prompt), ...generation.pieces] };
}

/** The first previews with annotations had another name for them in streams. */
function promptResultsKey(apiVersion: string | undefined): string {
  const isEarly = apiVersion === "2023-06-01-preview" || apiVersion === "2023-07-01-preview";
  return isEarly ? "prompt_annotations" : "prompt_filter_results";
}
