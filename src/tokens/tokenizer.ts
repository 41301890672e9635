import { ConfigurationError } from "../errors.js";
import type { EncodingName } from "./encoding.js";

/** An encoding, ready to count. Special tokens are text like any other. */
export interface Tokenizer {
  encode(text: string): readonly number[];
  /** Counts a text's tokens; takes the square of the time for a word twice as long. */
  count(text: string): number;
  /** Splits a text into the pieces that tokens never reach across. */
  split(text: string): readonly string[];
}

interface Tables {
  readonly encode: (text: string, options: typeof PLAIN) => number[];
  readonly countTokens: (text: string, options: typeof PLAIN) => number;
}

/** Neither takes `<|endoftext|>` for a token nor refuses it. */
const PLAIN = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

/** Loads one encoding's tables; the other's stay where they are. */
export async function loadTokenizer(name: EncodingName): Promise<Tokenizer> {
  try {
    return await importTokenizer(name);
  } catch (cause) {
    throw new ConfigurationError(
      `Tokens cannot be counted: the tables for it (${name}) could not be loaded. They are files of their own in this package, ` +
        "and whatever bundled this program left them out: bundle them, or leave the whole package out of the bundle. " +
        "Where nothing else is to be counted, give `maxTokens` a number instead of -1.",
      { cause },
    );
  }
}

async function importTokenizer(name: EncodingName): Promise<Tokenizer> {
  const { CL100K_TOKEN_SPLIT_REGEX, O200K_TOKEN_SPLIT_REGEX } =
    await import("gpt-tokenizer/encodingParams/constants");
  switch (name) {
    case "cl100k_base":
      return toTokenizer(await import("gpt-tokenizer/encoding/cl100k_base"), CL100K_TOKEN_SPLIT_REGEX);
    case "o200k_base":
      return toTokenizer(await import("gpt-tokenizer/encoding/o200k_base"), O200K_TOKEN_SPLIT_REGEX);
  }
}

function toTokenizer({ encode, countTokens }: Tables, pieces: RegExp): Tokenizer {
  return {
    encode: (text) => encode(text, PLAIN),
    count: (text) => countTokens(text, PLAIN),
    split: (text) => text.match(pieces) ?? [],
  };
}
