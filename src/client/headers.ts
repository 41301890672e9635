import { ConfigurationError } from "../errors.js";
import { VERSION } from "../version.js";

/** Headers by their lower-case names. */
export type HeaderRecord = Readonly<Record<string, string>>;

const USER_AGENT = `langchain-azure-openai/${VERSION}`;

/** What every request says about itself unless the caller says otherwise. */
const OWN_HEADERS: HeaderRecord = {
  accept: "application/json, text/event-stream",
  "accept-encoding": "identity",
  "content-type": "application/json",
};

/** Makes the headers that a deployment's requests have in common: ours, then the caller's. */
export function buildDefaultHeaders(headers: HeaderRecord): HeaderRecord {
  const given = normalize(headers);
  return { ...OWN_HEADERS, ...given, "user-agent": nameAgent(given["user-agent"]) };
}

/**
 * Adds the headers of one call, and tells whether a sign-in is among those that leave.
 *
 * A sign-in of the call's own replaces the one that the deployment's headers hold, so that never two leave.
 */
export function addCallHeaders(
  defaults: HeaderRecord,
  headers: HeaderRecord | undefined,
): { readonly headers: HeaderRecord; readonly signedIn: boolean } {
  if (headers === undefined) return { headers: defaults, signedIn: hasSignIn(defaults) };
  const given = normalize(headers);
  const merged: Record<string, string> = { ...defaults };
  if (hasSignIn(given)) {
    delete merged["authorization"];
    delete merged["api-key"];
  }
  Object.assign(merged, given);
  if (given["user-agent"] !== undefined) merged["user-agent"] = nameAgent(given["user-agent"]);
  return { headers: merged, signedIn: hasSignIn(merged) };
}

/** Refuses a header that HTTP cannot carry; names it and keeps its value to itself. */
export function checkHeader(name: string, value: string): void {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    throw new ConfigurationError(
      `A header cannot be named ${JSON.stringify(name)}. Mend it in \`configuration.defaultHeaders\` or the call's \`headers\`.`,
    );
  }
  if (typeof value !== "string" || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw new ConfigurationError(
      `The header \`${name}\` holds a line break or another character that HTTP cannot carry. Mend it where it is set: ` +
        "`apiKey` (AZURE_OPENAI_API_KEY), `azureADToken` (AZURE_OPENAI_AD_TOKEN), `configuration.defaultHeaders` or the call's `headers`.",
    );
  }
}

function normalize(headers: HeaderRecord): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  for (const [name, value] of entries) checkHeader(name, value);
  return Object.fromEntries(entries);
}

/** A gateway's `…subscription-key` is none of Azure's: it goes beside a sign-in. */
function hasSignIn(headers: HeaderRecord): boolean {
  return headers["authorization"] !== undefined || headers["api-key"] !== undefined;
}

function nameAgent(theirs: string | undefined): string {
  return theirs === undefined ? USER_AGENT : `${theirs} ${USER_AGENT}`;
}
