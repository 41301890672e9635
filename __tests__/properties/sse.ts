import fc from "fast-check";

/** One event of a stream. */
export interface Event {
  readonly name?: string;
  readonly data: string;
}

/** How a stream is written, in all the ways that mean the same. */
export interface Manner {
  readonly lineEnd: "\n" | "\r\n" | "\r";
  readonly byteOrderMark: boolean;
  /** A space after each colon. */
  readonly spaced: boolean;
  /** JSON over several lines of data. */
  readonly spread: boolean;
  /** The blank line after the last event is left out. */
  readonly unended: boolean;
  /** What stands between the events and says nothing, by the place of the event before. */
  readonly fillers: readonly (readonly string[])[];
}

/** Lines that say nothing, each a block of its own. */
const fillers = fc.constantFrom(
  ": keep-alive",
  ":",
  "",
  "event: ping",
  "id: 7",
  "retry: 100",
  "foo: bar",
  "data",
);

export const manners: fc.Arbitrary<Manner> = fc.record({
  lineEnd: fc.constantFrom("\n" as const, "\r\n" as const, "\r" as const),
  byteOrderMark: fc.boolean(),
  spaced: fc.boolean(),
  spread: fc.boolean(),
  unended: fc.boolean(),
  fillers: fc.array(fc.array(fillers, { maxLength: 2 }), { maxLength: 12 }),
});

/** The plainest way to write a stream. */
export const PLAIN: Manner = {
  lineEnd: "\n",
  byteOrderMark: false,
  spaced: true,
  spread: false,
  unended: false,
  fillers: [],
};

function toLines({ name, data }: Event, { spaced, spread }: Manner): string[] {
  const colon = spaced ? ": " : ":";
  const isJson = data !== "[DONE]";
  const lines = spread && isJson ? JSON.stringify(JSON.parse(data), null, 1).split("\n") : [data];
  return [
    ...(name === undefined ? [] : [`event${colon}${name}`]),
    ...lines.map((line) => `data${colon}${line}`),
  ];
}

/** Writes events as bytes. */
export function writeStream(events: readonly Event[], manner: Manner): Uint8Array {
  const { lineEnd, byteOrderMark, unended } = manner;
  const blocks = events.flatMap((event, at) => [
    ...(manner.fillers[at] ?? []).map((filler) => [filler]),
    toLines(event, manner),
  ]);
  const text = blocks.map((lines) => [...lines, "", ""].join(lineEnd)).join("");
  const ended = unended ? text.slice(0, text.length - 2 * lineEnd.length) : text;
  return new TextEncoder().encode(`${byteOrderMark ? "\ufeff" : ""}${ended}`);
}

/** Cuts bytes at places given as shares of their length, empty pieces left out. */
export function cutBytes(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const places = [...new Set(shares.map((share) => Math.floor(share * bytes.length)))].sort((a, b) => a - b);
  return [0, ...places]
    .map((start, at) => bytes.slice(start, places[at] ?? bytes.length))
    .filter((piece) => piece.length > 0);
}

/** Where a stream is cut: anywhere, or after every byte. */
export const cuts: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array[]> = fc.oneof(
  {
    weight: 29,
    arbitrary: fc
      .array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { maxLength: 12 })
      .map((shares) => (bytes: Uint8Array) => cutBytes(bytes, shares)),
  },
  {
    weight: 1,
    arbitrary: fc.constant((bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte))),
  },
);
