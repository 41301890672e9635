import type { AzureOpenAIError } from "../errors.js";

/** The Azure operations that a deployment can serve. */
export type OperationName = "completions" | "chat" | "responses";

/** An operation, or `"auto"`: whichever the deployment answers. */
export type OperationChoice = OperationName | "auto";

/** Which of Azure's surfaces is spoken: dated API versions, the v1 API, or a gateway's own paths. */
export type Api = "dated" | "v1" | "gateway";

/** The Azure cloud an endpoint belongs to; it decides the token scope. */
export type Cloud = "public" | "usgov" | "china" | "unknown";

/**
 * The parameters that shape an answer, as far as the caller set them.
 *
 * Absent means unset: defaults are applied by the operation that sends them.
 */
export interface Parameters {
  readonly temperature?: number;
  /** -1: as many as the context leaves. */
  readonly maxTokens?: number;
  readonly topP?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly n?: number;
  readonly bestOf?: number;
  readonly logitBias?: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly logprobs?: number;
  readonly echo?: boolean;
  readonly suffix?: string;
  readonly user?: string;
  readonly stop?: readonly string[];
  readonly systemMessage?: string;
  /** Merged into the request body last, as they are. */
  readonly modelKwargs?: Readonly<Record<string, unknown>>;
}

/** One deployment and how it is reached; holds nothing secret. */
export interface DeploymentSettings {
  /** The customer's name for it; absent only behind a gateway that needs none. */
  readonly deploymentName?: string;
  readonly api: Api;
  /**
   * Where an operation's path is appended, without a trailing slash: `https://HOST/openai` (dated),
   * `https://HOST/openai/v1`, or a gateway's own base.
   */
  readonly baseURL: string;
  /**
   * Dated API only: where deployment-scoped operations are appended,
   * `https://HOST/openai/deployments/NAME` with the name as one escaped segment.
   */
  readonly deploymentRoot?: string;
  /** Sent as the `api-version` query parameter when present. */
  readonly apiVersion?: string;
  readonly host: string;
  readonly cloud: Cloud;
  /** The Entra scope a token is asked for; empty where none is known (China) and the sign-in asks for none. */
  readonly scope: string;
  readonly operation: OperationChoice;
  /** What is deployed, as far as the caller said; never decides the URL. */
  readonly model?: string;
  readonly contextWindow?: number;
  /** A lower number is used first. */
  readonly priority: number;
  /** Share of the traffic among deployments of one priority. */
  readonly weight: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** An `@azure/identity` credential, by shape, so that the package need not be installed. */
export interface TokenCredential {
  getToken(
    scopes: string | string[],
    options?: { abortSignal?: AbortSignal },
  ): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

/** How a request proves who sends it. */
export type SignIn =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "provider"; readonly provider: () => Promise<string> }
  | { readonly kind: "credential"; readonly credential: TokenCredential }
  /** `DefaultAzureCredential`, made when the first token is needed. */
  | { readonly kind: "default" }
  /** The caller's own headers (a gateway's key, say) are the sign-in. */
  | { readonly kind: "headers" };

/** A `fetch`, as the platform's or a caller's own. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Parameters of an address; one that is there several times has several values. */
export type Query = Readonly<Record<string, string | readonly string[]>>;

/** Everything about one deployment that may be secret. */
export interface Secrets {
  readonly signIn: SignIn;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Query;
  /** The caller's `fetch`; absent: the package's own transport. */
  readonly fetch?: Fetch;
  /** Passed to `fetch` as they are (a proxy's dispatcher, say). */
  readonly fetchOptions?: Readonly<Record<string, unknown>>;
}

/** The one way to what is secret: a closure, which nothing can print or serialise. */
export type Access = () => Secrets;

/** Told of each retry. */
export interface RetryEvent {
  /** The failure that is tried again. */
  readonly error: AzureOpenAIError;
  /** How many attempts failed so far. */
  readonly attempt: number;
  /** Milliseconds until the next one. */
  readonly delayMs: number;
  /** The host of the deployment that failed. */
  readonly host: string;
  /** The deployment that failed. */
  readonly deploymentName?: string;
}

/** What the caller said, resolved, checked and frozen; anyone may see it. */
export interface Settings {
  readonly deployments: readonly DeploymentSettings[];
  readonly parameters: Parameters;
  readonly operation: OperationChoice;
  readonly model?: string;
  readonly contextWindow?: number;
  readonly streaming: boolean;
  readonly streamUsage: boolean;
  readonly onContentFilter: "throw" | "return";
  readonly batchSize: number;
  readonly coalesce: boolean;
  readonly maxConcurrency: number;
  readonly maxRetries: number;
  readonly maxRetryDelayMs: number;
  readonly onRetry?: (event: RetryEvent) => void;
  readonly onFailedAttempt?: (error: Error) => unknown;
  readonly timeoutMs: number;
  readonly idleTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
}
