/**
 * Which prompts something is about: those that contain the string, match the expression, or that the
 * function says yes to.
 */
export type PromptMatch = string | RegExp | ((prompt: string) => boolean);

/** Tells whether a prompt matches. */
export function matches(match: PromptMatch, prompt: string): boolean {
  return findMatch(match, prompt) !== undefined;
}

/** Where in a text the match begins and ends; a function matches the whole text. */
export function findMatch(match: PromptMatch, text: string): { start: number; end: number } | undefined {
  if (typeof match === "function") return match(text) ? { start: 0, end: text.length } : undefined;
  if (typeof match === "string") {
    const start = text.indexOf(match);
    return start === -1 ? undefined : { start, end: start + match.length };
  }
  // A copy begins at the start, whatever the expression's `lastIndex` says.
  const found = new RegExp(match).exec(text);
  return found === null ? undefined : { start: found.index, end: found.index + found[0].length };
}
