import type { ServiceMessage } from "../errors.js";
import { isObject, readObject, readString } from "../operations/json.js";
import type { JsonObject } from "../operations/operation.js";
import { present } from "../present.js";
import type { Redactor } from "./secrets.js";

/** What a refusal's body says, whichever of its shapes it has. */
export interface Refusal extends ServiceMessage {
  readonly type?: string;
  /** Azure's finer code, inside `innererror`. */
  readonly innerCode?: string;
  /** The content filter's verdict, as it came. */
  readonly categories?: JsonObject;
}

/** How much of a body that is no JSON is worth showing. */
const EXCERPT = 300;

/**
 * Reads the body of a refusal.
 *
 * A text that is shortened is masked before: a half of a secret would not be found.
 *
 * Azure's gateway nests `code` and `message` in `error`, the engine adds `type` and `param`, token
 * problems and the v1 API's schema are flat, and what stands in between may answer anything at all.
 */
export function readRefusal(text: string, redactor: Redactor): Refusal {
  const body = parseJson(text);
  const refusal = isObject(body) ? readRefusalObject(body) : {};
  if (refusal.message !== undefined || (isObject(body) && Object.keys(body).length === 0)) return refusal;
  // Gateways have shapes of their own, which say something to a person all the same.
  return { ...refusal, ...present({ message: describeText(redactor.mask(text)) }) };
}

/** Reads a refusal that has been parsed already, such as an error inside a stream. */
export function readRefusalObject(body: JsonObject): Refusal {
  const { error } = body;
  if (typeof error === "string") return present({ ...readFields(body), message: error });
  return readFields(isObject(error) ? error : body);
}

function readFields(fields: JsonObject): Refusal {
  const inner = readObject(fields, "innererror") ?? readObject(fields, "inner_error") ?? {};
  return present({
    code: readCode(fields),
    message: readString(fields, "message"),
    param: readString(fields, "param"),
    type: readString(fields, "type"),
    innerCode: readString(inner, "code"),
    categories: readVerdict(inner) ?? readVerdict(fields),
  });
}

function readVerdict(holder: JsonObject): JsonObject | undefined {
  return readObject(holder, "content_filter_result") ?? readObject(holder, "content_filter_results");
}

function readCode(fields: JsonObject): string | undefined {
  const code = fields["code"] ?? fields["statusCode"];
  return typeof code === "number" ? String(code) : typeof code === "string" ? code : undefined;
}

/** Parses JSON; nothing when it is none. JSON's own error would quote the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A page's title, or the beginning of a text. */
function describeText(text: string): string | undefined {
  const title = /<title[^<>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  const plain = (title ?? text.replace(/<[^<>]*>/g, " ")).replace(/\s+/g, " ").trim();
  if (plain === "") return undefined;
  return plain.length > EXCERPT ? `${plain.slice(0, EXCERPT)}…` : plain;
}
