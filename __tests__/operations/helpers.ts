import type {
  Answer,
  Choice,
  Chunk,
  JsonObject,
  Operation,
  OperationRequest,
} from "../../src/operations/operation.js";
import { joinLogprobs } from "../../src/operations/logprobs.js";
import { plainDialect } from "../../src/operations/detect.js";
import type { Parameters } from "../../src/settings/settings.js";

/** One request of prompts, with nothing set but what is given. */
export function ask(
  parameters: Parameters = {},
  rest: Partial<Omit<OperationRequest, "parameters">> = {},
): OperationRequest {
  return { prompts: ["Hi"], parameters, dialect: plainDialect, stream: false, streamUsage: true, ...rest };
}

/** Reads a whole stream and puts its chunks together as a caller would. */
export function readStream(
  operation: Operation,
  request: OperationRequest,
  events: readonly (JsonObject | "[DONE]")[],
): { chunks: readonly Chunk[]; answer: Answer; whole: boolean; satisfied: boolean } {
  const reader = operation.reader(request);
  const chunks: Chunk[] = [];
  for (const data of events) {
    chunks.push(...reader.read({ data }));
    if (reader.satisfied) break;
  }
  return {
    chunks,
    answer: join(chunks, request.parameters.n ?? 1),
    whole: reader.whole,
    satisfied: reader.satisfied,
  };
}

function join(chunks: readonly Chunk[], n: number): Answer {
  const choices = Array.from({ length: n }, (_, index): Choice => {
    const own = chunks.filter((chunk) => chunk.index === index);
    const logprobs = joinLogprobs(own.flatMap((chunk) => chunk.logprobs ?? []));
    const finishReason = own.findLast((chunk) => chunk.finishReason !== undefined)?.finishReason;
    const contentFilterResults = own.findLast((chunk) => chunk.contentFilterResults)?.contentFilterResults;
    const refusal = own.map((chunk) => chunk.refusal ?? "").join("");
    return {
      text: own.map((chunk) => chunk.text).join(""),
      ...(finishReason !== undefined && { finishReason }),
      ...(logprobs !== undefined && { logprobs }),
      ...(contentFilterResults !== undefined && { contentFilterResults }),
      ...(refusal !== "" && { refusal }),
    };
  });
  const last = <K extends "id" | "model" | "systemFingerprint" | "promptFilterResults" | "usage">(key: K) => {
    const found = chunks.findLast((chunk) => chunk[key] !== undefined)?.[key];
    return found === undefined ? {} : { [key]: found };
  };
  return {
    choices: [choices],
    ...last("id"),
    ...last("model"),
    ...last("systemFingerprint"),
    ...last("promptFilterResults"),
    ...last("usage"),
  };
}
