/** The per-minute limits of a deployment as one answer's headers stated them. */
export interface RateLimitReport {
  readonly limitRequests?: number;
  readonly limitTokens?: number;
  readonly remainingRequests?: number;
  readonly remainingTokens?: number;
  /** Milliseconds until the request limit resets. */
  readonly resetRequestsMs?: number;
  /** Milliseconds until the token limit resets. */
  readonly resetTokensMs?: number;
}

/** What the service says about itself in the headers of an answer, good or bad. */
export interface ServiceReport {
  /** The id to quote to Azure support (`apim-request-id`, else `x-request-id`). */
  readonly requestId?: string;
  /** The region that answered (`x-ms-region`). */
  readonly region?: string;
  /** The deployment that answered when Azure itself spilled the request over (`x-ms-deployment-name`). */
  readonly servedDeployment?: string;
  readonly rateLimit?: RateLimitReport;
}
