/**
 * An answer of the service that says no: the status and the body, byte for byte as Azure writes it.
 * Thrown by whoever finds the fault, answered by the service.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly status: number,
    /** The body as it goes on the wire. */
    readonly body: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(body);
  }
}

/** Azure's gateway: `{"error":{"code","message"}}`. */
function gateway(status: number, code: string, message: string, headers?: Record<string, string>): Refusal {
  return new Refusal(status, JSON.stringify({ error: { code, message } }), headers);
}

/** The engine behind the gateway: `{"error":{"message","type","param","code"}}`. */
function engine(status: number, message: string, param: string | null, code: string | null): Refusal {
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  return new Refusal(status, JSON.stringify({ error: { message, type, param, code } }));
}

/** 401 for a wrong key. */
export function wrongKey(): Refusal {
  return gateway(
    401,
    "401",
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
  );
}

/** 401 for a missing key, a bad or expired token, and a key sent as a token on the classic route. */
export function wrongToken(): Refusal {
  return new Refusal(
    401,
    '{"statusCode":401,"message":"Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired."}',
  );
}

/** 403 where the resource has key sign-in switched off (`disableLocalAuth`). */
export function keyDisabled(): Refusal {
  return new Refusal(
    403,
    '{"error":{"code":"AuthenticationTypeDisabled","message": "Key based authentication is disabled for this resource."}}',
  );
}

/** 403 of the resource's network rules. */
export function networkDenied(): Refusal {
  return new Refusal(
    403,
    '{"error":{"code":"403","message": "Access denied due to Virtual Network/Firewall rules."}}',
    { "policy-id": "ThrowExceptionDueToTrafficDenied" },
  );
}

/** 404 for a route or an api-version that is not there. */
export function resourceNotFound(): Refusal {
  return new Refusal(404, '{"error":{"code":"404","message": "Resource not found"}}');
}

/** 404 for a deployment that is not there. */
export function deploymentNotFound(): Refusal {
  return gateway(
    404,
    "DeploymentNotFound",
    "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
  );
}

/** 400 for a dated api-version on the v1 route. */
export function apiVersionNotSupported(): Refusal {
  return gateway(400, "BadRequest", "API version not supported");
}

/** 400 for Responses under a dated api-version that is too old for them. */
export function responsesNeedNewerVersion(): Refusal {
  return gateway(
    400,
    "BadRequest",
    "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later",
  );
}

/** 400 for a model that does not do this operation; `operation` in the service's words (`completion`, `chatCompletion`). */
export function operationNotSupported(operation: string, model: string): Refusal {
  return gateway(
    400,
    "OperationNotSupported",
    `The ${operation} operation does not work with the specified model, ${model}. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.`,
  );
}

/** 400 for the parameters that chat models served as completions models lack. */
export function parametersNotAvailable(model: string): Refusal {
  return gateway(
    400,
    "BadRequest",
    `logprobs, best_of and echo parameters are not available on ${model} model. Please remove the parameter and try again. For more details, see https://go.microsoft.com/fwlink/?linkid=2227346.`,
  );
}

/** 400 for a completions prompt that does not fit. */
export function completionTooLong(window: number, prompt: number, completion: number): Refusal {
  return engine(
    400,
    `This model's maximum context length is ${window} tokens, however you requested ${prompt + completion} tokens (${prompt} in your prompt; ${completion} for the completion). Please reduce your prompt; or completion length.`,
    null,
    null,
  );
}

/** 400 for chat messages that do not fit. */
export function messagesTooLong(window: number, tokens: number, param: string): Refusal {
  return engine(
    400,
    `This model's maximum context length is ${window} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`,
    param,
    "context_length_exceeded",
  );
}

/** 400 of the content filter for a prompt; `verdict` says by category why. */
export function promptFiltered(verdict: Readonly<Record<string, unknown>>): Refusal {
  const message =
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766";
  return new Refusal(
    400,
    JSON.stringify({
      error: {
        message,
        type: null,
        param: "prompt",
        code: "content_filter",
        status: 400,
        innererror: { code: "ResponsibleAIPolicyViolation", content_filter_result: verdict },
      },
    }),
  );
}

/** 400 for a parameter that the deployed model refuses, whatever its value. */
export function unsupportedParameter(param: string, instead?: string): Refusal {
  const hint = instead === undefined ? "" : ` Use '${instead}' instead.`;
  return engine(
    400,
    `Unsupported parameter: '${param}' is not supported with this model.${hint}`,
    param,
    "unsupported_parameter",
  );
}

/** The same from the Responses operation, where the code is null. */
export function unsupportedResponsesParameter(param: string): Refusal {
  return engine(400, `Unsupported parameter: '${param}' is not supported with this model.`, param, null);
}

/** 400 for a chat parameter that Responses call otherwise. */
export function movedParameter(param: string, moved: string): Refusal {
  return engine(
    400,
    `Unsupported parameter: '${param}'. In the Responses API, this parameter has moved to '${moved}'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.`,
    null,
    "unsupported_parameter",
  );
}

