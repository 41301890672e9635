import {
  AuthenticationError,
  AzureOpenAIError,
  ContentFilterError,
  ContextLengthError,
  DeploymentNotFoundError,
  InvalidRequestError,
  OperationNotSupportedError,
  PermissionError,
  RateLimitError,
  ServiceError,
} from "../../src/errors.js";
import {
  closeServices,
  connect,
  dated,
  echoOperation,
  failureOf,
  json,
  options,
  request,
  serve,
  v1,
} from "./support.js";

afterEach(closeServices);

async function refusedWith(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
  settings = dated,
): Promise<AzureOpenAIError> {
  const service = await serve((response) =>
    json(response, body, status, { "apim-request-id": "req-9", ...headers }),
  );
  const error = await failureOf(connect(settings(service.origin)).send(echoOperation, request(), options()));
  if (!AzureOpenAIError.isInstance(error)) throw error;
  return error;
}

const FILTER_BODY =
  '{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI\'s content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":true,"filtered":true},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}}}';

const TOKEN_LIMIT =
  "Requests to the Completions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 33 seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.";

test.each([
  // 401
  [
    401,
    '{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}',
    AuthenticationError,
    "AZURE_OPENAI_API_KEY",
  ],
  [
    401,
    '{"statusCode":401,"message":"Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired."}',
    AuthenticationError,
    "audience is incorrect",
  ],
  [
    401,
    '{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API." }',
    AuthenticationError,
    "missing subscription key",
  ],
  [
    401,
    '{"error":{"code":"PermissionDenied","message":"The principal `oid` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action` to perform `POST /openai/deployments/{deployment-id}/completions` operation."}}',
    PermissionError,
    "Cognitive Services OpenAI User",
  ],
  [
    401,
    '{"error":{"code":"PermissionDenied","message":"Principal does not have access to API/Operation."}}',
    PermissionError,
    "Cognitive Services OpenAI User",
  ],
  [401, "", AuthenticationError, "`apiKey`"],
  // shapes of gateways
  [400, '{"type":"about:blank","title":"Bad Request","detail":"No foo."}', InvalidRequestError, "No foo."],
  [
    422,
    '{"detail":[{"type":"extra_forbidden","loc":["body","top_logprobs"],"msg":"Extra inputs"}]}',
    InvalidRequestError,
    "top_logprobs",
  ],
  // 400
  [
    400,
    '{"error":{"code":"OperationNotSupported","message":"The completion operation does not work with the specified model, gpt-4o. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993."}}',
    OperationNotSupportedError,
    "`operation`",
  ],
  [
    400,
    '{"error":{"code":"BadRequest","message":"logprobs, best_of and echo parameters are not available on gpt-35-turbo model. Please remove the parameter and try again. For more details, see https://go.microsoft.com/fwlink/?linkid=2227346."}}',
    InvalidRequestError,
    "logprobs, best_of and echo",
  ],
  [
    400,
    '{"error":{"code":"BadRequest","message":"Model {modelName} is enabled only for api versions 2024-12-01-preview and later"}}',
    InvalidRequestError,
    "`apiVersion`",
  ],
  [
    400,
    '{"error":{"code":"BadRequest","message":"API version not supported"}}',
    InvalidRequestError,
    "OPENAI_API_VERSION",
  ],
  [
    400,
    '{"error":{"message":"This model\'s maximum context length is 4097 tokens, however you requested 4201 tokens (3945 in your prompt; 256 for the completion). Please reduce your prompt; or completion length.","type":"invalid_request_error","param":null,"code":null}}',
    ContextLengthError,
    "`maxTokens`",
  ],
  [
    400,
    '{"error":{"message":"This model\'s maximum context length is 16384 tokens. However, your messages resulted in 16630 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}',
    ContextLengthError,
    "`maxTokens`",
  ],
  [
    400,
    '{"error":{"code":"Tenant provided in token does not match resource token","message":"Token tenant xxxxxxxxxxxxxxxx does not match resource tenant."}}',
    AuthenticationError,
    "AZURE_TENANT_ID",
  ],
  [
    400,
    '{"error":{"message":"Unsupported parameter","type":"invalid_request_error","param":"logit_bias","code":"unsupported_parameter"}}',
    InvalidRequestError,
    "`modelKwargs`",
  ],
  [400, FILTER_BODY, ContentFilterError, "(jailbreak)"],
  // 403
  [
    403,
    '{"error":{"code":"AuthenticationTypeDisabled","message": "Key based authentication is disabled for this resource."}}',
    PermissionError,
    "`credential`",
  ],
  [
    403,
    '{"error":{"code":"403","message": "Access denied due to Virtual Network/Firewall rules."}}',
    PermissionError,
    "network",
  ],
  [
    403,
    '{"code":"403","message":"A Virtual Network is configured for this resource. Please use the correct endpoint for making requests. Check https://aka.ms/cogsvc-vnet for more details."}',
    PermissionError,
    "AZURE_OPENAI_ENDPOINT",
  ],
  [
    403,
    '{"error":{"message":"Your resource has been temporarily blocked."}}',
    PermissionError,
    "Azure support",
  ],
  // 404
  [
    404,
    '{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}',
    DeploymentNotFoundError,
    '`deploymentName` (here "instruct")',
  ],
  [
    404,
    '{"error":{"code":"404","message": "Resource not found"}}',
    DeploymentNotFoundError,
    "here 2024-10-21",
  ],
  [404, "<html><title>Not Found</title></html>", DeploymentNotFoundError, "Not Found"],
  // 408, 429, 5xx and what gateways answer
  [
    408,
    '{"error":{"code":"Timeout","message":"The operation was timeout."}}',
    ServiceError,
    "operation was timeout",
  ],
  [429, JSON.stringify({ error: { code: "429", message: TOKEN_LIMIT } }), RateLimitError, "`maxRetries`"],
  [
    500,
    '{"error":{"message":"The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if the error persists. (Please include the request ID 00000000-0000-0000-0000-000000000000 in your message.)","type":"server_error","param":null,"code":null}}',
    ServiceError,
    "The server had an error",
  ],
  [
    503,
    '{"error":{"code":"503","message":"The service is temporarily unable to process your request."}}',
    ServiceError,
    "temporarily unable",
  ],
  [424, '{"error":{"code":"ModelError","message":"failed"}}', ServiceError, "failed"],
  [504, "upstream request timeout", ServiceError, "upstream request timeout"],
  [502, '"a string"', ServiceError, "502"],
  [405, "", InvalidRequestError, "`operation`"],
  [413, "", InvalidRequestError, "`batchSize`"],
  [409, '{"error":{"message":"conflict"}}', InvalidRequestError, "conflict"],
  [422, '{"error":"a plain text"}', InvalidRequestError, "a plain text"],
  [431, "", InvalidRequestError, "at most 10 custom headers"],
])("%i %s", async (status, body, expected, words) => {
  const error = await refusedWith(status, body);
  expect(error).toBeInstanceOf(expected);
  expect(error).toMatchObject({ status, requestId: "req-9", deploymentName: "instruct" });
  expect(error.message).toContain(words);
  expect(error.message).toMatch(
    /http:\/\/127\.0\.0\.1:\d+\/openai\/deployments\/instruct\/completions answered/,
  );
  expect(error.message).not.toContain("api-version=");
});

