import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { findCause } from "../../src/cli/causes.js";
import type { Fault } from "../../src/emulator/index.js";
import { AzureOpenAI } from "../../src/index.js";
import {
  AuthenticationError,
  AzureOpenAIError,
  ConfigurationError,
  ConnectionError,
  DeploymentNotFoundError,
  ServiceError,
} from "../../src/errors.js";
import { explainSettings } from "../../src/settings/explain.js";
import type { AzureOpenAIInput } from "../../src/settings/options.js";
import { useCleanEnvironment } from "../support/environment.js";
import { useEmulator } from "../support/emulator.js";

const emulator = useEmulator();
useCleanEnvironment();

/** What the doctor would say of an error that a model with this input has thrown. */
function explain(error: AzureOpenAIError, input: AzureOpenAIInput): string {
  const [deployment] = new AzureOpenAI(input).settings.deployments;
  return findCause(error, {
    deployment: deployment!,
    options: explainSettings(input).options,
    environment: (name) => process.env[name],
    now: Date.now(),
  });
}

/** What the doctor would say after a real request that failed. */
async function diagnose(
  input: AzureOpenAIInput = {},
  variables: Record<string, string> = {},
): Promise<string> {
  Object.assign(process.env, {
    AZURE_OPENAI_ENDPOINT: emulator().endpoint,
    AZURE_OPENAI_API_KEY: emulator().apiKey,
    AZURE_OPENAI_API_DEPLOYMENT_NAME: "chat",
    ...variables,
  });
  const llm = new AzureOpenAI({ maxRetries: 0, ...input });
  const error: unknown = await llm.invoke("Say OK.").then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!AzureOpenAIError.isInstance(error)) throw new Error(`Not an error of ours: ${String(error)}`);
  return explain(error, input);
}

function azureError(status: number, code: string, message: string): Fault {
  return { status, body: { error: { code, message } }, times: 9 };
}

const REFUSALS: readonly (readonly [what: string, fault: Fault, cause: RegExp])[] = [
  [
    "a role that is missing",
    azureError(
      401,
      "PermissionDenied",
      "The principal `x` lacks the required data action `y` to perform `z` operation.",
    ),
    /no role for inference/,
  ],
  [
    "a role that is new",
    azureError(401, "PermissionDenied", "Principal does not have access to API/Operation."),
    /got it minutes ago/,
  ],
  [
    "a token of another tenant",
    azureError(
      400,
      "Tenant provided in token does not match resource token",
      "Token tenant x does not match resource tenant.",
    ),
    /another tenant/,
  ],
  [
    "keys that are switched off",
    azureError(403, "AuthenticationTypeDisabled", "Key based authentication is disabled for this resource."),
    /disableLocalAuth/,
  ],
  [
    "network rules",
    azureError(403, "403", "Access denied due to Virtual Network/Firewall rules."),
    /admits certain networks only/,
  ],
  [
    "a regional endpoint",
    {
      status: 403,
      body: '{"code":"403","message":"A Virtual Network is configured for this resource. Please use the correct endpoint for making requests. Check https://aka.ms/cogsvc-vnet for more details."}',
    },
    /regional endpoint/,
  ],
  [
    "a suspension",
    azureError(403, "403", "Your resource has been temporarily blocked because we detected behavior"),
    /suspended/,
  ],
  [
    "a version that is too old for the model",
    azureError(
      400,
      "BadRequest",
      "Model {modelName} is enabled only for api versions 2024-12-01-preview and later",
    ),
    /newer than the API version/,
  ],
  [
    "a version on the wrong API",
    azureError(400, "BadRequest", "API version not supported"),
    /do not go together/,
  ],
  ["a timeout of Azure's", { status: 408 }, /too long/],
  [
    "the tokens of a minute",
    { status: 429, retryAfterInText: 33 },
    /tokens of this minute .* --max-tokens counts as if used/,
  ],
  [
    "the requests of a minute",
    azureError(
      429,
      "429",
      "Requests to the X Operation have exceeded call rate limit of your current OpenAI S0 pricing tier.",
    ),
    /requests of this minute/,
  ],
  [
    "a quota that is not told",
    azureError(429, "429", "Too Many Requests"),
    /quota of this minute is used up, by this program or by others/,
  ],
  [
    "the quota of a day",
    azureError(
      429,
      "429",
      "Requests have exceeded token rate limit of your current AIServices S0 pricing tier. Please retry after 86400 seconds.",
    ),
    /wait a day or longer/,
  ],
  [
    "a shortage of Azure's",
    azureError(
      429,
      "429",
      "The system is currently experiencing high demand and cannot process your request.",
    ),
    /short of capacity/,
  ],
  [
    "a prompt that is too long",
    azureError(
      400,
      "context_length_exceeded",
      "This model's maximum context length is 10 tokens, however you requested 20 tokens.",
    ),
    /smaller than the prompt and --max-tokens together/,
  ],
  [
    "an option that the model does not take",
    azureError(400, "unsupported_parameter", "Unsupported parameter: 'temperature'."),
    /does not take one of the options/,
  ],
  [
    "an address with something else behind it",
    azureError(405, "405", "Method Not Allowed"),
    /not this operation/,
  ],
  ["too many headers", azureError(431, "431", "Too many"), /more headers than Azure takes/],
  ["a failure of the service", { status: 500 }, /failed/],
  ["a page of a gateway's", { kind: "html", status: 200 }, /Something else than Azure OpenAI answers/],
  ["a redirect", { kind: "redirect", location: "https://login.example/" }, /sends callers elsewhere/],
  ["a connection that breaks", { kind: "reset", times: 9 }, /ends the connection/],
  ["a silence", { kind: "stall" }, /does not answer in time/],
];

