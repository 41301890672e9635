import type { Generation } from "@langchain/core/outputs";
import type { AzureOpenAI, AzureOpenAIInput } from "langchain-azure-openai";

/**
 * Makes the model as any program does that uses the package.
 *
 * Loaded on demand: help and usage errors need not wait for it.
 */
export async function createModel(input: AzureOpenAIInput): Promise<AzureOpenAI> {
  const { AzureOpenAI } = await import("langchain-azure-openai");
  return new AzureOpenAI(input);
}

/** What is known about one answer. */
export interface Answer {
  readonly text: string;
  readonly finishReason?: string;
  readonly usage?: Readonly<Record<string, unknown>>;
  readonly model?: string;
  readonly deployment?: string;
  readonly operation?: string;
  readonly requestId?: string;
  readonly region?: string;
}

function readText(info: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = info[key];
  return typeof value === "string" ? value : undefined;
}

/** Asks one prompt and tells everything that is known about the answer. */
export async function ask(model: AzureOpenAI, prompt: string): Promise<Answer> {
  const { generations } = await model.generate([prompt]);
  const [[generation]] = generations as [[Generation]]; // one prompt has one completion
  const info: Readonly<Record<string, unknown>> = { ...generation.generationInfo };
  const usage = info["tokenUsage"];
  const known = {
    finishReason: readText(info, "finishReason"),
    usage: typeof usage === "object" && usage !== null ? { ...usage } : undefined,
    model: readText(info, "modelName"),
    deployment: readText(info, "deploymentName"),
    operation: readText(info, "operation"),
    requestId: readText(info, "requestId"),
    region: readText(info, "region"),
  };
  const told = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { text: generation.text, ...told };
}
