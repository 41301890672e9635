import type { TokenUsage } from "../operations/operation.js";

/** Cuts a whole number into whole shares in proportion to weights; they sum exactly to it. */
export function apportion(total: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (sum > 0 ? (total * weight) / sum : total / weights.length));
  const shares = exact.map(Math.floor);
  const missing = total - shares.reduce((a, b) => a + b, 0);
  // What rounding down left over goes to those it took most from.
  const byLoss = exact
    .map((value, index) => ({ index, loss: value - Math.floor(value) }))
    .sort((a, b) => b.loss - a.loss);
  const raised = new Set(byLoss.slice(0, Math.round(missing)).map(({ index }) => index));
  return shares.map((share, index) => (raised.has(index) ? share + 1 : share));
}

/**
 * Shares a group's token usage out among its prompts, by length.
 *
 * @param prompts - the prompts' lengths.
 * @param texts - the lengths of what each got.
 */
export function shareUsage(
  usage: TokenUsage,
  prompts: readonly number[],
  texts: readonly number[],
): readonly TokenUsage[] {
  const prompt = apportion(usage.promptTokens, prompts);
  const completion = apportion(usage.completionTokens, texts);
  const reasoning = usage.reasoningTokens === undefined ? undefined : apportion(usage.reasoningTokens, texts);
  const cached = usage.cachedTokens === undefined ? undefined : apportion(usage.cachedTokens, prompts);
  const other = usage.totalTokens - usage.promptTokens - usage.completionTokens;
  const rest = apportion(Math.max(0, other), prompts);
  return prompts.map((_, index) => {
    const promptTokens = prompt[index] ?? 0;
    const completionTokens = completion[index] ?? 0;
    return {
      promptTokens,
      completionTokens,
      totalTokens: promptTokens + completionTokens + (rest[index] ?? 0),
      ...(reasoning === undefined ? {} : { reasoningTokens: reasoning[index] ?? 0 }),
      ...(cached === undefined ? {} : { cachedTokens: cached[index] ?? 0 }),
      estimated: true as const,
    };
  });
}

/** Adds up what several requests for one prompt took; unknown when none of them told. */
export function sumUsage(usages: readonly (TokenUsage | undefined)[]): TokenUsage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  if (known.length === 0) return undefined;
  const sum = (read: (usage: TokenUsage) => number | undefined): number =>
    known.reduce((total, usage) => total + (read(usage) ?? 0), 0);
  const tells = (read: (usage: TokenUsage) => number | undefined): boolean =>
    known.some((usage) => read(usage) !== undefined);
  return {
    promptTokens: sum((usage) => usage.promptTokens),
    completionTokens: sum((usage) => usage.completionTokens),
    totalTokens: sum((usage) => usage.totalTokens),
    ...(tells((usage) => usage.reasoningTokens)
      ? { reasoningTokens: sum((usage) => usage.reasoningTokens) }
      : {}),
    ...(tells((usage) => usage.cachedTokens) ? { cachedTokens: sum((usage) => usage.cachedTokens) } : {}),
    ...(known.some((usage) => usage.estimated === true) || known.length < usages.length
      ? { estimated: true as const }
      : {}),
  };
}
