import { AuthenticationError, ConfigurationError } from "../errors.js";
import { readVariable } from "../settings/environment.js";
import type { Cloud, DeploymentSettings, SignIn, TokenCredential } from "../settings/settings.js";
import { shareFlight } from "./flight.js";
import { checkHeader } from "./headers.js";
import { codeOf } from "./secrets.js";
import type { Redactor } from "./secrets.js";

/** A token this close to its end is renewed: a request may wait in a queue of the service. */
const EXPIRY_MARGIN_MS = 2 * 60 * 1000;

/** After a renewal that failed, a token that is still good is used for so long before the next is tried. */
const RENEWAL_PAUSE_MS = 10_000;

/** Adds the one authentication header. */
export interface Authenticator {
  /** The header as name and value; nothing where the caller's own headers are the sign-in. */
  header(signal: AbortSignal): Promise<readonly [string, string] | undefined>;
  /** Forgets a token that the service refused; false when there can be no other. */
  forget(value: string): boolean;
}

/** Makes what signs a deployment's requests in, whichever way the caller chose. */
export function createAuthenticator(
  signIn: SignIn,
  settings: Pick<DeploymentSettings, "scope" | "cloud" | "deploymentName">,
  redactor: Redactor,
): Authenticator {
  switch (signIn.kind) {
    case "key":
      return fixed(["api-key", signIn.key]);
    case "token":
      return fixed(["authorization", toBearer(signIn.token)]);
    case "headers":
      return fixed(undefined);
    case "provider":
      return renewable(askProvider(signIn.provider), "`azureADTokenProvider`", settings, redactor);
    case "credential":
      return renewable(keepToken(signIn.credential, settings.scope), "`credential`", settings, redactor);
    case "default":
      return renewable(
        keepToken(getDefaultCredential(settings.cloud), settings.scope),
        "`DefaultAzureCredential`",
        settings,
        redactor,
      );
  }
}

/** Where tokens come from; what it gives is not known to be one. */
interface TokenSource {
  get(signal: AbortSignal): Promise<unknown>;
  /** Not to be given again: the service refused it. */
  forget(token: unknown): void;
}

function fixed(header: readonly [string, string] | undefined): Authenticator {
  if (header !== undefined) checkHeader(...header);
  const answer = Promise.resolve(header);
  return { header: () => answer, forget: () => false };
}

