import type { DeploymentSettings, SignIn } from "../settings/settings.js";
import type { Refusal } from "./refusal.js";

/** Each way to mend a refusal, with the names of options and variables. */
export const remedies = {
  contentFilter:
    'Change the prompt, or have the content filter of the deployment changed. With `onContentFilter: "return"` filtered completions are returned; a filtered prompt has none.',
  contextLength: "Shorten the prompt, lower `maxTokens`, or deploy a model with a larger context window.",
  operation:
    'Set `operation` to "chat" or "responses" for chat and reasoning models (or to "auto", which finds out), or deploy a model that serves this operation.',
  tenant:
    "Sign in to the tenant of the resource: `az login --tenant TENANT`, AZURE_TENANT_ID, or `tenantId` of the credential.",
  role: "Give the identity the role `Cognitive Services OpenAI User` on the resource (Owner and Contributor do not include it) and wait some minutes for it to take effect.",
  rateLimit:
    "Send less at a time (`requestsPerMinute`, `tokensPerMinute`, `maxConcurrency`), lower `maxTokens`, which counts as if used, raise `maxRetries` or `maxRetryDelay`, or have the quota of the deployment raised.",
  service:
    "Try again; `maxRetries` does so by itself. If it lasts, look at Azure's service health and quote the request id to Azure support.",

  nonsense:
    "`maxRetries` allows for asking once more. If it lasts, look at what answers at `azureEndpoint` (AZURE_OPENAI_ENDPOINT) or `baseURL`: a gateway may change answers.",

  signIn({
    signIn,
    settings,
  }: {
    readonly signIn: SignIn["kind"];
    readonly settings: DeploymentSettings;
  }): string {
    const scope = `and is for the scope of this resource (\`azureADScope\`, here ${settings.scope})`;
    switch (signIn) {
      case "key":
        return "Check that `apiKey` (AZURE_OPENAI_API_KEY) is a key of the resource that `azureEndpoint` (AZURE_OPENAI_ENDPOINT) names; a Microsoft Entra ID token goes into `azureADToken`.";
      case "token":
        return `Check that \`azureADToken\` (AZURE_OPENAI_AD_TOKEN, or OPENAI_API_KEY with OPENAI_API_TYPE=azure_ad) has not expired ${scope}. Tokens last about an hour: \`credential\` and \`azureADTokenProvider\` renew them.`;
      case "provider":
        return `Check that the token of \`azureADTokenProvider\` has not expired ${scope}, and that the resource has a custom subdomain, without which it takes no tokens.`;
      case "credential":
      case "default":
        return `Check that the credential belongs to the tenant of the resource ${scope}, and that the resource has a custom subdomain, without which it takes no tokens.`;
      case "headers":
        return "Check the sign-in in `configuration.defaultHeaders`, or give `apiKey` (AZURE_OPENAI_API_KEY) or `credential` instead.";
    }
  },

  forbidden({ code, message = "" }: Refusal): string {
    if (code === "AuthenticationTypeDisabled") {
      return 'The resource takes no keys: sign in with Microsoft Entra ID by `credential` (an `@azure/identity` credential, or "default"), `azureADTokenProvider` or `azureADToken` (AZURE_OPENAI_AD_TOKEN), and leave `apiKey` (AZURE_OPENAI_API_KEY) out.';
    }
    if (/virtual network|firewall/i.test(message)) {
      return "Call from a network that the resource admits, admit this one in the resource's networking settings, or use its private or custom-subdomain endpoint in `azureEndpoint` (AZURE_OPENAI_ENDPOINT).";
    }
    if (/temporarily blocked/i.test(message))
      return "Azure has suspended the resource: contact Azure support.";
    return "Check the roles of the identity (`Cognitive Services OpenAI User`) and the network rules of the resource.";
  },

  notFound({ code }: Refusal, { deploymentName, api, apiVersion }: DeploymentSettings): string {
    const deployment =
      deploymentName === undefined
        ? "`deploymentName`"
        : `\`deploymentName\` (here ${JSON.stringify(deploymentName)})`;
    const names = `${deployment} is the name of the deployment, which need not be that of its model; AZURE_OPENAI_API_DEPLOYMENT_NAME sets it, too`;
    if (code === "DeploymentNotFound") {
      return `Check that ${names}, and that \`azureEndpoint\` (AZURE_OPENAI_ENDPOINT) is the resource that has it. A new deployment takes some minutes.`;
    }
    switch (api) {
      case "dated":
        return `Check \`apiVersion\` (AZURE_OPENAI_API_VERSION, OPENAI_API_VERSION; here ${apiVersion ?? "none"}): Azure answers this to a version that it does not know or has withdrawn, and without a version the v1 API is used. Then check \`azureEndpoint\` (AZURE_OPENAI_ENDPOINT), and that ${names}.`;
      case "v1":
        return `Check \`azureEndpoint\` (AZURE_OPENAI_ENDPOINT), and that ${names}. If the resource has no v1 API, or not this operation in it, set \`apiVersion\` (OPENAI_API_VERSION) to a dated version such as 2024-10-21.`;
      case "gateway":
        return `Check \`baseURL\`, to which only the operation's path is appended, \`apiVersion\` if the gateway wants one, and that ${names}.`;
    }
  },

  refused({ message = "" }: Refusal, status: number, { api, apiVersion }: DeploymentSettings): string {
    if (/api version not supported/i.test(message)) {
      return api === "v1"
        ? "The v1 API takes no dated version: leave `apiVersion` (AZURE_OPENAI_API_VERSION, OPENAI_API_VERSION) out."
        : `Set \`apiVersion\` (AZURE_OPENAI_API_VERSION, OPENAI_API_VERSION; here ${apiVersion ?? "none"}) to one that the service has, or leave it out for the v1 API.`;
    }
    if (/enabled only for api versions/i.test(message)) {
      return "Set `apiVersion` (AZURE_OPENAI_API_VERSION, OPENAI_API_VERSION) to such a version, or leave it out for the v1 API.";
    }
    switch (status) {
      case 405:
        return "The operation is not served there: check `azureEndpoint` (AZURE_OPENAI_ENDPOINT) or `baseURL`, and `operation`.";
      case 413:
        return "Send less at a time: shorter prompts, or a lower `batchSize`.";
      case 431:
        return "Azure passes at most 10 custom headers on: send fewer in `configuration.defaultHeaders` and in the call's `headers`.";
      default:
        return "Check the options that were set, and `modelKwargs`, against what the deployed model takes.";
    }
  },
} as const;
