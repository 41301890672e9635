import { normalizeModelName } from "./model-name.js";

/** A tokenizer's vocabulary. */
export type EncodingName = "cl100k_base" | "o200k_base";

/** The encoding to count with, and whether it is known to be the model's own. */
export interface Encoding {
  readonly name: EncodingName;
  /** False where the model is unknown, or so old that its own encoding is not carried. */
  readonly exact: boolean;
}

const KNOWN: readonly (readonly [RegExp, Encoding])[] = [
  [/^(?:chat)?gpt-4o|^gpt-4\.\d|^gpt-[5-9]|^gpt-chat-|^gpt-oss/, { name: "o200k_base", exact: true }],
  [/^o[1-9](?:-|$)|^codex-mini/, { name: "o200k_base", exact: true }],
  [/^gpt-3\.5|^gpt-4(?:-|$)/, { name: "cl100k_base", exact: true }],
  [/^(?:davinci|babbage)-002$|^text-embedding-/, { name: "cl100k_base", exact: true }],
  // Their own encodings (p50k, r50k) went with the models; this one comes closest.
  [/davinci|curie|babbage|cushman|^ada$|^text-ada/, { name: "cl100k_base", exact: false }],
];

/**
 * Says which encoding a model counts in.
 *
 * A model that is not known, or not named, is counted in `o200k_base`, which is that of every model
 * Azure has brought out since gpt-4o.
 */
export function encodingFor(model = ""): Encoding {
  const name = normalizeModelName(model);
  return KNOWN.find(([pattern]) => pattern.test(name))?.[1] ?? { name: "o200k_base", exact: false };
}