test.each(REFUSALS)("%s has its cause", async (_what, fault, cause) => {
  emulator().fail(fault);
  expect(await diagnose({ timeout: fault.kind === "stall" ? 50 : 20_000 })).toMatch(cause);
});

test("a prompt that the filter refuses", async () => {
  emulator().filterPrompt(/OK/);
  expect(await diagnose()).toMatch(/filter of this deployment is stricter/);
});

test("a key of another resource", async () => {
  expect(await diagnose({}, { AZURE_OPENAI_API_KEY: "0123456789abcdef" })).toMatch(
    /^The key in AZURE_OPENAI_API_KEY belongs to another resource/,
  );
});

test.each([
  ["sk-abc", "OpenAI's own platform"],
  ["eyJabc", "AZURE_OPENAI_AD_TOKEN"],
  ["abc def", "it has a space in it"],
  ["'abc'", "quotation marks"],
  ["https://res.openai.azure.com", "it is a URL"],
])("a key that is none: %s", async (key, fault) => {
  expect(await diagnose({}, { AZURE_OPENAI_API_KEY: key })).toContain(fault);
});

test("a token for another resource", async () => {
  const claims = { exp: Math.floor(Date.now() / 1000) + 600, aud: "https://management.azure.com/" };
  const token = `eyJh.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
  const cause = await diagnose({}, { AZURE_OPENAI_API_KEY: "", AZURE_OPENAI_AD_TOKEN: token });
  expect(cause).toContain("it was issued for https://management.azure.com/");
});

test("a port where nothing listens", async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo; // it listens on a port
  await new Promise((closed) => server.close(closed));
  const cause = await diagnose({}, { AZURE_OPENAI_ENDPOINT: `http://127.0.0.1:${port}` });
  expect(cause).toContain(`Nothing listens at 127.0.0.1:${port}`);
});

test("a host that speaks no TLS", async () => {
  const endpoint = emulator().endpoint.replace("http:", "https:");
  expect(await diagnose({}, { AZURE_OPENAI_ENDPOINT: endpoint })).toMatch(/does not speak TLS/);
});

test("a host that is not known", async () => {
  const cause = await diagnose({}, { AZURE_OPENAI_ENDPOINT: "https://nobody.invalid" });
  expect(cause).toContain("No address is known for nobody.invalid");
});

test("an answer that is cut off on its way", async () => {
  emulator().fail({ kind: "cut-stream", afterChunks: 3, times: 9 });
  expect(await diagnose({ streaming: true })).toMatch(/proxy with a time limit, cut the answer/);
});

test("a token that is right in itself is of another tenant", async () => {
  const claims = { exp: Math.floor(Date.now() / 1000) + 600, aud: "https://ai.azure.com" };
  const token = `eyJh.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
  const cause = await diagnose({}, { AZURE_OPENAI_API_KEY: "", AZURE_OPENAI_AD_TOKEN: token });
  expect(cause).toMatch(/^The token in AZURE_OPENAI_AD_TOKEN is of another tenant or cloud/);
});

describe("on a resource of Azure's", () => {
  const resource: AzureOpenAIInput = {
    azureEndpoint: "https://res.openai.azure.com",
    deploymentName: "mine",
    credential: "default",
  };
  const notFound = (code: string) =>
    new DeploymentNotFoundError("Not found.", { status: 404, service: { code, message: "Not found." } });

  test.each<readonly [what: string, error: AzureOpenAIError, cause: RegExp]>([
    [
      "settings that contradict each other",
      new ConfigurationError("The address is no valid URL."),
      /contradicts itself .* nothing was asked/,
    ],
    [
      "nobody signed in on the machine",
      new AuthenticationError("No token."),
      /No identity .* is signed in on this machine/,
    ],
    [
      "an identity that is refused",
      new AuthenticationError("Refused.", { status: 401 }),
      /The identity is of another tenant or cloud/,
    ],
    [
      "a slip in the deployment's name",
      notFound("DeploymentNotFound"),
      /^res\.openai\.azure\.com has no deployment "mine" \(from --deployment\): a slip in the name/,
    ],
    [
      "a name without an address",
      new ConnectionError("The host was not found (ENOTFOUND)."),
      /misspelt, deleted, or private to a network/,
    ],
    ["a failure of Azure's", new ServiceError("It failed.", { status: 500 }), /Service Health tells/],
  ])("%s", (_what, error, cause) => {
    expect(explain(error, resource)).toMatch(cause);
  });

  test("settings of which nothing is told are taken for the defaults", () => {
    const [deployment] = new AzureOpenAI(resource).settings.deployments;
    const circumstances = { deployment: deployment!, options: [], environment: () => undefined, now: 0 };
    expect(findCause(notFound("404"), circumstances)).toContain("(apiVersion, by default)");
    expect(findCause(new AuthenticationError("No token."), circumstances)).toContain(
      "DefaultAzureCredential",
    );
  });
});

test("a gateway of the dated API that was given no version: there is none to blame", () => {
  const input = {
    azureOpenAIBasePath: "https://gateway.example/deployments",
    deploymentName: "mine",
    apiKey: "k",
  };
  expect(explain(new DeploymentNotFoundError("Not found.", { status: 404 }), input)).toMatch(
    /^Azure does not know the API version \(none\)/,
  );
});
