import { keyDisabled, wrongKey, wrongToken, type Refusal } from "./errors.js";

/** How a request signed in, as far as its headers tell. */
export interface Authentication {
  /** Which headers were there; "both" is a mistake that this service answers by the key. */
  readonly kind: "none" | "api-key" | "bearer" | "both";
  /** True where the service accepts it on the route that was asked. */
  readonly valid: boolean;
}

/** What an emulator accepts. */
export interface Credentials {
  readonly apiKey: string;
  readonly acceptsToken: (token: string) => boolean;
  /** False refuses the key with 403, as a resource with `disableLocalAuth` does. */
  readonly acceptsKeys: boolean;
}

/** What the headers of a request say about its sign-in, and the refusal where it does not hold. */
export interface SignIn {
  readonly authentication: Authentication;
  readonly refusal: Refusal | undefined;
}

/** Checks a request's sign-in. On the v1 route a key may also come as a bearer token. */
export function checkSignIn(
  headers: Readonly<Record<string, string>>,
  api: "dated" | "v1",
  credentials: Credentials,
): SignIn {
  const key = headers["api-key"];
  const token = readBearer(headers["authorization"]);
  const hasToken = headers["authorization"] !== undefined;
  const kind = key !== undefined ? (hasToken ? "both" : "api-key") : hasToken ? "bearer" : "none";
  const refusal = key !== undefined ? checkKey(key, credentials) : checkToken(token, api, credentials);
  return { authentication: { kind, valid: refusal === undefined }, refusal };
}

function checkKey(key: string, credentials: Credentials): Refusal | undefined {
  if (key !== credentials.apiKey) return wrongKey();
  return credentials.acceptsKeys ? undefined : keyDisabled();
}

function checkToken(
  token: string | undefined,
  api: "dated" | "v1",
  credentials: Credentials,
): Refusal | undefined {
  if (token === undefined) return wrongToken();
  if (api === "v1" && token === credentials.apiKey) return checkKey(token, credentials);
  return credentials.acceptsToken(token) ? undefined : wrongToken();
}

function readBearer(header: string | undefined): string | undefined {
  const found = /^Bearer +(\S+) *$/i.exec(header ?? "");
  return found?.[1];
}
