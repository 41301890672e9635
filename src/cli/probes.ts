import type { AzureOpenAIInput } from "langchain-azure-openai";

import { AzureOpenAIError } from "../errors.js";
import { lessonOf, plainDialect } from "../operations/detect.js";
import type { OperationName } from "../settings/settings.js";
import { ask, createModel } from "./model.js";

/** What an operation of a deployment has to say. */
export interface Probe {
  readonly operation: OperationName;
  readonly answers: "yes" | "no" | "unclear";
  /** Why it is unclear. */
  readonly reason?: string;
}

/** Harmless, and answered in few tokens. */
export const PROBE_PROMPT = "Say OK.";

/** Few, so that it costs little. */
export const PROBE_TOKENS = 16;

const OPERATIONS: readonly OperationName[] = ["chat", "responses", "completions"];

async function probe(input: AzureOpenAIInput, operation: OperationName): Promise<Probe> {
  const model = await createModel({ ...input, operation, maxTokens: PROBE_TOKENS });
  try {
    await ask(model, PROBE_PROMPT);
    return { operation, answers: "yes" };
  } catch (error) {
    if (!AzureOpenAIError.isInstance(error)) throw error;
    const lesson = lessonOf(error, operation, {}, plainDialect);
    return lesson?.kind === "operation"
      ? { operation, answers: "no" }
      : { operation, answers: "unclear", reason: error.service?.message ?? error.message };
  }
}

/** Asks a deployment for each operation but the one that is known to answer. */
export async function probeOperations(
  input: AzureOpenAIInput,
  known: string | undefined,
): Promise<readonly Probe[]> {
  const probes: Probe[] = [];
  for (const operation of OPERATIONS) {
    probes.push(operation === known ? { operation, answers: "yes" } : await probe(input, operation));
  }
  return probes;
}
