import type { Tokenizer } from "./tokenizer.js";

/** How many characters are encoded at once. */
const WINDOW = 256;

/** How many groups at the end of a window are left to the next; most often the last two are enough. */
const UNSETTLED = 8;

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
    const window = cutWindow(piece, start, tokenizer);
    const { text, tokens } = window;
    if (before !== undefined && !holds(before, window, tokenizer)) return undefined;
    if (start + text.length === piece.length) return count + tokens.length;

    const settled = settle(window, tokenizer);
    before = settled === undefined ? undefined : lastGroup(settled.text, settled.tokens, tokenizer);
    if (settled === undefined || before === undefined) return undefined;
    count += settled.tokens.length;
    start += settled.text.length;
  }
}

/**
 * The beginning of a window whose tokens are those of the whole piece.
 *
 * The tokens at its end depend on what follows, so they are left to the next window.
 */
function settle(window: Group, tokenizer: Tokenizer): Group | undefined {
  let settled = window;
  for (let left = 0; left < UNSETTLED && (left === 0 || settled.text.length > WINDOW / 2); left++) {
    const { text, tokens } = settled;
    const last = lastGroup(text, tokens, tokenizer);
    if (last === undefined) return undefined;
    settled = {
      text: text.slice(0, text.length - last.text.length),
      tokens: tokens.slice(0, tokens.length - last.tokens.length),
    };
  }
  return settled;
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

/** The next window: cut where it ends, it may be several pieces, of which the first is as good. */
function cutWindow(piece: string, start: number, tokenizer: Tokenizer): Group {
  const [text = ""] = tokenizer.split(piece.slice(start, endOfWindow(piece, start + WINDOW)));
  return toGroup(text, tokenizer);
}

/** Whether what is before a window and its beginning are encoded to the same when they are joined. */
function holds(before: Group, { text, tokens }: Group, tokenizer: Tokenizer): boolean {
  for (let end = 1; end <= Math.min(text.length, LONGEST_GROUP); end++) {
    const first = toGroup(text.slice(0, end), tokenizer);
    if (!equal(first.tokens, tokens.slice(0, first.tokens.length))) continue;
    const joined = before.text + first.text;
    // Cut here, it may be several pieces, which says nothing.
    if (tokenizer.split(joined).length !== 1) continue;
    return equal(tokenizer.encode(joined), [...before.tokens, ...first.tokens]);
  }
  return false;
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
