import type { AzureOpenAIError } from "../errors.js";
import type { Environment } from "../settings/environment.js";
import type { ExplainedOption } from "../settings/explain.js";
import type { DeploymentSettings } from "../settings/settings.js";
import { PLACE_NAMES } from "../settings/table.js";
import { hasQuotationMarks } from "./quotation-marks.js";
import { findRow, nameSource } from "./settings-report.js";
import { findSignIn } from "./sign-in.js";
import { findTokenFault } from "./token.js";

/** What was asked, and where each part of it came from. */
export interface Circumstances {
  readonly deployment: DeploymentSettings;
  readonly options: readonly ExplainedOption[];
  readonly environment: Environment;
  readonly now: number;
}

const DAY_MS = 86_400_000;

/** Deployments are often named after their model, and models taken for deployments. */
const MODEL_NAME = /^(gpt-|o\d|text-|code-|davinci|babbage|model-router)/i;

/**
 * Says what a failure most likely comes from in these circumstances.
 *
 * The error itself says what to do; this adds what only the settings can tell.
 */
export function findCause(error: AzureOpenAIError, circumstances: Circumstances): string {
  const said = `${error.service?.code ?? ""} ${error.service?.message ?? ""}`;
  const { deployment } = circumstances;
  switch (error.code) {
    case "configuration":
      return "Something is missing or contradicts itself in what was given; nothing was asked.";
    case "authentication":
      return findSignInCause(error, said, circumstances);
    case "permission":
      return findPermissionCause(said, circumstances);
    case "deployment_not_found":
      return findPlaceCause(said, circumstances);
    case "operation_not_supported":
      return `${whatIsDeployed(circumstances)} holds a model of another kind than the operation that was asked (${sayWith("operation", circumstances)}), or a retired one.`;
    case "invalid_request":
      return findRequestCause(error, said, circumstances);
    case "context_length":
      return "The context of the deployed model is smaller than the prompt and --max-tokens together.";
    case "content_filter":
      return "The filter of this deployment is stricter than the default, or --system holds what it refuses: the doctor's own prompt is harmless.";
    case "rate_limit":
      return findLimitCause(error, said);
    case "timeout":
      return "The host takes connections but does not answer in time: a firewall or a private network that drops packets, or a deployment under heavy load.";
    case "connection":
      return findConnectionCause(error, circumstances);
    case "interrupted_stream":
      return "Something between here and Azure, such as a proxy with a time limit, cut the answer.";
    case "service":
      return findServiceCause(error, deployment);
  }
}

function sayWith(option: string, { options }: Circumstances): string {
  const { source } = findRow(option, options);
  return source === "default" ? `${option}, by default` : `${option}, from ${nameSource(source)}`;
}

function sourceOf(option: string, { options }: Circumstances): string {
  return nameSource(findRow(option, options).source);
}

function whatIsDeployed(circumstances: Circumstances): string {
  const { value } = findRow("deploymentName", circumstances.options);
  return `The deployment ${JSON.stringify(value)} (from ${sourceOf("deploymentName", circumstances)})`;
}

function findSignInCause(error: AzureOpenAIError, said: string, circumstances: Circumstances): string {
  const { deployment, options, environment, now } = circumstances;
  if (/tenant.*does not match/i.test(said)) {
    return "You are signed in to another tenant than the one the resource belongs to.";
  }
  if (/missing subscription key/i.test(said)) {
    return `${deployment.host} is a gateway (API Management) that wants a key of its own in a header of its own; the command line has no way to send one, \`configuration.defaultHeaders\` has.`;
  }
  const { option, source, secret } = findSignIn(options, environment);
  if (option === "apiKey") {
    const fault = findKeyFault(secret);
    return fault === undefined
      ? `The key in ${source} belongs to another resource than ${deployment.host}, or was regenerated since it was copied.`
      : `${source} holds no key of an Azure resource: ${fault}.`;
  }
  if (option === "azureADToken") {
    const fault = findTokenFault(secret, deployment.scope, now);
    return fault === undefined
      ? `The token in ${source} is of another tenant or cloud, or the resource has no custom subdomain.`
      : `The token in ${source} cannot work: ${fault}.`;
  }
  return error.status === undefined
    ? "No identity that DefaultAzureCredential looks for is signed in on this machine (or @azure/identity is not installed)."
    : "The identity is of another tenant or cloud than the resource, or the resource has no custom subdomain.";
}

function findKeyFault(key: string): string | undefined {
  if (key.startsWith("sk-")) return "what begins with sk- is a key of OpenAI's own platform";
  if (key.startsWith("eyJ"))
    return "it is a Microsoft Entra ID token, which belongs in AZURE_OPENAI_AD_TOKEN";
  if (hasQuotationMarks(key)) return "it has quotation marks around it, which are taken as part of it";
  if (/\s/.test(key)) return "it has a space in it";
  if (/^https?:/i.test(key)) return "it is a URL";
  return undefined;
}

function findPermissionCause(said: string, { deployment }: Circumstances): string {
  if (/AuthenticationTypeDisabled/i.test(said)) {
    return "Keys are switched off for this resource (disableLocalAuth), as many organisations demand.";
  }
  if (/A Virtual Network is configured/i.test(said)) {
    return `The resource is in a virtual network, and ${deployment.host} is the regional endpoint instead of the resource's own.`;
  }
  if (/virtual network|firewall|AccessDenied/i.test(said)) {
    return "The resource admits certain networks only, and this machine's is none of them (a VPN that is not on, perhaps).";
  }
  if (/temporarily blocked/i.test(said)) return "Azure has suspended the resource for suspected abuse.";
  return "The sign-in works, but the identity has no role for inference on this resource, or got it minutes ago. Owner and Contributor are no such roles.";
}

