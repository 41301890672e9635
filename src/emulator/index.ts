/**
 * An emulator of an Azure OpenAI resource, for tests.
 *
 * @module langchain-azure-openai/emulator
 */

export { startEmulator } from "./emulator.js";
export type { Authentication } from "./authentication.js";
export type { CompletionFilterOptions, FilterCategory, FilterOptions } from "./content-filter.js";
export type {
  ContentFilterMode,
  DeploymentOptions,
  Latency,
  OperationName,
  RetryHint,
} from "./deployments.js";
export type { Emulator, EmulatorOptions, Usage } from "./emulator.js";
export type { ActiveFault, Fault, FaultSelection, StatusFault, TransportFault } from "./faults.js";
export type { LoggedRequest } from "./log.js";
export type { PromptMatch } from "./match.js";
export type { Answer, AnswerFunction, AnswerText, Question } from "./text.js";
