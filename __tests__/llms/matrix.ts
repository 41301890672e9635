import type { AzureOpenAI, AzureOpenAIInput } from "../../src/index.js";
import { collect } from "../support/emulator.js";

/** A model of each operation, on the emulator's deployments. */
export const OPERATIONS = {
  completions: { deploymentName: "instruct", operation: "completions" },
  chat: { deploymentName: "chat", operation: "chat" },
  responses: { deploymentName: "chat", operation: "responses" },
} as const satisfies Readonly<Record<string, AzureOpenAIInput>>;

/** Both of Azure's APIs; the date knows all three operations. */
export const ROUTES = {
  dated: { apiVersion: "2025-04-01-preview" },
  v1: {},
} as const satisfies Readonly<Record<string, AzureOpenAIInput>>;

/** Each operation on each route: a name and the options. */
export const EVERYWHERE: readonly (readonly [string, AzureOpenAIInput])[] = Object.entries(
  OPERATIONS,
).flatMap(([operation, fields]) =>
  Object.entries(ROUTES).map(
    ([route, place]) => [`${operation}, ${route}`, { ...fields, ...place }] as const,
  ),
);

type Ask = (
  llm: AzureOpenAI,
  prompt: string,
  options?: Parameters<AzureOpenAI["invoke"]>[1],
) => Promise<string>;

/** The ways to get one prompt answered. */
export const WAYS: readonly (readonly [string, Ask])[] = [
  ["invoke", (llm, prompt, options) => llm.invoke(prompt, options)],
  ["stream", async (llm, prompt, options) => (await collect(await llm.stream(prompt, options))).join("")],
  ["batch", async (llm, prompt, options) => (await llm.batch([prompt], options)).join("")],
];

/** The error that something ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}