function findPlaceCause(said: string, circumstances: Circumstances): string {
  const { deployment } = circumstances;
  const { host, api, apiVersion } = deployment;
  if (/DeploymentNotFound/i.test(said)) {
    const deploymentName = String(findRow("deploymentName", circumstances.options).value);
    const source = sourceOf("deploymentName", circumstances);
    if (source === "AZURE_OPENAI_API_DEPLOYMENT_NAME") {
      return `${host} has no deployment ${JSON.stringify(deploymentName)}. The name comes from ${source}, which LangChain's chat and embedding classes read as well; AZURE_OPENAI_API_COMPLETIONS_DEPLOYMENT_NAME is this one's own.`;
    }
    return MODEL_NAME.test(deploymentName)
      ? `${JSON.stringify(deploymentName)} (from ${source}) is the name of a model; a deployment has the name that it was given when it was made, and ${host} has none of this name.`
      : `${host} has no deployment ${JSON.stringify(deploymentName)} (from ${source}): a slip in the name, another resource, or one that was made in the last minutes.`;
  }
  switch (api) {
    case "dated":
      return `Azure does not know the API version ${apiVersion ?? "(none)"} (from ${sourceOf("apiVersion", circumstances)}), has withdrawn it, or ${host} is no Azure OpenAI resource.`;
    case "v1":
      return `The v1 API is asked (${sayWith("apiVersion", circumstances)}), and ${host} has it not at ${deployment.baseURL}, or not this operation: an older resource, a gateway, or a retired model.`;
    case "gateway":
      return `The gateway has nothing at ${deployment.baseURL} followed by the operation's path.`;
  }
}

function findRequestCause(error: AzureOpenAIError, said: string, circumstances: Circumstances): string {
  if (/api version not supported/i.test(said)) {
    return `The API version (${sayWith("apiVersion", circumstances)}) and the endpoint (${circumstances.deployment.baseURL}) do not go together.`;
  }
  if (/enabled only for api versions/i.test(said)) {
    return `The deployed model is newer than the API version (${sayWith("apiVersion", circumstances)}).`;
  }
  if (error.status === 431) return "A gateway or the caller adds more headers than Azure takes.";
  if (error.status === 405) return "There is something at that address, but not this operation.";
  return "The deployed model does not take one of the options that were set.";
}

function findLimitCause(error: AzureOpenAIError, said: string): string {
  if (/high demand|temporarily unable/i.test(said)) {
    return "Azure itself is short of capacity at the moment; this is not your quota.";
  }
  if ((error.retryAfterMs ?? 0) >= DAY_MS) {
    return "The service asks to wait a day or longer: this is more than the quota of a minute, and waiting is of no use now. Look at the quota and the state of the subscription.";
  }
  if (/call rate limit/i.test(said))
    return "The requests of this minute are used up, by this program or by others on the deployment.";
  if (/token rate limit/i.test(said)) {
    return "The tokens of this minute are used up; --max-tokens counts as if used. Others on the deployment draw on the same quota.";
  }
  return "The deployment's quota of this minute is used up, by this program or by others.";
}

function findConnectionCause(error: AzureOpenAIError, { deployment, options }: Circumstances): string {
  const { host, cloud } = deployment;
  const message = error.message;
  // A URL may begin with a single quotation mark, which makes its scheme the host.
  if (host.startsWith("'")) {
    const places: readonly string[] = PLACE_NAMES;
    const given = options
      .filter(({ option }) => places.includes(option))
      .map(({ source }) => nameSource(source));
    return `The endpoint in ${given.join(" and ")} has quotation marks around it, which are taken as part of it.`;
  }
  if (/ENOTFOUND|EAI_AGAIN/.test(message)) {
    const kind =
      cloud === "unknown"
        ? "and it is no host of Azure's"
        : "the resource's name is misspelt, deleted, or private to a network";
    return `No address is known for ${host}: ${kind}; or this machine has no network.`;
  }
  if (message.includes("ECONNREFUSED"))
    return `Nothing listens at ${host}: a slip in host or port, or a server that is not running.`;
  if (/TLS|certificate/i.test(message)) {
    return `Something between here and ${host}, such as a company's proxy, shows a certificate that this machine does not trust, or ${host} does not speak TLS.`;
  }
  return `A proxy, a firewall or the network between here and ${host} ends the connection.`;
}

function findServiceCause(
  { status, message }: AzureOpenAIError,
  { host, cloud }: DeploymentSettings,
): string {
  if (status !== undefined && status >= 300 && status < 400) {
    return `${host} is not the resource itself: something there sends callers elsewhere, to a sign-in page perhaps.`;
  }
  if (status === 200 || /no JSON|not JSON|HTML/i.test(message)) {
    return `Something else than Azure OpenAI answers at ${host}: a gateway's or a company's page, perhaps.`;
  }
  if (status === 408) return "Azure gave the request up for taking too long.";
  return cloud === "unknown"
    ? `${host}, or what stands behind it, failed.`
    : "Azure failed; it mostly passes. If it lasts for minutes, Service Health tells.";
}