/** 400 for a value that a reasoning model refuses. */
export function unsupportedValue(param: string, value: unknown): Refusal {
  return engine(
    400,
    `Unsupported value: '${param}' does not support ${String(value)} with this model. Only the default (1) value is supported.`,
    param,
    "unsupported_value",
  );
}

/** 400 for a field that the operation does not know. */
export function unknownParameter(param: string): Refusal {
  return engine(400, `Unknown parameter: '${param}'.`, param, "unknown_parameter");
}

/** The same in the words of the completions operation. */
export function unrecognizedArgument(param: string): Refusal {
  return engine(
    400,
    `Unrecognized request argument supplied: ${param}. Please contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 for further questions. `,
    null,
    null,
  );
}

/** 400 for `n` above `best_of`. */
export function moreChoicesThanCandidates(n: number, bestOf: number): Refusal {
  return engine(
    400,
    `You requested that the server return more choices than it will generate (HINT: you must set 'n' (currently ${n}) to be at most 'best_of' (currently ${bestOf}), or omit either parameter if you don't specifically want to use them.)`,
    null,
    null,
  );
}

/*
 * The texts of the next five are OpenAI's own for wrong values; no capture of Azure's is known.
 */

/** 400 for a body that is no JSON object. */
export function notJson(): Refusal {
  return engine(
    400,
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    null,
    null,
  );
}

/** 400 for a field that has to be there. */
export function missingParameter(param: string): Refusal {
  return engine(400, `Missing required parameter: '${param}'.`, param, "missing_required_parameter");
}

/** 400 for a value of the wrong type. */
export function wrongType(param: string, expected: string, value: unknown): Refusal {
  const got = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
  return engine(
    400,
    `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`,
    param,
    "invalid_type",
  );
}

/** 400 for a number outside its bounds. */
export function outOfBounds(
  param: string,
  kind: "integer" | "decimal",
  side: "below" | "above",
  bound: number,
  value: number,
): Refusal {
  const [word, sign, code] = side === "below" ? ["minimum", ">=", "min"] : ["maximum", "<=", "max"];
  return engine(
    400,
    `Invalid '${param}': ${kind} ${side} ${word} value. Expected a value ${sign} ${bound}, but got ${value} instead.`,
    param,
    `${kind}_${side}_${code}_value`,
  );
}

/** 400 for an array with too many or too few members. */
export function wrongLength(param: string, side: "below" | "above", bound: number, length: number): Refusal {
  const [size, word, code] = side === "below" ? ["short", "minimum", "min"] : ["long", "maximum", "max"];
  return engine(
    400,
    `Invalid '${param}': array too ${size}. Expected an array with ${word} length ${bound}, but got an array with length ${length} instead.`,
    param,
    `array_${side}_${code}_length`,
  );
}

/** 408. */
export function timedOut(): Refusal {
  return gateway(408, "Timeout", "The operation was timeout.");
}

/** What a 429 says and asks for. */
export interface RateLimitDetails {
  readonly kind: "token" | "call";
  /** `ChatCompletions_Create` and the like; without it the short text is used. */
  readonly operationId: string | undefined;
  readonly apiVersion: string;
  /** The wait that the text asks for, in whole seconds; without it the text asks for none. */
  readonly retrySeconds: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** 429. */
export function rateLimited(details: RateLimitDetails): Refusal {
  const { kind, operationId, apiVersion, retrySeconds, headers = {} } = details;
  if (operationId === undefined) {
    const wait = retrySeconds === undefined ? "" : ` Try again in ${retrySeconds} seconds.`;
    return gateway(429, "429", `Rate limit is exceeded.${wait}`, { ...headers });
  }
  const wait = retrySeconds === undefined ? "" : ` Please retry after ${retrySeconds} seconds.`;
  return gateway(
    429,
    "429",
    `Requests to the ${operationId} Operation under Azure OpenAI API version ${apiVersion} have exceeded ${kind} rate limit of your current OpenAI S0 pricing tier.${wait} Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.`,
    { ...headers },
  );
}

/** 500; `requestId` is the one of the answer's header. */
export function serverError(requestId: string): Refusal {
  return engine(
    500,
    `The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if the error persists. (Please include the request ID ${requestId} in your message.)`,
    null,
    null,
  );
}

/** 503; only these words of it are known. */
export function unavailable(): Refusal {
  return gateway(
    503,
    "503",
    "The service is temporarily unable to process your request. Please try again later.",
  );
}

/** Any other status, in the shape of the gateway. */
export function otherStatus(status: number, message: string): Refusal {
  return gateway(status, String(status), message);
}

/** The error that Azure writes into a stream that has begun. */
export const STREAM_ERROR = {
  error: {
    message:
      "The server had an error processing your request. Sorry about that! You can retry your request, or contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if you keep seeing this error.",
    type: "server_error",
    param: null,
    code: null,
  },
} as const;
