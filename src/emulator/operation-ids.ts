import type { OperationName } from "./deployments.js";

/** The ids of operations as a 429 names them; the one of Responses is not known, and its 429 is the short text. */
export const OPERATION_IDS: Readonly<Record<OperationName, string | undefined>> = {
  completions: "Completions_Create",
  chat: "ChatCompletions_Create",
  responses: undefined,
};
