import { GenerationChunk } from "@langchain/core/outputs";
import type { Generation, LLMResult } from "@langchain/core/outputs";

import type { Outcome } from "../dispatch/work.js";
import { ContentFilterError } from "../errors.js";
import { toCategories } from "../operations/content-filter.js";
import { toCompletionsLogprobs } from "../operations/logprobs.js";
import type { Choice, TokenUsage } from "../operations/operation.js";
import { present } from "../present.js";

/** The completions of one prompt and what is known about how they came. */
export type Served = Omit<Outcome, "attempts" | "groupSize">;

type Info = Record<string, unknown>;

/** Where an answer came from. */
function toProvenance(served: Omit<Served, "choices">): Info {
  const { id, model, systemFingerprint, report, host, deploymentName, operation } = served;
  return present({
    id,
    modelName: model,
    systemFingerprint,
    host,
    deploymentName: report.servedDeployment ?? deploymentName,
    operation,
    requestId: report.requestId,
    region: report.region,
  });
}

function toChoiceInfo({ finishReason, logprobs, contentFilterResults, refusal }: Partial<Choice>): Info {
  return present({
    finishReason,
    logprobs: logprobs && toCompletionsLogprobs(logprobs),
    contentFilterResults,
    refusal,
  });
}

/** The generations of one prompt. Its token usage is on the first of them, so that a sum counts it once. */
function toGenerations(served: Served): Generation[] {
  const provenance = toProvenance(served);
  return served.choices.map((choice, index) => ({
    text: choice.text,
    generationInfo: {
      ...toChoiceInfo(choice),
      ...present({ promptFilterResults: served.promptFilterResult }),
      ...(index === 0 && present({ tokenUsage: served.usage })),
      ...provenance,
    },
  }));
}

/** A piece of streamed text. */
export function toTextChunk(choice: Partial<Choice> & { readonly text: string }): GenerationChunk {
  return new GenerationChunk({ text: choice.text, generationInfo: toChoiceInfo(choice) });
}

/** The last chunk of a stream: no text, and everything that is known once the stream is whole. */
export function toClosingChunk(served: Served): GenerationChunk {
  const [whole] = toGenerations(served);
  return new GenerationChunk({ text: "", generationInfo: { ...whole?.generationInfo } });
}

/** Sums the tokens of several prompts; nothing where the service told of none. */
function sumUsage(usages: readonly (TokenUsage | undefined)[]): TokenUsage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  if (known.length === 0) return undefined;
  const sum = (read: (usage: TokenUsage) => number): number =>
    known.reduce((total, usage) => total + read(usage), 0);
  const sumKnown = (read: (usage: TokenUsage) => number | undefined): number | undefined => {
    const parts = known.map(read).filter((part) => part !== undefined);
    return parts.length === 0 ? undefined : parts.reduce((total, part) => total + part, 0);
  };
  const reasoningTokens = sumKnown((usage) => usage.reasoningTokens);
  const cachedTokens = sumKnown((usage) => usage.cachedTokens);
  return {
    promptTokens: sum((usage) => usage.promptTokens),
    completionTokens: sum((usage) => usage.completionTokens),
    totalTokens: sum((usage) => usage.totalTokens),
    ...(reasoningTokens !== undefined && { reasoningTokens }),
    ...(cachedTokens !== undefined && { cachedTokens }),
  };
}

/** LangChain's result for a call of one or several prompts. */
export function toResult(served: readonly Served[]): LLMResult {
  const [first] = served;
  return {
    generations: served.map(toGenerations),
    llmOutput: {
      ...(first && toProvenance(first)),
      tokenUsage: sumUsage(served.map(({ usage }) => usage)) ?? {},
    },
  };
}

/** One result a prompt, each with its own usage and provenance, for the callbacks of its run. */
export function toResultPerPrompt(result: LLMResult): LLMResult[] {
  return result.generations.map((generations) => {
    const info: Info = { ...generations[0]?.generationInfo };
    return {
      generations: [generations],
      llmOutput: {
        ...present({
          id: info["id"],
          modelName: info["modelName"],
          systemFingerprint: info["systemFingerprint"],
          host: info["host"],
          deploymentName: info["deploymentName"],
          operation: info["operation"],
          requestId: info["requestId"],
          region: info["region"],
        }),
        tokenUsage: info["tokenUsage"] ?? {},
      },
    };
  });
}

/** Throws when the content filter cut every completion of a prompt. */
export function assertNotFiltered({ choices, report, host, deploymentName }: Served): void {
  if (choices.length === 0 || choices.some(({ finishReason }) => finishReason !== "content_filter")) return;
  const partialText = choices.map(({ text }) => text).join("");
  throw new ContentFilterError(
    'Azure\'s content filter cut the completion. Change the prompt, set `onContentFilter` to "return" to get ' +
      "what was written before the cut, or have the resource's content filter adjusted.",
    {
      source: "completion",
      categories: toCategories(choices[0]?.contentFilterResults),
      partialText,
      report,
      host,
      ...(deploymentName !== undefined && { deploymentName }),
    },
  );
}
