import type { JsonObject } from "../../src/operations/operation.js";
import { chatWire, completionsWire, responsesWire } from "../operations/wire.js";

export const OPERATIONS = ["completions", "chat", "responses"] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** What a request asks for, whichever operation it is. */
export interface Asked {
  readonly operation: OperationName;
  readonly prompts: readonly string[];
  readonly n: number;
  readonly streamed: boolean;
}

export type StreamEvent = JsonObject | "[DONE]";

const WIRES = { completions: completionsWire, chat: chatWire, responses: responsesWire };
const USAGE = { prompt: 5, completion: 7 };

/** The answer to a prompt, with letters of one byte to four; it shows which prompt and which of its choices. */
export function answerTo(prompt: string, choice = 0): string {
  return `Žába 🐸 answers: ${prompt}${choice === 0 ? "" : ` (${choice})`}`;
}

/** An answer in the pieces that a stream brings it in. */
export function piecesOf(prompt: string, choice = 0): readonly string[] {
  return answerTo(prompt, choice).split(/(?<= )/);
}

/** Reads what is asked for from a request's path and body. */
export function readAsked(path: string, body: JsonObject): Asked {
  const operation = OPERATIONS.findLast((name) => path.includes(name)) ?? "completions";
  const { prompt, messages, input } = body;
  const held = prompt ?? input ?? (messages as readonly JsonObject[])[0]?.["content"];
  return {
    operation: path.includes("chat/") ? "chat" : operation,
    prompts: (Array.isArray(held) ? held : [held]).map(String),
    n: typeof body["n"] === "number" ? body["n"] : 1,
    streamed: body["stream"] === true,
  };
}

/** The right answer as one JSON object. */
export function writeWhole({ operation, prompts, n }: Asked): JsonObject {
  const wire = WIRES[operation];
  const bodies = prompts.flatMap((prompt) =>
    Array.from({ length: n }, (_, choice) => wire.whole({ text: answerTo(prompt, choice), usage: USAGE })),
  );
  const [first = {}] = bodies;
  if (operation === "responses") return first;
  const choices = bodies.flatMap((body, index) =>
    (body["choices"] as readonly JsonObject[]).map((choice) => ({ ...choice, index })),
  );
  return { ...first, choices };
}

/** The right answer as the events of a stream: those before any text, the first with text, and the rest. */
export function writeEvents({ operation, prompts, n }: Asked): {
  readonly begin: readonly StreamEvent[];
  readonly first: StreamEvent;
  readonly rest: readonly StreamEvent[];
} {
  const [prompt = ""] = prompts;
  const written = Array.from({ length: n }, (_, choice) =>
    WIRES[operation]
      .stream({ text: answerTo(prompt, choice), usage: USAGE }, piecesOf(prompt, choice))
      .map((event) => toChoice(event, choice)),
  );
  // One choice after the other; what ends the stream comes once.
  const events = written.flatMap((some, choice) => (choice === n - 1 ? some : some.filter(isOfChoice)));
  const at = events.findIndex((event) => saysText(event, piecesOf(prompt)[0] ?? ""));
  return { begin: events.slice(0, at), first: events[at] ?? "[DONE]", rest: events.slice(at + 1) };
}

/** The choices that an event continues; none where it is about the whole. */
export function choicesIn(event: StreamEvent): readonly JsonObject[] {
  return event === "[DONE]" ? [] : ((event["choices"] ?? []) as readonly JsonObject[]);
}

function isOfChoice(event: StreamEvent): boolean {
  return choicesIn(event).length > 0;
}

function toChoice(event: StreamEvent, index: number): StreamEvent {
  if (event === "[DONE]" || !isOfChoice(event)) return event;
  return { ...event, choices: choicesIn(event).map((choice) => ({ ...choice, index })) };
}

function saysText(event: StreamEvent, piece: string): boolean {
  if (event === "[DONE]") return false;
  const [choice] = choicesIn(event);
  const delta = choice?.["delta"] as JsonObject | undefined;
  return [event["delta"], choice?.["text"], delta?.["content"]].includes(piece);
}

/** Reads the events of a stream. */
export function readFrames(text: string): readonly StreamEvent[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(
    ([, data = ""]) => (data === "[DONE]" ? data : (JSON.parse(data) as JsonObject)), // written by the test
  );
}

/** Writes an event as it stands in a stream. */
export function toFrame(event: StreamEvent): string {
  if (event === "[DONE]") return "data: [DONE]\n\n";
  const { type } = event;
  const name = typeof type === "string" ? `event: ${type}\n` : "";
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}
