import type { Tokenizer } from "./tokenizer.js";

/** How many characters are encoded at once. */
const WINDOW = 256;

/** No token has more characters than this. */
const LONGEST_GROUP = 128;

/**
 * Counts the tokens of one piece of any length in linear time, exactly.
 *
 * Byte-pair encoding takes the square of a piece's length. But an encoding is the right one as soon as
 * each pair of neighbours in it is, so windows can be encoded one by one, if their seams are checked.
 * Where a seam cannot be made to hold, the piece is counted whole.
 */
export function countLongPiece(piece: string, tokenizer: Tokenizer): number {
  return countByWindows(piece, tokenizer) ?? tokenizer.count(piece);
}

function countByWindows(piece: string, tokenizer: Tokenizer): number | undefined {
  let count = 0;
  let start = 0;
  let before: Group | undefined;
  for (;;) {
    const end = endOfWindow(piece, start + WINDOW);
    const window = piece.slice(start, end);
    if (tokenizer.split(window).length !== 1) return undefined;
    const tokens = tokenizer.encode(window);
    if (before !== undefined && !holds(before, firstGroup(window, tokens, tokenizer), tokenizer))
      return undefined;
    if (end === piece.length) return count + tokens.length;

    // The last characters' tokens depend on what follows, so they are left to the next window.
    const last = lastGroup(window, tokens, tokenizer);
    if (last === undefined) return undefined;
    const settled = tokens.slice(0, tokens.length - last.tokens.length);
    const settledText = window.slice(0, window.length - last.text.length);
    before = lastGroup(settledText, settled, tokenizer);
    if (before === undefined) return undefined;
    count += settled.length;
    start += settledText.length;
  }
}

/** Whole characters and the whole tokens that they make up. */
interface Group {
  readonly text: string;
  readonly tokens: readonly number[];
}

/** Does not cut a character in two. */
function endOfWindow(piece: string, end: number): number {
  if (end >= piece.length) return piece.length;
  const code = piece.charCodeAt(end);
  return code >= 0xdc00 && code <= 0xdfff ? end + 1 : end;
}

/** Whether two neighbouring groups are what their joined text is encoded to. */
function holds(left: Group, right: Group | undefined, tokenizer: Tokenizer): boolean {
  if (right === undefined) return false;
  const text = left.text + right.text;
  return (
    tokenizer.split(text).length === 1 && equal(tokenizer.encode(text), [...left.tokens, ...right.tokens])
  );
}

/** The shortest beginning of a text that ends with a token. */
function firstGroup(text: string, tokens: readonly number[], tokenizer: Tokenizer): Group | undefined {
  for (let end = 1; end <= Math.min(text.length, LONGEST_GROUP); end++) {
    const group = toGroup(text.slice(0, end), tokenizer);
    if (equal(group.tokens, tokens.slice(0, group.tokens.length))) return group;
  }
  return undefined;
}

/** The shortest end of a text that begins with a token. */
function lastGroup(text: string, tokens: readonly number[], tokenizer: Tokenizer): Group | undefined {
  for (let length = 1; length <= Math.min(text.length, LONGEST_GROUP); length++) {
    const group = toGroup(text.slice(-length), tokenizer);
    if (equal(group.tokens, tokens.slice(-group.tokens.length))) return group;
  }
  return undefined;
}

function toGroup(text: string, tokenizer: Tokenizer): Group {
  return { text, tokens: tokenizer.encode(text) };
}

function equal(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((token, index) => token === others[index]);
}
