import { ServiceError } from "../errors.js";
import { present } from "../present.js";
import { describeIndex } from "./choices.js";
import { readIdentity } from "./identity.js";
import { isObject, readArray, readNumber } from "./json.js";
import type { Choice, Chunk, ChunkReader, JsonObject, OperationRequest } from "./operation.js";
import { readUsage } from "./usage.js";

const KNOWN = ["choices", "usage", "prompt_filter_results", "prompt_annotations", "id", "object"];

/**
 * Makes the reader of a stream of `choices`, which completions and chat share; it ends with `[DONE]`.
 *
 * @param readDelta - Reads one choice of an event, given which choice it is.
 */
export function createChoicesReader(
  request: OperationRequest,
  readDelta: (choice: JsonObject, index: number) => Choice,
): ChunkReader {
  const choices = request.parameters.n ?? 1;
  const seen = new Set<number>();
  let whole = false;

  return {
    get whole() {
      return whole;
    },
    satisfied: false,
    read({ data }) {
      if (data === "[DONE]") {
        if (seen.size < choices) {
          throw new ServiceError(
            `The service ended the stream with ${seen.size} choices where ${choices} ${choices === 1 ? "was" : "were"} asked for.`,
          );
        }
        whole = true;
        return [];
      }
      if (!KNOWN.some((key) => key in data)) {
        throw new ServiceError("The service streamed something that is not a part of an answer.");
      }
      const about = present({ ...readIdentity(data, 1), usage: readUsage(data["usage"]) });
      const here = new Set<number>();
      const chunks: Chunk[] = (readArray(data, "choices") ?? []).map((choice) => {
        if (!isObject(choice)) throw new ServiceError("The service streamed a choice that is not an object.");
        const index = readIndex(choice, choices);
        if (here.has(index)) {
          throw new ServiceError(`The service streamed two choices with the index ${index} at once.`);
        }
        here.add(index);
        seen.add(index);
        return { index, ...about, ...readDelta(choice, index) };
      });
      if (chunks.length > 0) return chunks;
      return about.usage === undefined && about.promptFilterResults === undefined
        ? []
        : [{ index: 0, text: "", ...about }];
    },
  };
}

function readIndex(choice: JsonObject, choices: number): number {
  const index = readNumber(choice, "index") ?? (choices === 1 ? 0 : undefined);
  if (index !== undefined && Number.isInteger(index) && index >= 0 && index < choices) return index;
  throw new ServiceError(
    `The service streamed a choice ${describeIndex(choice)}, where ${choices === 1 ? "0 was" : `0 to ${choices - 1} were`} asked for.`,
  );
}