test("the service's own words are kept", async () => {
  const { service } = await refusedWith(
    400,
    '{"error":{"message":"No.","param":"stop","code":"unsupported_parameter"}}',
  );
  expect(service).toEqual({ message: "No.", param: "stop", code: "unsupported_parameter" });
});

test.each([
  ["innererror", "content_filter_result"],
  ["innererror", "content_filter_results"],
  ["inner_error", "content_filter_result"],
  ["inner_error", "content_filter_results"],
])("the filter's verdict is read from %s.%s", async (inner, results) => {
  const verdict = {
    hate: { filtered: false, severity: "safe" },
    jailbreak: { detected: true, filtered: true },
    custom_blocklists: [{ filtered: true, id: "list" }],
    error: { code: "content_filter_error", message: "x" },
  };
  const body = {
    error: {
      code: "content_filter",
      message: "no",
      [inner]: { code: "ResponsibleAIPolicyViolation", [results]: verdict },
    },
  };
  expect(await refusedWith(400, JSON.stringify(body))).toMatchObject({
    source: "prompt",
    categories: {
      hate: { filtered: false, severity: "safe" },
      jailbreak: { detected: true, filtered: true },
      custom_blocklists: { filtered: true },
    },
  });
});

test("the flat error of the v1 API's schema is read", async () => {
  const body = {
    code: "invalid_prompt",
    message: "Bad prompt.",
    param: "prompt",
    type: "invalid_request_error",
  };
  const error = await refusedWith(400, JSON.stringify(body), {}, v1);
  expect(error).toBeInstanceOf(InvalidRequestError);
  expect(error.service).toEqual({ code: "invalid_prompt", message: "Bad prompt.", param: "prompt" });
});

