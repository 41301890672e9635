/** Characters with a spelling of their own, as regular expressions: in a query, in JSON, in HTML. */
const NAMES: Readonly<Record<string, string>> = {
  " ": "\\+",
  "\n": "\\\\n",
  "\r": "\\\\r",
  "\t": "\\\\t",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * Finds a secret as it may stand in a text: bare, in a URL, in JSON, in HTML.
 *
 * No text fits two spellings of a piece, so that a hostile one costs no more than its length.
 */
export function toPattern(secret: string): RegExp {
  return new RegExp(secret.replace(/\\+|[^\w-]/gu, spell), "g");
}

/** A character in all its spellings; backslashes in a row are one piece, since JSON writes each as two. */
function spell(piece: string): string {
  const count = piece.length;
  if (piece.startsWith("\\"))
    return `(?:\\\\{${count},${2 * count}}|(?:${encode("\\").join("|")}){${count}})`;
  const name = NAMES[piece];
  const quoted = piece.replace(/[$^.*+?()[\]{}|]/, "\\$&");
  return `(?:${[`\\\\?${quoted}`, ...encode(piece), ...(name === undefined ? [] : [name])].join("|")})`;
}

function encode(character: string): readonly string[] {
  const point = Number(character.codePointAt(0));
  return [
    Array.from(new TextEncoder().encode(character), (byte) => `%${hex(byte, 2)}`).join(""),
    character
      .split("")
      .map((unit) => `\\\\u${hex(unit.charCodeAt(0), 4)}`)
      .join(""),
    `&#(?:0*${point}|[xX]0*${hex(point, 1)});`,
  ];
}

/** A number in hexadecimal digits of either case. */
function hex(value: number, length: number): string {
  return value
    .toString(16)
    .padStart(length, "0")
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}
