import { ConfigurationError } from "../errors.js";
import { type Configuration, isHeaderValue } from "./configuration.js";
import type { Environment } from "./environment.js";
import { type SaidOptions, valueOf, waysToSet } from "./said.js";
import type { SignIn } from "./settings.js";
import { SIGN_IN_NAMES } from "./table.js";

/** How requests are signed, and who said so. */
export interface ChosenSignIn {
  readonly option: (typeof SIGN_IN_NAMES)[number] | "configuration";
  readonly signIn: SignIn;
  readonly source: string;
}

const AZURE_HEADERS = ["authorization", "api-key"];

function isSubscriptionKey(name: string): boolean {
  return name.toLowerCase().endsWith("subscription-key");
}

/** A key or token as a header can carry it. */
function toHeaderText(value: string, name: string): string {
  const trimmed = value.trim();
  if (!isHeaderValue(trimmed)) {
    throw new ConfigurationError(
      `\`${name}\` holds a line break or another character that no key or token has. Copy it anew.`,
    );
  }
  return trimmed;
}

function readExplicit(said: SaidOptions): ChosenSignIn | undefined {
  const [first, second] = SIGN_IN_NAMES.filter((name) => said.has(name));
  if (first === undefined) return undefined;
  const name = said.get(first)?.name ?? first;
  if (second !== undefined) {
    throw new ConfigurationError(
      `\`${name}\` and \`${said.get(second)?.name ?? second}\` are two ways to sign in, and a request carries one. Keep one of them.`,
    );
  }
  const chosen = (signIn: SignIn): ChosenSignIn => ({ option: first, signIn, source: `option ${name}` });
  const key = valueOf(said, "apiKey");
  if (key !== undefined) return chosen({ kind: "key", key: toHeaderText(key, name) });
  const token = valueOf(said, "azureADToken");
  if (token !== undefined) return chosen({ kind: "token", token: toHeaderText(token, name) });
  const provider = valueOf(said, "azureADTokenProvider");
  if (provider !== undefined) return chosen({ kind: "provider", provider });
  const credential = valueOf(said, "credential");
  if (credential === "default") return chosen({ kind: "default" });
  return credential === undefined ? undefined : chosen({ kind: "credential", credential });
}

function readAmbient(environment: Environment): ChosenSignIn | undefined {
  const token = (variable: string): ChosenSignIn | undefined => {
    const value = environment(variable);
    return value === undefined
      ? undefined
      : {
          option: "azureADToken",
          signIn: { kind: "token", token: toHeaderText(value, variable) },
          source: `variable ${variable}`,
        };
  };
  const type = environment("OPENAI_API_TYPE")?.toLowerCase();
  if (type === "azure_ad" || type === "azuread") {
    if (environment("OPENAI_API_KEY")?.startsWith("sk-") === true) {
      throw new ConfigurationError(
        "OPENAI_API_TYPE is azure_ad, but OPENAI_API_KEY holds a key of OpenAI's own platform (it begins with sk-) instead of a Microsoft Entra ID token. Put a token there, or unset OPENAI_API_KEY to sign in with DefaultAzureCredential, or unset OPENAI_API_TYPE and set AZURE_OPENAI_API_KEY.",
      );
    }
    return (
      token("OPENAI_API_KEY") ??
      token("AZURE_OPENAI_AD_TOKEN") ?? {
        option: "credential",
        signIn: { kind: "default" },
        source: "variable OPENAI_API_TYPE",
      }
    );
  }
  const key = environment("AZURE_OPENAI_API_KEY");
  if (key !== undefined) {
    return {
      option: "apiKey",
      signIn: { kind: "key", key: toHeaderText(key, "AZURE_OPENAI_API_KEY") },
      source: "variable AZURE_OPENAI_API_KEY",
    };
  }
  return token("AZURE_OPENAI_AD_TOKEN");
}

/**
 * Chooses how requests are signed: an explicit option, else the caller's own headers, else the environment.
 *
 * An `authorization` or `api-key` header beside an explicit option is a conflict: Azure documents no winner between
 * the two. A `…subscription-key` may accompany one, since a gateway can want its key and Azure's token.
 */
export function chooseSignIn(
  said: SaidOptions,
  configuration: Pick<Configuration, "headers" | "query">,
  environment: Environment | undefined,
): ChosenSignIn | undefined {
  const explicit = readExplicit(said);
  const header = Object.keys(configuration.headers).find((name) => AZURE_HEADERS.includes(name));
  if (explicit !== undefined && header !== undefined) {
    throw new ConfigurationError(
      `\`${explicit.source.replace("option ", "")}\` and the header \`${header}\` in \`configuration.defaultHeaders\` are two ways to sign in, and a request carries one. Keep one of them.`,
    );
  }
  if (explicit !== undefined) return explicit;
  const own =
    header ??
    [...Object.keys(configuration.headers), ...Object.keys(configuration.query)].find(isSubscriptionKey);
  if (own !== undefined) {
    return { option: "configuration", signIn: { kind: "headers" }, source: `option configuration (${own})` };
  }
  return environment === undefined ? undefined : readAmbient(environment);
}

/** Every way to sign in, for the message that none was found. */
export function explainSignIn(environment: Environment, prefix: string, ambient: boolean): string {
  const options = SIGN_IN_NAMES.map((name) => (ambient ? waysToSet(name, prefix) : `\`${prefix}${name}\``));
  const [key, token, provider, credential] = options;
  const ways = `set ${key} to the resource's key; or sign in with Microsoft Entra ID: set ${credential} to a credential of @azure/identity or to "default", ${provider} to a function that gives a token, or ${token} to a token`;
  if (!ambient) {
    return `No sign-in for \`${prefix.slice(0, -1)}\`, which names an endpoint of its own, so that no key of another endpoint is sent there: ${ways}.`;
  }
  const variable =
    "; or set the variable OPENAI_API_TYPE to azure_ad, for DefaultAzureCredential or a token in OPENAI_API_KEY";
  const hint =
    environment("OPENAI_API_KEY") === undefined
      ? ""
      : " OPENAI_API_KEY is set but is not read for Azure, unless OPENAI_API_TYPE is azure_ad.";
  return `No sign-in: ${ways}${variable}.${hint}`;
}