test("a dated version on the v1 API is to be left out", async () => {
  const error = await refusedWith(
    400,
    '{"error":{"code":"BadRequest","message":"API version not supported"}}',
    {},
    v1,
  );
  expect(error.message).toContain("leave `apiVersion`");
});

describe("how long to wait", () => {
  const message = (text: string): string => JSON.stringify({ error: { code: "429", message: text } });
  const unsaid = message("Requests have been limited.");

  test.each([
    ["retry-after-ms", { "retry-after-ms": "1500", "retry-after": "9" }, unsaid, 1500],
    ["retry-after in seconds", { "retry-after": "9" }, message(TOKEN_LIMIT), 9000],
    ["the sentence of the message", {}, message(TOKEN_LIMIT), 33_000],
    ["a day in the message", {}, message("Please retry after 86400 seconds."), 86_400_000],
    ["the short sentence", {}, message("Rate limit is exceeded. Try again in 50 seconds."), 50_000],
    [
      "the reset of the limit without anything left",
      {
        "x-ratelimit-reset-tokens": "300",
        "x-ratelimit-reset-requests": "10",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-remaining-requests": "4",
      },
      unsaid,
      300_000,
    ],
    [
      "the reset of the limit that the message names",
      { "x-ratelimit-reset-tokens": "300", "x-ratelimit-reset-requests": "10" },
      message("exceeded call rate limit"),
      10_000,
    ],
    ["the other spelling of the reset", { "x-rate-limit-reset-tokens": "12" }, unsaid, 12_000],
    [
      "the longer reset otherwise",
      { "x-ratelimit-reset-tokens": "3", "x-ratelimit-reset-requests": "10" },
      unsaid,
      10_000,
    ],
  ] as const)("is read from %s", async (_source, headers, body, expected) => {
    expect(await refusedWith(429, body, headers)).toMatchObject({
      code: "rate_limit",
      retryAfterMs: expected,
    });
  });

  test("is read from a date", async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const { retryAfterMs } = await refusedWith(429, unsaid, { "retry-after": date });
    expect(retryAfterMs).toBeGreaterThan(3_000_000);
    expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
  });

  test.each([
    ["nothing says it", {}],
    [
      "the service does not know",
      { "x-ratelimit-reset-tokens": "0", "x-ratelimit-limit-tokens": "-1", "retry-after": "0" },
    ],
    ["the date is past", { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }],
    ["it is no number", { "retry-after": "soon", "retry-after-ms": "NaN" }],
  ])("is unknown when %s", async (_why, headers) => {
    expect((await refusedWith(429, unsaid, headers)).retryAfterMs).toBeUndefined();
  });

  test("is read for a service that is overloaded, too", async () => {
    expect(await refusedWith(503, "{}", { "retry-after": "2" })).toMatchObject({
      code: "service",
      retryAfterMs: 2000,
    });
  });
});

test.each([
  ["context", 400, "context_length_exceeded", {}, { code: "context_length" }],
  [
    "Deployment",
    404,
    "DeploymentNotFound",
    {},
    { code: "deployment_not_found", service: { code: "***NotFound" } },
  ],
  ["900000", 429, "429", { "retry-after-ms": "900000" }, { code: "rate_limit", retryAfterMs: 900_000 }],
])(
  "a caller's header that says %s does not hide what the service says",
  async (value, status, code, headers, expected) => {
    const service = await serve((response) =>
      json(response, { error: { code, message: "No." } }, status, headers),
    );
    const call = options({ headers: { "x-tag": value } });
    const error = await failureOf(connect(dated(service.origin)).send(echoOperation, request(), call));
    expect(error).toMatchObject(expected);
  },
);

test("the request's id is told, also where it is the caller's own", async () => {
  const service = await serve((response) =>
    json(response, { error: { code: "500" } }, 500, { "x-request-id": "caller-0001" }),
  );
  const call = options({ headers: { "x-request-id": "caller-0001" } });
  const error = await failureOf(connect(dated(service.origin)).send(echoOperation, request(), call));
  expect(error).toMatchObject({ requestId: "caller-0001" });
});
