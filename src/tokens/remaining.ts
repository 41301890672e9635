import { ConfigurationError, ContextLengthError } from "../errors.js";
import { contextWindow as windowOf } from "./context-window.js";
import { countTokens } from "./count.js";
import { encodingFor } from "./encoding.js";

/** What is known about the room for an answer. */
export interface Room {
  readonly prompt: string;
  /** What is deployed, as the caller says. */
  readonly model?: string | undefined;
  /** What last answered, as the service says. */
  readonly servedModel?: string | undefined;
  /** The caller's own word on the context window, in tokens. */
  readonly contextWindow?: number | undefined;
}

/**
 * Computes how many tokens the context leaves for an answer, which is what `maxTokens: -1` asks for.
 *
 * Throws a `ConfigurationError` when the context window is not known, a `ContextLengthError` when the
 * prompt fills it.
 */
export async function remainingTokens({ prompt, model, servedModel, contextWindow }: Room): Promise<number> {
  const names = [model, servedModel].filter((name) => name !== undefined);
  const window = contextWindow ?? names.map(windowOf).find((size) => size !== undefined);
  if (window === undefined) {
    const what = names.length === 0 ? "what is deployed" : `the context window of ${names.join(" or ")}`;
    throw new ConfigurationError(
      `\`maxTokens: -1\` takes as many tokens as the context leaves, but ${what} is not known. ` +
        "Set `contextWindow` to the model's context window in tokens, or `model` to the name of a known model, or give `maxTokens` a number.",
    );
  }
  const taken = await countTokens(
    prompt,
    names.find((name) => encodingFor(name).exact),
  );
  if (taken >= window) {
    throw new ContextLengthError(
      `The prompt has ${taken} tokens and leaves no room for an answer in a context window of ${window}. ` +
        "Shorten the prompt, or set `contextWindow` if the model's is larger.",
    );
  }
  return window - taken;
}
