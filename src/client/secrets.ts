import type { Secrets } from "../settings/settings.js";

const MASK = "***";

/** Shorter values are words rather than secrets, and masking them would make messages unreadable. */
const SHORTEST = 6;

/** How many causes of causes are kept. */
const DEPTH = 4;

/** Takes what is secret out of texts and errors. */
export interface Redactor {
  /** Adds a secret that came to be known later: a token, a call's header. */
  learn(secret: string): void;
  mask(text: string): string;
  /** An error with the same names, messages and codes, and nothing else of the one caught. */
  sanitize(caught: unknown): Error;
}

/** Makes a redactor that knows what one deployment's access holds. */
export function createRedactor({ signIn, headers, query }: Secrets): Redactor {
  const known = new Set<string>();

  const learn = (secret: string): void => {
    for (const value of [secret, secret.replace(/^(?:bearer|basic)\s+/i, "")]) {
      if (value.length < SHORTEST) continue;
      known.add(value);
      known.add(encodeURIComponent(value));
      known.add(JSON.stringify(value).slice(1, -1));
    }
  };
  const mask = (text: string): string => {
    let masked = text;
    for (const secret of known) masked = masked.replaceAll(secret, MASK);
    return masked;
  };
  const sanitize = (caught: unknown, depth = DEPTH): Error => {
    if (!isErrorLike(caught)) return new Error(mask(String(caught)));
    const inner = depth > 0 && caught.cause !== undefined ? sanitize(caught.cause, depth - 1) : undefined;
    const copy = new Error(mask(caught.message), inner === undefined ? undefined : { cause: inner });
    copy.name = caught.name;
    const code = codeOf(caught);
    return code === undefined ? copy : Object.assign(copy, { code });
  };

  if (signIn.kind === "key") learn(signIn.key);
  if (signIn.kind === "token") learn(signIn.token);
  for (const [name, value] of Object.entries(headers)) if (!isPlainHeader(name)) learn(value);
  Object.values(query).forEach(learn);
  return { learn, mask, sanitize: (caught) => sanitize(caught) };
}

/** Tells an error by its shape: those of the platform may be of another realm, where `instanceof` fails. */
export function isErrorLike(value: unknown): value is Error {
  return (
    typeof value === "object" &&
    value !== null &&
    "message" in value &&
    typeof value.message === "string" &&
    "name" in value &&
    typeof value.name === "string"
  );
}

/** The `code` of a system or SDK error; absent when there is none. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = isErrorLike(error) && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** Headers whose values are the same for everybody. */
export function isPlainHeader(name: string): boolean {
  return /^(?:accept(?:-.*)?|content-type|user-agent)$/i.test(name);
}
