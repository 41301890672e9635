import fc from "fast-check";
import type { OperationName } from "../../src/settings/settings.js";
import { chatWire, completionsWire, responsesWire } from "../operations/wire.js";
import { answerStream, askModel } from "./answering.js";
import { testProperty } from "./property.js";
import { cuts, type Event, manners, PLAIN, writeStream } from "./sse.js";

const WIRES = { completions: completionsWire, chat: chatWire, responses: responsesWire } as const;
const STOP = "STOP";

const operations = fc.constantFrom<OperationName>("completions", "chat", "responses");
const pieces = fc.array(
  fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }),
    fc.constantFrom("größer", "👩‍🚀", "\r\n", "data: x\n\n", STOP, "ST", "\ufeff", "\u2028", "[DONE]", "{"),
  ),
  { maxLength: 8 },
);

/** The events of an answer, as the operation writes them. */
function toEvents(operation: OperationName, texts: readonly string[]): Event[] {
  const told = { text: texts.join(""), usage: { prompt: 3, completion: 5 } };
  return WIRES[operation].stream(told, texts).map((data) => {
    if (data === "[DONE]") return { data };
    const type = data["type"];
    return { ...(typeof type === "string" && { name: type }), data: JSON.stringify(data) };
  });
}

/** A stream's chunks as a caller sees them; the last one holds all that is known once the stream is whole. */
async function readChunks(operation: OperationName, body: readonly Uint8Array[]): Promise<Shown[]> {
  const llm = askModel(() => answerStream(body), { operation });
  const chunks: Shown[] = [];
  const options = operation === "responses" ? { stop: [STOP] } : {};
  for await (const { text, generationInfo } of llm._streamResponseChunks("prompt", options)) {
    chunks.push({ text, generationInfo });
  }
  return chunks;
}

interface Shown {
  readonly text: string;
  readonly generationInfo: unknown;
}

testProperty(
  "a stream gives the same chunks and result in any pieces and any writing",
  fc.asyncProperty(operations, pieces, manners, cuts, async (operation, texts, manner, cut) => {
    const events = toEvents(operation, texts);
    const plain = await readChunks(operation, [writeStream(events, PLAIN)]);
    const whole = texts.join("");
    const stops = operation === "responses" && whole.includes(STOP);
    expect(plain.map(({ text }) => text).join("")).toBe(stops ? whole.slice(0, whole.indexOf(STOP)) : whole);
    expect(await readChunks(operation, cut(writeStream(events, manner)))).toEqual(plain);
  }),
);
