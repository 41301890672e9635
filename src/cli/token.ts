import { isObject } from "../settings/check.js";

/** What a Microsoft Entra ID token says of itself; nothing of it is secret. */
export interface TokenClaims {
  /** When it expires, in milliseconds since 1970. */
  readonly expiresAt?: number;
  /** Which resource it is for. */
  readonly audience?: string;
}

/** Reads a token's claims; nothing where it is no token of that kind. */
export function readTokenClaims(token: string): TokenClaims | undefined {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (!isObject(claims)) return undefined;
    const { exp, aud } = claims;
    return {
      ...(typeof exp === "number" && { expiresAt: exp * 1000 }),
      ...(typeof aud === "string" && { audience: aud }),
    };
  } catch {
    return undefined;
  }
}

/** Says what is wrong with a token for a scope, as far as the token tells. */
export function findTokenFault(token: string, scope: string, now: number): string | undefined {
  const claims = readTokenClaims(token);
  if (claims === undefined) return "it does not look like a Microsoft Entra ID token";
  const { expiresAt, audience } = claims;
  if (expiresAt !== undefined && expiresAt <= now) {
    const minutes = Math.max(1, Math.round((now - expiresAt) / 60_000));
    return `it expired ${minutes} ${minutes === 1 ? "minute" : "minutes"} ago`;
  }
  const wanted = scope.replace(/\/\.default$/, "");
  if (audience !== undefined && wanted !== "" && audience.replace(/\/$/, "") !== wanted) {
    return `it was issued for ${audience}, and the scope of this resource is ${scope}`;
  }
  return undefined;
}
