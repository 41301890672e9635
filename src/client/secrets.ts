import type { Secrets } from "../settings/settings.js";
import { toPattern } from "./secret-pattern.js";

const MASK = "***";

/** Shorter values are words rather than secrets, and masking them would make messages unreadable. */
const SHORTEST = 6;

/** So many secrets that came to be known later are kept: an old token does not come back. */
const KEPT = 1000;

/** How many causes of causes are kept. */
const DEPTH = 4;

/** A secret, as what finds it. */
interface Mark {
  readonly length: number;
  readonly pattern: RegExp;
}

/** Takes what is secret out of texts and errors. */
export interface Redactor {
  /** Adds a secret that came to be known later: a token. */
  learn(secret: string): void;
  /** One that knows more secrets, those of one call, for that call alone. */
  including(secrets: readonly string[]): Redactor;
  mask(text: string): string;
  /** Masks the texts of a JSON value, and the names in it; the value itself where there is nothing to mask. */
  maskAll<T>(value: T): T;
  /** An error with the same names, messages and codes, and nothing else of the one caught. */
  sanitize(caught: unknown): Error;
}

/** Makes a redactor that knows what one deployment's access holds. */
export function createRedactor({ signIn, headers, query }: Secrets): Redactor {
  const secrets = [
    ...(signIn.kind === "key" ? [signIn.key] : []),
    ...(signIn.kind === "token" ? [signIn.token] : []),
    ...secretHeaders(headers),
    ...Object.values(query).flat(),
  ];
  return toRedactor(secrets.flatMap(toMarks), { secrets: new Map(), marks: [] });
}

/** The values of headers that are not the same for everybody. */
export function secretHeaders(headers: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => (isPlainHeader(name) ? [] : [value]));
}

/** Secrets that came to be known later, and all that finds them. */
interface Learnt {
  readonly secrets: Map<string, readonly Mark[]>;
  marks: readonly Mark[];
}

function toRedactor(fixed: readonly Mark[], learnt: Learnt): Redactor {
  let known: readonly Mark[] | undefined;
  let marks: readonly Mark[] = [];
  const mask = (text: string): string => {
    if (known !== learnt.marks) {
      known = learnt.marks;
      // Of one that begins with another, the rest would stay.
      marks = [...fixed, ...known].sort((one, other) => other.length - one.length);
    }
    return marks.reduce(
      (masked, { length, pattern }) => (length <= text.length ? masked.replace(pattern, MASK) : masked),
      text,
    );
  };
  const sanitize = (caught: unknown, depth: number): Error => {
    if (!isErrorLike(caught)) return new Error(mask(String(caught)));
    const inner = depth > 0 && caught.cause !== undefined ? sanitize(caught.cause, depth - 1) : undefined;
    const copy = new Error(mask(caught.message), inner === undefined ? undefined : { cause: inner });
    copy.name = mask(caught.name);
    const code = codeOf(caught);
    return code === undefined ? copy : Object.assign(copy, { code: mask(code) });
  };
  return {
    learn(secret) {
      const { secrets } = learnt;
      secrets.set(secret, toMarks(secret));
      for (const oldest of secrets.keys()) {
        if (secrets.size <= KEPT) break;
        secrets.delete(oldest);
      }
      learnt.marks = [...secrets.values()].flat();
    },
    including: (secrets) => toRedactor([...fixed, ...secrets.flatMap(toMarks)], learnt),
    mask,
    maskAll(value) {
      // Nearly always there is nothing, which one look at all of it says.
      const written = JSON.stringify(value);
      return mask(written) === written ? value : (maskTexts(value, mask) as typeof value); // texts stay texts
    },
    sanitize: (caught) => sanitize(caught, DEPTH),
  };
}

function maskTexts(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((item) => maskTexts(item, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [mask(name), maskTexts(item, mask)] as const),
  );
}

/** A secret whole, and without the word that says how it signs in. */
function toMarks(secret: string): readonly Mark[] {
  return [...new Set([secret, secret.replace(/^(?:bearer|basic)\s+/i, "")])]
    .filter(({ length }) => length >= SHORTEST)
    .map((value) => ({ length: value.length, pattern: toPattern(value) }));
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

/** Headers whose values are the same for everybody, made to be found again in logs, or names of what is deployed. */
function isPlainHeader(name: string): boolean {
  return /^(?:accept(?:-.*)?|content-type|user-agent|traceparent|.*(?:request|correlation|trace)-id|.*(?:model|deployment)(?:-(?:name|id))?)$/i.test(
    name,
  );
}
