import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";

import { ConfigurationError } from "../errors.js";
import { describeValue } from "../settings/check.js";

function refuse(prompt: unknown, index?: number): ConfigurationError {
  const which = index === undefined ? "A prompt" : `The prompt at ${index} (from 0)`;
  return new ConfigurationError(
    `${which} must be a string, a prompt value of LangChain or an array of messages, not ${describeValue(prompt)}. ` +
      "Give the call a string, or put a step before the model that makes one of what it gets.",
  );
}

/**
 * Takes what a call is given for its prompt, if it is one.
 *
 * LangChain would send whatever `toString()` makes of it, such as `[object Object]`.
 *
 * @param index - its place in a batch.
 */
export function readInput(input: unknown, index?: number): BaseLanguageModelInput {
  const isPromptValue =
    typeof input === "object" &&
    input !== null &&
    "toChatMessages" in input &&
    typeof input.toChatMessages === "function";
  if (typeof input === "string" || Array.isArray(input) || isPromptValue) {
    return input as BaseLanguageModelInput; // LangChain checks the messages of an array
  }
  throw refuse(input, index);
}

/** Refuses what is no list of inputs: LangChain would take a text for one of its characters. */
export function assertInputs(inputs: unknown): void {
  if (Array.isArray(inputs)) return;
  throw new ConfigurationError(
    `\`batch\` takes an array of prompts, not ${describeValue(inputs)}. For a single prompt call \`invoke\`.`,
  );
}

/** Refuses prompts that are not strings, where LangChain passes them on as they are. */
export function assertPrompts(prompts: readonly unknown[]): void {
  const place = prompts.findIndex((prompt) => typeof prompt !== "string");
  if (place >= 0) throw refuse(prompts[place], prompts.length > 1 ? place : undefined);
}
