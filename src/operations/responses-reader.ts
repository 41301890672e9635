import { ServiceError } from "../errors.js";
import { present } from "../present.js";
import { markFiltered } from "./content-filter.js";
import { readObject, readObjects, readString } from "./json.js";
import { cutLogprobs, endOf, toLogprobs } from "./logprobs.js";
import type { AnswerIdentity, Chunk, ChunkReader, JsonObject, OperationRequest } from "./operation.js";
import { assertOutput, readFinishReason, readOutput, readResponseIdentity, readVerdict } from "./response.js";
import { createStopCutter } from "./stop-cutter.js";
import { readUsage } from "./usage.js";

/** Makes the reader of a response's typed events; a terminal event makes it whole. */
export function createResponsesReader({ parameters }: OperationRequest): ChunkReader {
  const cutter = createStopCutter(parameters.stop);
  let identity: AnswerIdentity = {};
  let whole = false;
  let heard = "";
  let refused = "";
  /** How much of the text was given out, and where its next token begins. */
  let given = 0;
  let offset = 0;
  let tokens: readonly JsonObject[] = [];

  /** Gives out text with the log probabilities of its tokens: those of text held back wait. */
  function give(text: string): Chunk {
    given += text.length;
    const all = toLogprobs(tokens, offset);
    const logprobs = cutter.found || cutter.holding ? cutLogprobs(all, given) : all;
    tokens = tokens.slice(logprobs?.tokens.length ?? 0);
    offset = endOf(logprobs, offset);
    return { index: 0, text, ...identity, ...present({ logprobs }) };
  }

  function hear(text: string): readonly Chunk[] {
    heard += text;
    const certain = cutter.push(text);
    if (cutter.found) {
      whole = true;
      return [{ ...give(certain), finishReason: "stop" }];
    }
    return certain === "" ? [] : [give(certain)];
  }

  function end(response: JsonObject): readonly Chunk[] {
    if (heard === "" && refused === "") assertOutput(response);
    const output = readOutput(response);
    const chunks: Chunk[] = [];
    if (heard === "" && output.content !== "") {
      // A gateway that buffers may leave the deltas out.
      tokens = output.tokens;
      chunks.push(...hear(output.content));
      if (cutter.found) return chunks;
    } else if (refused === "" && output.refusal !== "") {
      chunks.push(refuse(output.refusal));
    }
    whole = true;
    const last = give(cutter.flush());
    const about = present({
      usage: readUsage(response["usage"], "responses"),
      contentFilterResults: readVerdict(response, "completion"),
    });
    return [...chunks, markFiltered({ ...last, finishReason: readFinishReason(response), ...about })];
  }

  function refuse(refusal: string): Chunk {
    refused += refusal;
    return { index: 0, text: heard === "" ? refusal : "", refusal, ...identity };
  }

  return {
    get whole() {
      return whole;
    },
    get satisfied() {
      return cutter.found;
    },
    read({ name, data }) {
      if (data === "[DONE]" || cutter.found) return [];
      const type = readString(data, "type") ?? name;
      if (type === undefined) {
        throw new ServiceError("The service streamed something that is not a part of a response.");
      }
      const response = readObject(data, "response");
      if (response !== undefined) identity = { ...identity, ...readResponseIdentity(response) };
      switch (type) {
        case "response.output_text.delta":
          tokens = [...tokens, ...readObjects(data, "logprobs")];
          return hear(readDelta(data));
        case "response.refusal.delta":
          return [refuse(readDelta(data))];
        case "response.completed":
        case "response.incomplete":
          if (response === undefined)
            throw new ServiceError("The service ended a response without saying how.");
          return end(response);
        case "response.failed":
          whole = true;
          throw new ServiceError("The service says that the response failed.");
        default:
          return [];
      }
    },
  };
}

function readDelta(data: JsonObject): string {
  const delta = readString(data, "delta");
  if (delta === undefined) throw new ServiceError("The service streamed a piece of text without the text.");
  return delta;
}
