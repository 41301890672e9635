import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";

import { ConfigurationError } from "../errors.js";
import { describeValue } from "../settings/check.js";

function refuse(prompt: unknown): ConfigurationError {
  return new ConfigurationError(
    `A prompt must be a string, a prompt value of LangChain or an array of messages, not ${describeValue(prompt)}. ` +
      "Give the call a string, or put a step before the model that makes one of what it gets.",
  );
}

/**
 * Takes what a call is given for its prompt, if it is one.
 *
 * LangChain would send whatever `toString()` makes of it, such as `[object Object]`.
 */
export function readInput(input: unknown): BaseLanguageModelInput {
  const isPromptValue =
    typeof input === "object" &&
    input !== null &&
    "toChatMessages" in input &&
    typeof input.toChatMessages === "function";
  if (typeof input === "string" || Array.isArray(input) || isPromptValue) {
    return input as BaseLanguageModelInput; // LangChain checks the messages of an array
  }
  throw refuse(input);
}

/** Refuses prompts that are not strings, where LangChain passes them on as they are. */
export function assertPrompts(prompts: readonly unknown[]): void {
  for (const prompt of prompts) if (typeof prompt !== "string") throw refuse(prompt);
}
