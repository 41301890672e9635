import { AuthenticationError, ConfigurationError } from "../errors.js";
import { readVariable } from "../settings/environment.js";
import type { Cloud, DeploymentSettings, SignIn, TokenCredential } from "../settings/settings.js";
import { shareFlight } from "./flight.js";
import { checkHeader } from "./headers.js";
import { codeOf } from "./secrets.js";
import type { Redactor } from "./secrets.js";

/** A token this close to its end is not used any more: a request may wait in a queue of the service. */
const EXPIRY_MARGIN_MS = 2 * 60 * 1000;

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
      // It keeps its own tokens and knows best when to renew them: asked at every attempt.
      return renewable(
        shareFlight(async () => ({ token: await signIn.provider(), expiresAt: 0 })),
        "`azureADTokenProvider`",
        settings,
        redactor,
      );
    case "credential":
      return renewable(
        shareFlight(askCredential(() => signIn.credential, settings)),
        "`credential`",
        settings,
        redactor,
      );
    case "default":
      return renewable(
        shareFlight(askCredential(() => getDefaultCredential(settings.cloud), settings)),
        "`DefaultAzureCredential`",
        settings,
        redactor,
      );
  }
}

/** A token and until when it may be used. */
interface Token {
  readonly token: unknown;
  readonly expiresAt: number;
}

function fixed(header: readonly [string, string] | undefined): Authenticator {
  if (header !== undefined) checkHeader(...header);
  const answer = Promise.resolve(header);
  return { header: () => answer, forget: () => false };
}

function renewable(
  ask: (signal: AbortSignal) => Promise<Token>,
  source: string,
  settings: Pick<DeploymentSettings, "scope" | "deploymentName">,
  redactor: Redactor,
): Authenticator {
  let kept: { readonly value: string; readonly expiresAt: number } | undefined;

  const renew = async (signal: AbortSignal): Promise<string> => {
    let answer: Token;
    try {
      answer = await ask(signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof ConfigurationError) throw error;
      throw noToken(
        `${source} gave no token: ${describe(error, redactor)}`,
        settings,
        redactor.sanitize(error),
      );
    }
    const { token, expiresAt } = answer;
    if (typeof token !== "string" || token.trim() === "") {
      const what =
        token === "" || typeof token === "string"
          ? "an empty text"
          : `${token === null ? "null" : typeof token}`;
      throw noToken(`${source} gave ${what} instead of a token.`, settings);
    }
    redactor.learn(token);
    const value = toBearer(token);
    checkHeader("authorization", value);
    kept = { value, expiresAt };
    return value;
  };

  return {
    async header(signal) {
      const value =
        kept !== undefined && Date.now() < kept.expiresAt - EXPIRY_MARGIN_MS
          ? kept.value
          : await renew(signal);
      return ["authorization", value];
    },
    forget(value) {
      if (kept?.value === value) kept = undefined;
      return true;
    },
  };
}

function askCredential(
  credential: () => TokenCredential | Promise<TokenCredential>,
  { scope }: Pick<DeploymentSettings, "scope">,
): (signal: AbortSignal) => Promise<Token> {
  return async (abortSignal) => {
    const answer = await (await credential()).getToken(scope, { abortSignal });
    return { token: answer?.token ?? null, expiresAt: answer?.expiresOnTimestamp ?? 0 };
  };
}

const defaultCredentials = new Map<Cloud, Promise<TokenCredential>>();

/** One credential for the process and cloud: each new one would probe the machine anew. */
function getDefaultCredential(cloud: Cloud): Promise<TokenCredential> {
  const known = defaultCredentials.get(cloud);
  if (known !== undefined) return known;
  const made = makeDefaultCredential(cloud);
  defaultCredentials.set(cloud, made);
  // A package that is installed later is found.
  made.catch(() => defaultCredentials.delete(cloud));
  return made;
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
    if (!/MODULE_NOT_FOUND/.test(codeOf(error) ?? "") && !/@azure\/identity/.test(String(error))) throw error;
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