function renewable(
  source: TokenSource,
  name: string,
  settings: Pick<DeploymentSettings, "scope" | "deploymentName">,
  redactor: Redactor,
): Authenticator {
  let last: { readonly token: unknown; readonly value: string } | undefined;

  const ask = async (signal: AbortSignal): Promise<unknown> => {
    try {
      return await source.get(signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (ConfigurationError.isInstance(error)) throw error;
      throw noToken(
        `${name} gave no token: ${describe(error, redactor)}`,
        settings,
        redactor.sanitize(error),
      );
    }
  };

  return {
    async header(signal) {
      const token = await ask(signal);
      if (last === undefined || last.token !== token) last = { token, value: read(token) };
      return ["authorization", last.value];
    },
    forget(value) {
      if (last?.value === value) source.forget(last.token);
      return true;
    },
  };

  function read(token: unknown): string {
    if (typeof token !== "string" || token.trim() === "") {
      const what = typeof token === "string" ? "an empty text" : token === null ? "null" : typeof token;
      throw noToken(`${name} gave ${what} instead of a token.`, settings);
    }
    redactor.learn(token.trim());
    const value = toBearer(token);
    checkHeader("authorization", value);
    return value;
  }
}

/** A provider keeps its own tokens and knows best when to renew them: it is asked at every attempt. */
function askProvider(provider: () => Promise<string>): TokenSource {
  return { get: shareFlight(async () => provider()), forget: () => undefined };
}

/** What the deployments that share a credential share, too: its tokens, by their scope. */
const tokenSources = new WeakMap<TokenCredential, Map<string, TokenSource>>();

function keepToken(credential: TokenCredential, scope: string): TokenSource {
  const known = tokenSources.get(credential) ?? new Map<string, TokenSource>();
  tokenSources.set(credential, known);
  const source = known.get(scope) ?? askCredential(credential, scope);
  known.set(scope, source);
  return source;
}

function askCredential(credential: TokenCredential, scope: string): TokenSource {
  let kept: { readonly token: unknown; readonly expiresAt: number } | undefined;
  let renewAt = -Infinity;
  const renew = shareFlight(async (abortSignal) => {
    const answer = await credential.getToken(scope, { abortSignal });
    if (answer !== null) kept = { token: answer.token, expiresAt: answer.expiresOnTimestamp };
    return answer?.token ?? null;
  });
  /** The token, unless it ends sooner. */
  const keptFor = (ms: number): unknown =>
    kept !== undefined && Date.now() < kept.expiresAt - ms ? kept.token : undefined;
  return {
    async get(signal) {
      const lasting = keptFor(EXPIRY_MARGIN_MS);
      if (lasting !== undefined) return lasting;
      const paused = Date.now() < renewAt ? keptFor(0) : undefined;
      if (paused !== undefined) return paused;
      try {
        const renewed = await renew(signal);
        if (renewed !== null) return renewed;
      } catch (error) {
        if (signal.aborted || keptFor(0) === undefined) throw error;
      }
      // What cannot be renewed is good to its end.
      renewAt = Date.now() + RENEWAL_PAUSE_MS;
      return keptFor(0) ?? null;
    },
    forget(token) {
      if (kept?.token === token) kept = undefined;
    },
  };
}

const defaultCredentials = new Map<Cloud, TokenCredential>();

/** One credential for the process and cloud: each new one would probe the machine anew. */
function getDefaultCredential(cloud: Cloud): TokenCredential {
  const known = defaultCredentials.get(cloud);
  if (known !== undefined) return known;
  let made: Promise<TokenCredential> | undefined;
  const credential: TokenCredential = {
    async getToken(scope, options) {
      made ??= makeDefaultCredential(cloud).catch((error: unknown) => {
        // A package that is installed later is found.
        made = undefined;
        throw error;
      });
      return (await made).getToken(scope, options);
    },
  };
  defaultCredentials.set(cloud, credential);
  return credential;
}

async function makeDefaultCredential(cloud: Cloud): Promise<TokenCredential> {
  const { DefaultAzureCredential, AzureAuthorityHosts } = await loadIdentity();
  const authorities: Partial<Record<Cloud, string>> = {
    usgov: AzureAuthorityHosts.AzureGovernment,
    china: AzureAuthorityHosts.AzureChina,
  };
  const authorityHost = readVariable("AZURE_AUTHORITY_HOST") ?? authorities[cloud];
  return new DefaultAzureCredential(authorityHost === undefined ? {} : { authorityHost });
}

async function loadIdentity(): Promise<typeof import("@azure/identity")> {
  try {
    // Inside `try`, so that bundlers take its absence for what it is: allowed.
    return await import("@azure/identity");
  } catch (error) {
    if (!(codeOf(error) ?? "").includes("MODULE_NOT_FOUND") && !String(error).includes("@azure/identity"))
      throw error;
    throw new ConfigurationError(
      'Signing in with Microsoft Entra ID by `credential: "default"` or OPENAI_API_TYPE=azure_ad needs the package `@azure/identity`: ' +
        "run `npm install @azure/identity`, or give `apiKey` (AZURE_OPENAI_API_KEY), `azureADToken` (AZURE_OPENAI_AD_TOKEN) or `azureADTokenProvider`.",
    );
  }
}

function noToken(
  message: string,
  { scope, deploymentName }: Pick<DeploymentSettings, "scope" | "deploymentName">,
  cause?: Error,
): AuthenticationError {
  return new AuthenticationError(
    `${message} Sign in with \`az login\`, or name the credential to use in AZURE_TOKEN_CREDENTIALS, or give another \`credential\`; ` +
      `the identity needs the role \`Cognitive Services OpenAI User\` on the resource. The scope asked for was ${scope} (\`azureADScope\`).`,
    {
      ...(deploymentName !== undefined && { deploymentName }),
      ...(cause !== undefined && { cause }),
    },
  );
}

function describe(error: unknown, redactor: Redactor): string {
  const { name, message } = redactor.sanitize(error);
  const text = message.trim();
  return `${name}: ${text}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** People paste tokens with the word before it, and tools add a line break. */
function toBearer(token: string): string {
  return `Bearer ${token.trim().replace(/^bearer\s+/i, "")}`;
}
