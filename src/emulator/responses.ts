import type { Exchange, Reply, StreamEvent } from "./exchange.js";
import { messagesTooLong, movedParameter, promptFiltered, unsupportedResponsesParameter } from "./errors.js";
import { generate, joinPieces, type Generation } from "./generation.js";
import { toChatLogprobs } from "./logprobs.js";
import { isObject, Parameters, type JsonObject } from "./parameters.js";
import { readContentText } from "./shared.js";

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "input",
  "model",
  "instructions",
  "max_output_tokens",
  "temperature",
  "top_p",
  "stream",
  "stream_options",
  "store",
  "user",
  "metadata",
  "include",
  "top_logprobs",
  "previous_response_id",
  "reasoning",
  "background",
  "max_tool_calls",
  "text",
  "tools",
  "tool_choice",
  "prompt",
  "truncation",
  "parallel_tool_calls",
  "conversation",
  "service_tier",
  "safety_identifier",
  "prompt_cache_key",
  "prompt_cache_retention",
]);
/** Chat parameters that have another name here. */
const MOVED: Readonly<Record<string, string>> = {
  messages: "input",
  max_tokens: "max_output_tokens",
  max_completion_tokens: "max_output_tokens",
  response_format: "text.format",
  reasoning_effort: "reasoning.effort",
};
const MIN_OUTPUT_TOKENS = 16;

interface ResponsesRequest {
  readonly texts: readonly string[];
  readonly prompt: string;
  readonly instructions: string | undefined;
  readonly maxTokens: number | undefined;
  readonly temperature: number;
  readonly topP: number;
  readonly stream: boolean;
  readonly logprobs: number | undefined;
  readonly obfuscate: boolean;
}

/** What the answer is about: the input, or the last thing the user said in it. */
export function findInput(parameters: Parameters): string {
  const texts = readInput(parameters.body["input"]);
  return texts.findLast(({ role }) => role === "user")?.text ?? texts.at(-1)?.text ?? "";
}

function readInput(input: unknown): readonly { role: string; text: string }[] {
  if (typeof input === "string") return [{ role: "user", text: input }];
  if (!Array.isArray(input)) return [];
  return input.filter(isObject).map((item) => ({
    role: typeof item["role"] === "string" ? item["role"] : "",
    text: readContentText(item["content"]),
  }));
}

function readRequest({ body, deployment, route }: Exchange): ResponsesRequest {
  for (const [name, moved] of Object.entries(MOVED)) {
    if (body[name] !== undefined) throw movedParameter(name, moved);
  }
  const parameters = new Parameters(body);
  parameters.refuseOthers(KNOWN_FIELDS, "unknown");
  if (deployment.family === "reasoning") {
    for (const name of ["temperature", "top_p", "top_logprobs"]) {
      if (parameters.has(name)) throw unsupportedResponsesParameter(name);
    }
  }
  const include = parameters.strings("include") ?? [];
  const streamOptions = parameters.object("stream_options");
  return {
    texts: readInput(body["input"]).map(({ text }) => text),
    prompt: findInput(parameters),
    instructions: parameters.string("instructions"),
    maxTokens: parameters.integer("max_output_tokens", { min: MIN_OUTPUT_TOKENS }),
    temperature: parameters.number("temperature", { min: 0, max: 2 }) ?? 1,
    topP: parameters.number("top_p", { min: 0, max: 1 }) ?? 1,
    stream: parameters.boolean("stream") ?? false,
    logprobs: include.includes("message.output_text.logprobs")
      ? (parameters.integer("top_logprobs", { min: 0, max: 20 }) ?? 0)
      : undefined,
    obfuscate: route.api === "v1" && streamOptions?.["include_obfuscation"] !== false,
  };
}

/** Answers a Responses request. */
export async function answerResponses(exchange: Exchange): Promise<Reply> {
  const { deployment, tokenizer, filter } = exchange;
  const request = readRequest(exchange);
  const said = request.instructions === undefined ? request.texts : [request.instructions, ...request.texts];
  const inputTokens = said.reduce((sum, text) => sum + 4 + tokenizer.count(text), 3);
  if (inputTokens > deployment.contextWindow) {
    throw messagesTooLong(deployment.contextWindow, inputTokens, "input");
  }
  const verdict = filter.prompt(said.join("\n"));
  if (verdict.blocked) throw promptFiltered(verdict.results);

  const context = { operation: "responses", ...exchange } as const;
  const [generation] = await generate(context, request.prompt, 1, { maxTokens: request.maxTokens, stop: [] });
  if (generation === undefined) throw new Error("One answer was asked for and none was made.");
  const response = describeResponse(exchange, request, generation, inputTokens, verdict.results);
  if (!request.stream) return { kind: "json", delayMs: generation.totalMs, value: response };
  const events = streamResponse(exchange, request, generation, response);
  return { kind: "stream", delayMs: generation.delayMs, events };
}

