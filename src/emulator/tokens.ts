/** The tokenizers of the models: `cl100k_base` of GPT-3.5 and GPT-4, `o200k_base` of what came after. */
export type EncodingName = "cl100k_base" | "o200k_base";

/** A part of a text that can be sent by itself, and how many tokens it is; characters are never cut. */
export interface Piece {
  readonly text: string;
  readonly tokens: number;
}

/** Counts and cuts text as the model does. */
export interface Tokenizer {
  count(text: string): number;
  split(text: string): readonly Piece[];
}

interface Encoding {
  encode(text: string, options: { disallowedSpecial: Set<string> }): number[];
  decodeGenerator(tokens: Iterable<number>): Iterable<string>;
}

const END_OF_TEXT = "<|endoftext|>";
/** Special tokens in a prompt are text like any other. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };
const CACHED_TEXTS = 5000;

const loaded = new Map<EncodingName, Promise<Tokenizer>>();

/** Loads a tokenizer, once a process: the first takes some hundred milliseconds. */
export function loadTokenizer(name: EncodingName): Promise<Tokenizer> {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const loading = importEncoding(name).then(createTokenizer);
  loaded.set(name, loading);
  return loading;
}

function importEncoding(name: EncodingName): Promise<Encoding> {
  return name === "cl100k_base"
    ? import("gpt-tokenizer/encoding/cl100k_base")
    : import("gpt-tokenizer/encoding/o200k_base");
}

function createTokenizer(encoding: Encoding): Tokenizer {
  const counts = remember((text: string) =>
    text === END_OF_TEXT ? 1 : text === "" ? 0 : encoding.encode(text, AS_TEXT).length,
  );
  return { count: counts, split: remember((text: string) => splitText(encoding, text)) };
}

/** One piece a token, but for characters that are made of several. */
function splitText(encoding: Encoding, text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let tokens = 0;
  function* count(): Generator<number> {
    for (const token of encoding.encode(text, AS_TEXT)) {
      tokens++;
      yield token;
    }
  }
  let sent = 0;
  for (const { length } of encoding.decodeGenerator(count())) {
    // Of the text itself: decoded, half of a surrogate pair is another character.
    pieces.push({ text: text.slice(sent, sent + length), tokens });
    sent += length;
    tokens = 0;
  }
  return pieces;
}

/** Keeps the last few thousand answers, since tests and benchmarks ask the same over and over. */
function remember<Result>(compute: (text: string) => Result): (text: string) => Result {
  const results = new Map<string, Result>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined) return known;
    const result = compute(text);
    if (results.size >= CACHED_TEXTS) results.clear();
    results.set(text, result);
    return result;
  };
}
