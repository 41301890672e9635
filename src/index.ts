/**
 * An LLM of LangChain for any deployment of Azure OpenAI, its options and its errors.
 *
 * @module langchain-azure-openai
 */

export { AzureOpenAI } from "./llms.js";
export {
  AuthenticationError,
  AzureOpenAIError,
  ConfigurationError,
  ConnectionError,
  ContentFilterError,
  ContextLengthError,
  DeploymentNotFoundError,
  InterruptedStreamError,
  InvalidRequestError,
  OperationNotSupportedError,
  PermissionError,
  RateLimitError,
  ServiceError,
  TimeoutError,
} from "./errors.js";
export { VERSION } from "./version.js";

export type {
  AzureOpenAIErrorCode,
  ContentFilterCategories,
  ContentFilterCategory,
  ServiceMessage,
  TimeoutScope,
} from "./errors.js";
export type { TokenUsage } from "./operations/operation.js";
export type { RateLimitReport, ServiceReport } from "./report.js";
export type {
  AzureOpenAICallOptions,
  AzureOpenAIInput,
  BatchProgress,
  ClientConfiguration,
  DeploymentInput,
} from "./settings/options.js";
export type { OperationChoice, OperationName, RetryEvent, TokenCredential } from "./settings/settings.js";