/** The whole response, as it is at the end. */
function describeResponse(
  { deployment, newId, created, body }: Exchange,
  request: ResponsesRequest,
  generation: Generation,
  inputTokens: number,
  promptResults: JsonObject,
): JsonObject {
  const { finishReason, reasoningTokens, tokens, verdict } = generation;
  const isWhole = finishReason === "stop";
  const reason = finishReason === "length" ? "max_output_tokens" : "content_filter";
  const message = {
    id: newId("msg_"),
    type: "message",
    status: isWhole ? "completed" : "incomplete",
    role: "assistant",
    content: [toContent(generation.text, generation, request.logprobs)],
  };
  // A model that thought until its limit has nothing to say.
  const hasMessage = isWhole || generation.pieces.length > 0;
  const reasoning = reasoningTokens === 0 ? [] : [{ id: newId("rs_"), type: "reasoning", summary: [] }];
  return {
    id: newId("resp_"),
    object: "response",
    created_at: created,
    status: isWhole ? "completed" : "incomplete",
    background: false,
    content_filters: [
      toFilter("prompt", promptResults, false, request.prompt.length),
      toFilter("completion", verdict.results, verdict.block !== undefined, generation.text.length),
    ],
    error: null,
    incomplete_details: isWhole ? null : { reason },
    instructions: request.instructions ?? null,
    max_output_tokens: request.maxTokens ?? null,
    model: deployment.servedModel,
    output: [...reasoning, ...(hasMessage ? [message] : [])],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: deployment.family === "reasoning" ? "medium" : null, summary: null },
    store: body["store"] ?? true,
    temperature: request.temperature,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: request.topP,
    truncation: "disabled",
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: tokens,
      output_tokens_details: { reasoning_tokens: reasoningTokens },
      total_tokens: inputTokens + tokens,
    },
    metadata: {},
  };
}

function toContent(text: string, { pieces, refusal }: Generation, logprobs: number | undefined): JsonObject {
  if (refusal !== undefined) return { type: "refusal", refusal };
  const likely = logprobs === undefined || text === "" ? [] : toChatLogprobs(pieces, logprobs);
  return { type: "output_text", text, annotations: [], logprobs: likely };
}

function toFilter(source: string, results: JsonObject, blocked: boolean, end: number): JsonObject {
  const undetected = { detected: false, filtered: false };
  return {
    blocked,
    source_type: source,
    content_filter_results: { jailbreak: undetected, task_adherence: undetected, ...results },
    content_filter_offsets: { check_offset: 0, start_offset: 0, end_offset: end },
  };
}

/** The typed events of a stream; the last is the whole response, and there is no `[DONE]`. */
function streamResponse(
  { newId }: Exchange,
  request: ResponsesRequest,
  generation: Generation,
  response: JsonObject,
): readonly StreamEvent[] {
  const events: StreamEvent[] = [];
  const send = (event: string, fields: JsonObject, delayMs = 0): void => {
    events.push({ event, data: { type: event, sequence_number: events.length, ...fields }, delayMs });
  };
  const begun = {
    ...response,
    status: "in_progress",
    content_filters: [],
    incomplete_details: null,
    output: [],
    usage: undefined,
  };
  send("response.created", { response: begun });
  send("response.in_progress", { response: begun });
  const output = Array.isArray(response["output"]) ? response["output"].filter(isObject) : [];
  output.forEach((item, index) => {
    if (item["type"] === "message") streamMessage(send, item, index, request, generation, newId);
    else {
      send("response.output_item.added", { output_index: index, item });
      send("response.output_item.done", { output_index: index, item });
    }
  });
  send(response["status"] === "completed" ? "response.completed" : "response.incomplete", { response });
  return events;
}

function streamMessage(
  send: (event: string, fields: JsonObject, delayMs?: number) => void,
  item: JsonObject,
  outputIndex: number,
  request: ResponsesRequest,
  generation: Generation,
  newId: (prefix: string) => string,
): void {
  const place = { item_id: item["id"], output_index: outputIndex, content_index: 0 };
  const { refusal, pieces } = generation;
  const text = joinPieces(pieces);
  const part = toContent(text, generation, request.logprobs);
  const empty = refusal === undefined ? { ...part, text: "", logprobs: [] } : { ...part, refusal: "" };
  send("response.output_item.added", {
    output_index: outputIndex,
    item: { ...item, status: "in_progress", content: [] },
  });
  send("response.content_part.added", { ...place, part: empty });
  if (refusal !== undefined) {
    send("response.refusal.delta", { ...place, delta: refusal });
    send("response.refusal.done", { ...place, refusal });
  } else {
    pieces.forEach((piece, index) => {
      const logprobs = request.logprobs === undefined ? [] : toChatLogprobs([piece], request.logprobs);
      const padding = request.obfuscate ? { obfuscation: newId("").slice(0, 8) } : {};
      const delayMs = index === 0 ? 0 : generation.chunkDelayMs;
      send("response.output_text.delta", { ...place, delta: piece.text, logprobs, ...padding }, delayMs);
    });
    send("response.output_text.done", { ...place, text, logprobs: part["logprobs"] });
  }
  send("response.content_part.done", { ...place, part });
  send("response.output_item.done", { output_index: outputIndex, item: { ...item, content: [part] } });
}
