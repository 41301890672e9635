import { encodingFor } from "./encoding.js";
import { countLongPiece } from "./long-piece.js";
import { loadTokenizer } from "./tokenizer.js";
import type { Tokenizer } from "./tokenizer.js";

/** From how many characters on a piece is counted window by window. */
const LONG = 512;

/**
 * Counts the tokens of a text offline, with the model's own encoding.
 *
 * For a model that is not known see {@link encodingFor}. Special tokens such as `<|endoftext|>` count
 * as the text they are written in.
 */
export async function countTokens(text: string, model?: string): Promise<number> {
  if (text === "") return 0;
  return count(text, await loadTokenizer(encodingFor(model).name));
}

function count(text: string, tokenizer: Tokenizer): number {
  if (text.length < LONG) return tokenizer.count(text);
  const pieces = tokenizer.split(text);
  if (pieces.every((piece) => piece.length < LONG)) return tokenizer.count(text);
  return pieces.reduce(
    (total, piece) =>
      total + (piece.length < LONG ? tokenizer.count(piece) : countLongPiece(piece, tokenizer)),
    0,
  );
}
