import type { BaseLLMCallOptions, BaseLLMParams } from "@langchain/core/language_models/llms";
import type { Fetch, OperationChoice, RetryEvent, TokenCredential } from "./settings.js";

/**
 * Headers in any shape the `openai` client takes: an object, a `Headers`, or an array of pairs.
 *
 * What is `null` or `undefined` drops out.
 */
type HeadersInput =
  | Headers
  | Readonly<Record<string, string | readonly string[] | null | undefined>>
  | readonly (readonly [string, string | null | undefined])[];

/** What the HTTP client is made with, as the `openai` client takes it. */
export interface ClientConfiguration {
  /** Your own `fetch`, in place of the package's transport. */
  fetch?: Fetch | undefined;
  /** Passed to `fetch` as they are: a proxy's `dispatcher`, say. */
  fetchOptions?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Headers that every request carries, as given.
   *
   * An `authorization`, `api-key` or `…subscription-key` among them counts as the sign-in: no other is added, and one
   * from the environment is not looked for. Beside an explicit sign-in option, `authorization` and `api-key` are an
   * error, while a `…subscription-key` goes along (a gateway may want its key and Azure's token).
   */
  defaultHeaders?: HeadersInput | undefined;
  /**
   * Query parameters that every request carries. An `api-version` among them is {@link AzureOpenAIInput.apiVersion},
   * a `…subscription-key` a sign-in.
   */
  defaultQuery?:
    URLSearchParams | Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  /** The same as {@link AzureOpenAIInput.baseURL}. */
  baseURL?: string | undefined;
}

/** The options that say where a deployment is and what it is called. */
interface PlaceInput {
  /**
   * The resource's endpoint, in any shape the Azure portal shows it.
   *
   * The resource's root (`https://NAME.openai.azure.com`), with or without slashes, `/openai`, `/openai/v1/`,
   * `/openai/deployments/NAME`, or a whole target URI with its query. What it says about deployment, version and API
   * is used where no option says otherwise. A path before Azure's own is kept, for gateways.
   *
   * Environment: `AZURE_OPENAI_ENDPOINT`. Together with another place that differs it is an error.
   */
  azureEndpoint?: string | undefined;
  /** Also accepted for {@link PlaceInput.azureEndpoint}. */
  azureOpenAIEndpoint?: string | undefined;
  /** Also accepted for {@link PlaceInput.azureEndpoint}. */
  endpoint?: string | undefined;
  /**
   * A gateway's base URL: the operation's path (`/completions`) is appended and nothing else.
   *
   * The deployment's name is sent as `model` in the body, and `api-version` only if {@link PlaceInput.apiVersion} is
   * set. A query is sent with each request and never shown, since it may hold a key. No environment variable.
   */
  baseURL?: string | undefined;
  /**
   * A deployments root, to which `/NAME` is appended: `https://HOST/openai/deployments`.
   *
   * Environment: `AZURE_OPENAI_BASE_PATH`. Outside Azure's own hosts it speaks the dated API, and sends no
   * `api-version` if none is set.
   */
  azureOpenAIBasePath?: string | undefined;
  /**
   * The resource's name in the public cloud, from which `https://NAME.openai.azure.com` is built.
   *
   * Environment: `AZURE_OPENAI_API_INSTANCE_NAME`.
   */
  instanceName?: string | undefined;
  /** Also accepted for {@link PlaceInput.instanceName}. */
  azureOpenAIApiInstanceName?: string | undefined;
  /**
   * The name you gave the deployment, which need not be the model's.
   *
   * Environment: `AZURE_OPENAI_API_COMPLETIONS_DEPLOYMENT_NAME`, then `AZURE_OPENAI_API_DEPLOYMENT_NAME`. Where no
   * option says it, a name in the endpoint's path is used before the environment's.
   */
  deploymentName?: string | undefined;
  /** Also accepted for {@link PlaceInput.deploymentName}. */
  azureDeployment?: string | undefined;
  /** Also accepted for {@link PlaceInput.deploymentName}. */
  deployment?: string | undefined;
  /** Also accepted for {@link PlaceInput.deploymentName}; beats {@link PlaceInput.azureOpenAIApiDeploymentName}. */
  azureOpenAIApiCompletionsDeploymentName?: string | undefined;
  /** Also accepted for {@link PlaceInput.deploymentName}. */
  azureOpenAIApiDeploymentName?: string | undefined;
  /**
   * The API version: a date such as `2024-10-21` for the dated API, `"v1"` or `"preview"` for the v1 API.
   *
   * Default: what the endpoint's path or query says, then `AZURE_OPENAI_API_VERSION`, then `OPENAI_API_VERSION`, then
   * the v1 API. A date that is set here wins over an endpoint that ends in `/openai/v1`.
   */
  apiVersion?: string | undefined;
  /** Also accepted for {@link PlaceInput.apiVersion}. */
  azureOpenAIApiVersion?: string | undefined;
  /** Also accepted for {@link PlaceInput.apiVersion}. */
  openAIApiVersion?: string | undefined;
  /**
   * Allows `http` to other hosts than this machine; keys and prompts then travel in clear.
   *
   * @default false
   */
  allowHttp?: boolean | undefined;
}

/**
 * The options that sign in. Two of them together are an error; one of them beats whatever the environment holds.
 *
 * Without any, the environment is asked: `OPENAI_API_TYPE=azure_ad` (with a token in `OPENAI_API_KEY`, then in
 * `AZURE_OPENAI_AD_TOKEN`, else `DefaultAzureCredential`), then `AZURE_OPENAI_API_KEY`, then `AZURE_OPENAI_AD_TOKEN`.
 */
interface SignInInput {
  /**
   * The resource's key, sent as `api-key`.
   *
   * Environment: `AZURE_OPENAI_API_KEY`. A function that gives a token is
   * {@link SignInInput.azureADTokenProvider} instead.
   */
  apiKey?: string | undefined;
  /** Also accepted for {@link SignInInput.apiKey}. */
  azureOpenAIApiKey?: string | undefined;
  /** Also accepted for {@link SignInInput.apiKey}. */
  openAIApiKey?: string | undefined;
  /**
   * A Microsoft Entra ID token, sent as it is; it goes stale in about an hour.
   *
   * Environment: `AZURE_OPENAI_AD_TOKEN`; also `OPENAI_API_KEY` when `OPENAI_API_TYPE` is `azure_ad`, where a value
   * that begins with `sk-` is refused.
   */
  azureADToken?: string | undefined;
  /**
   * A function that gives a Microsoft Entra ID token, such as `getBearerTokenProvider` of `@azure/identity` makes.
   *
   * The scope is the provider's own.
   */
  azureADTokenProvider?: (() => Promise<string>) | undefined;
  /**
   * A credential of `@azure/identity`, or `"default"` for one shared `DefaultAzureCredential`.
   *
   * Environment: `OPENAI_API_TYPE=azure_ad` with no token set means `"default"`.
   */
  credential?: TokenCredential | "default" | undefined;
  /**
   * The scope that a {@link SignInInput.credential} is asked a token for.
   *
   * Default: `https://cognitiveservices.azure.com/.default` for the dated API and `https://ai.azure.com/.default` for
   * the v1 API and gateways; in the US Government cloud `https://cognitiveservices.azure.us/.default`. For the cloud
   * in China none is documented, so it must be set there.
   */
  azureADScope?: string | undefined;
}

/** What is known about what is deployed. */
interface ModelInput {
  /**
   * What is deployed, for tokenizer, context window and traces; never decides the URL.
   *
   * The printed view of the completions operation shows `gpt-3.5-turbo-instruct` where it is not set.
   */
  model?: string | undefined;
  /** Also accepted for {@link ModelInput.model}. */
  modelName?: string | undefined;
  /** The tokens that prompt and answer may have together, for `maxTokens: -1`. Default: by {@link ModelInput.model}. */
  contextWindow?: number | undefined;
  /**
   * The Azure operation that is asked; `"auto"` is whichever the deployment answers.
   *
   * @default "auto"
   */
  operation?: OperationChoice | undefined;
  /** The deployment's quota of requests a minute: requests are paced to stay below it. */
  requestsPerMinute?: number | undefined;
  /** The deployment's quota of tokens a minute: requests are paced to stay below it. */
  tokensPerMinute?: number | undefined;
}

/**
 * One entry of {@link AzureOpenAIInput.deployments}.
 *
 * What it does not say is taken over from beside `deployments`, but for the sign-in, headers and query where it names
 * an endpoint of its own: a key never goes to another endpoint than its own. That holds for a key in the environment
 * as well.
 */
export interface DeploymentInput extends PlaceInput, SignInInput, ModelInput {
  /**
   * A lower number is used first; the next ones when it has no room, fails or refuses.
   *
   * @default 0
   */
  priority?: number | undefined;
  /**
   * The share of the traffic among deployments of one priority, above 0.
   *
   * @default 1
   */
  weight?: number | undefined;
  /** What the HTTP client is made with for this deployment, over what is beside `deployments`. */
  configuration?: ClientConfiguration | undefined;
}

/**
 * The options that shape an answer, in the constructor and in a call.
 *
 * The defaults 0.7, 256, 1, 0, 0 and 1 go on the wire for the completions operation; for chat and responses only what
 * is set does, since reasoning models refuse the others.
 */
export interface ParametersInput {
  /**
   * How freely tokens are drawn, from 0 to 2.
   *
   * @default 0.7
   */
  temperature?: number | undefined;
  /**
   * The longest answer in tokens; -1 for what the context leaves (completions) or no limit (chat, responses).
   *
   * @default 256
   */
  maxTokens?: number | undefined;
  /** Also accepted for {@link ParametersInput.maxTokens}. */
  maxCompletionTokens?: number | undefined;
  /**
   * The share of probability that tokens are drawn from, from 0 to 1.
   *
   * @default 1
   */
  topP?: number | undefined;
  /**
   * Makes tokens rarer the more often they appeared, from -2 to 2.
   *
   * @default 0
   */
  frequencyPenalty?: number | undefined;
  /**
   * Makes tokens rarer once they appeared, from -2 to 2.
   *
   * @default 0
   */
  presencePenalty?: number | undefined;
  /**
   * How many completions each prompt gets, from 1 to 128. `.stream()` takes 1 only.
   *
   * @default 1
   */
  n?: number | undefined;
  /**
   * How many completions the service makes to return the best `n` of; at least `n`, completions only.
   *
   * Above `n` it cannot be streamed. Default: `n`.
   */
  bestOf?: number | undefined;
  /**
   * Makes tokens likelier or rarer: token ids with numbers from -100 to 100.
   *
   * @default {}
   */
  logitBias?: Readonly<Record<string, number>> | undefined;
  /** Asks for the same answer to the same request, as far as the service can; a whole number. */
  seed?: number | undefined;
  /** How many log probabilities are returned for each token, from 0 to 5. */
  logprobs?: number | undefined;
  /** Puts the prompt before the completion; completions only. */
  echo?: boolean | undefined;
  /** The text that comes after the completion; completions only. */
  suffix?: string | undefined;
  /** A name for your end user, for the service's abuse monitoring. */
  user?: string | undefined;
  /** Up to 4 texts that end the completion and are not part of it. In a call, `[]` takes the constructor's away. */
  stop?: string | readonly string[] | undefined;
  /** Also accepted for {@link ParametersInput.stop}. */
  stopSequences?: string | readonly string[] | undefined;
  /** What chat and responses are told before each prompt. */
  systemMessage?: string | undefined;
  /**
   * Further fields of the request body, by the service's names, merged in last.
   *
   * Those of a call are merged over the constructor's field by field. `model`, `prompt`, `messages`, `input` and
   * `stream` are refused.
   */
  modelKwargs?: Readonly<Record<string, unknown>> | undefined;
}

/** LangChain's options that every model takes. */
type LangChainInput = {
  [Name in "callbacks" | "callbackManager" | "verbose" | "tags" | "metadata" | "cache"]?:
    BaseLLMParams[Name] | undefined;
};

/**
 * The options of `new AzureOpenAI(options)`.
 *
 * An option wins over the environment, the environment over the default. `undefined` is an absent option, a blank
 * variable an absent one. Two names for one option with different values, an unknown name or a value out of range are
 * a `ConfigurationError`, before any request.
 *
 * @example
 * ```ts
 * import { AzureOpenAI } from "langchain-azure-openai";
 *
 * const llm = new AzureOpenAI({
 *   azureEndpoint: "https://my-resource.openai.azure.com",
 *   deploymentName: "gpt-35-turbo-instruct-0914",
 *   credential: "default",
 * });
 * ```
 */
export interface AzureOpenAIInput
  extends LangChainInput, PlaceInput, SignInInput, ModelInput, ParametersInput {
  /**
   * Asks for a stream in `invoke` and `generate` too, so that callbacks see each token.
   *
   * @default false
   */
  streaming?: boolean | undefined;
  /**
   * Asks for token usage at the end of a stream.
   *
   * @default true
   */
  streamUsage?: boolean | undefined;
  /**
   * What becomes of a completion that the content filter cut entirely: a `ContentFilterError`, or what is left of it
   * with the finish reason `content_filter`.
   *
   * @default "throw"
   */
  onContentFilter?: "throw" | "return" | undefined;
  /**
   * The most prompts in one completions request.
   *
   * @default 20
   */
  batchSize?: number | undefined;
  /**
   * Groups the `invoke` calls of one turn of the event loop into shared requests.
   *
   * @default false
   */
  coalesce?: boolean | undefined;
  /**
   * The most requests at a time, for invoke, stream and batch together; `Infinity` for no limit.
   *
   * @default 256
   */
  maxConcurrency?: number | undefined;
  /**
   * How often a request is tried again after 408, 429, 5xx or a broken connection; 0 for never.
   *
   * @default 6
   */
  maxRetries?: number | undefined;
  /**
   * The longest wait before another try, in milliseconds. Where the service asks for more, it is an error at once.
   *
   * @default 300000
   */
  maxRetryDelay?: number | undefined;
  /** Told of each retry before its wait. */
  onRetry?: ((event: RetryEvent) => void) | undefined;
  /** Told of each failed attempt; what it throws ends the retries, as LangChain has it. */
  onFailedAttempt?: ((error: Error) => unknown) | undefined;
  /**
   * The longest one attempt may take, in milliseconds; `Infinity` for no limit.
   *
   * For a stream it counts until the first text; after it only `idleTimeout` and `totalTimeout` do.
   *
   * @default 600000
   */
  timeout?: number | undefined;
  /** The longest silence in an answer, in milliseconds, the wait for the first token included. Default: no limit. */
  idleTimeout?: number | undefined;
  /** The longest a whole call may take, in milliseconds, retries and waits included. Default: no limit. */
  totalTimeout?: number | undefined;
  /**
   * Several deployments instead of one, each with a priority and a weight.
   *
   * Not together with {@link PlaceInput.deploymentName}.
   */
  deployments?: readonly DeploymentInput[] | undefined;
  /** What the HTTP client is made with. */
  configuration?: ClientConfiguration | undefined;
  /** The name of the model as a step of a chain. */
  name?: string | undefined;
  /** An option of LangChain's embeddings, known so that a configuration can be shared; without effect. */
  azureOpenAIApiEmbeddingsDeploymentName?: string | undefined;
  /** An option of `@langchain/openai`, known so that a configuration can be shared; without effect. */
  openAIBasePath?: string | undefined;
}

/** How far a batch has come. */
export interface BatchProgress {
  /** Prompts that are answered. */
  readonly done: number;
  /** Prompts that failed. */
  readonly failed: number;
  /** Prompts of the batch. */
  readonly total: number;
  /** Requests that were tried again so far. */
  readonly retries: number;
  /** Milliseconds until requests go on, where all wait for the service. */
  readonly waitingMs: number;
}

/**
 * The options of one call, over the constructor's.
 *
 * LangChain's `timeout` is the whole call's deadline in milliseconds; `maxRetries` overrides the constructor's.
 */
export interface AzureOpenAICallOptions extends BaseLLMCallOptions, Omit<ParametersInput, "stop"> {
  /** Headers of this call. An `authorization` or `api-key` among them is the call's sign-in. */
  headers?: HeadersInput | undefined;
  /** As `@langchain/openai` has it: also accepted for the call's headers. */
  options?: { headers?: HeadersInput | undefined; signal?: AbortSignal | undefined } | undefined;
  /**
   * Which waiting call goes first: the one with the lower number, then the one that came first.
   *
   * @default 0
   */
  priority?: number | undefined;
  /** Told of a batch's progress. */
  onProgress?: ((progress: BatchProgress) => void) | undefined;
}
