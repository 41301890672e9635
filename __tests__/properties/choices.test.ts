import fc from "fast-check";
import { AzureOpenAIError } from "../../src/errors.js";
import { answerJson, answerStream, askModel } from "./answering.js";
import { outcomeOfPromise } from "./outcome.js";
import { testProperty } from "./property.js";
import { type Event, PLAIN, writeStream } from "./sse.js";

/** What a prompt's completion says: whoever sees it in another place knows where it belongs. */
function tell(prompt: string, completion: number): string {
  return `${prompt}, completion ${completion}`;
}

interface WireChoice {
  readonly index: unknown;
  readonly text: string;
  readonly finish_reason: string;
}

/** What may be wrong with the choices of an answer. */
type Spoil = (choices: readonly WireChoice[], at: number) => readonly WireChoice[];

const SPOILS: readonly Spoil[] = [
  // One too few, and nothing else.
  (choices, at) => choices.filter((_, index) => index !== at),
  // One more, twice the same.
  (choices, at) => [...choices, ...choices.slice(at, at + 1)],
  // One in the place of another.
  (choices, at) =>
    choices.map((choice, index) => (index === at ? (choices[(at + 1) % choices.length] ?? choice) : choice)),
  // One with an index that there is not, or that is none.
  (choices, at) =>
    choices.map((choice, index) => (index === at ? { ...choice, index: choices.length } : choice)),
  (choices, at) => choices.map((choice, index) => (index === at ? { ...choice, index: -1 } : choice)),
  (choices, at) => choices.map((choice, index) => (index === at ? { ...choice, index: 0.5 } : choice)),
  (choices, at) => choices.map((choice, index) => (index === at ? { ...choice, index: "0" } : choice)),
  (choices, at) => choices.map((choice, index) => (index === at ? { ...choice, index: null } : choice)),
  (choices, at) => choices.map((choice, index) => (index === at ? { ...choice, index: 2 ** 53 } : choice)),
  () => [],
];

const sizes = fc.record({ prompts: fc.integer({ min: 1, max: 8 }), n: fc.integer({ min: 1, max: 4 }) });

/** The choices of a whole answer, in the order that the random keys say. */
function toChoices(prompts: readonly string[], n: number, keys: readonly number[]): WireChoice[] {
  return prompts
    .flatMap((prompt, at) =>
      Array.from({ length: n }, (_, completion) => ({
        index: at * n + completion,
        text: tell(prompt, completion),
        finish_reason: "stop",
      })),
    )
    .map((choice, at) => ({ choice, key: keys[at % keys.length] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ choice }) => choice);
}

const order = fc.array(fc.nat(), { minLength: 32, maxLength: 32 });

function listPrompts(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `prompt ${at}`);
}

testProperty(
  "choices in any order come to the prompts that they answer",
  fc.asyncProperty(sizes, order, async ({ prompts: count, n }, keys) => {
    const prompts = listPrompts(count);
    const llm = askModel(
      ({ body }) =>
        answerJson({ object: "text_completion", choices: toChoices(body["prompt"] as string[], n, keys) }),
      { operation: "completions", n },
    );
    const { generations } = await llm.generate(prompts);
    expect(generations.map((each) => each.map(({ text }) => text))).toEqual(
      prompts.map((prompt) => Array.from({ length: n }, (_, completion) => tell(prompt, completion))),
    );
  }),
);

testProperty(
  "with a choice dropped, doubled or out of range each prompt gets its own answer or an error of ours",
  fc.asyncProperty(
    sizes,
    order,
    fc.constantFrom(...SPOILS),
    fc.nat(),
    async ({ prompts: count, n }, keys, spoil, place) => {
      const prompts = listPrompts(count);
      const llm = askModel(
        ({ body }) => {
          const choices = toChoices(body["prompt"] as string[], n, keys);
          return answerJson({ object: "text_completion", choices: spoil(choices, place % choices.length) });
        },
        { operation: "completions", n },
      );
      const answers = await llm.batch(prompts, {}, { returnExceptions: true });
      expect(answers).toHaveLength(count);
      answers.forEach((answer, at) => {
        if (answer instanceof Error) expect(AzureOpenAIError.isInstance(answer)).toBe(true);
        else expect(answer).toBe(tell(`prompt ${at}`, 0));
      });
    },
  ),
);

interface Piece {
  readonly completion: number;
  readonly text: string;
  readonly ends: boolean;
}

const COMPLETIONS = 4;
const streaming = fc.constantFrom("completions" as const, "chat" as const);
const drawnPieces = fc.array(
  fc.record({
    completion: fc.nat({ max: COMPLETIONS - 1 }),
    text: fc.string({ unit: "grapheme", maxLength: 5 }),
    ends: fc.constant(false),
  }),
  { maxLength: 20 },
);

/** The pieces, and one for each completion that ends it. */
function endAll(pieces: readonly Piece[]): Piece[] {
  const ends = Array.from({ length: COMPLETIONS }, (_, completion) => ({ completion, text: "", ends: true }));
  return [...pieces, ...ends];
}

/** Puts up to so many pieces into each event, of one completion at most one. */
function gather(pieces: readonly Piece[], together: number): Piece[][] {
  const events: Piece[][] = [];
  for (const piece of pieces) {
    const last = events.at(-1);
    const fits = last !== undefined && last.length < together;
    if (fits && last.every(({ completion }) => completion !== piece.completion)) last.push(piece);
    else events.push([piece]);
  }
  return events;
}

/** Asks one prompt for several completions, which are streamed as these events. */
async function askStream(operation: "completions" | "chat", events: readonly (readonly Piece[])[]) {
  const frames = events.map((pieces) => ({
    id: "an-id",
    choices: pieces.map(({ completion, text, ends }) => ({
      index: completion,
      ...(operation === "chat" ? { delta: { content: text } } : { text }),
      finish_reason: ends ? "stop" : null,
    })),
  }));
  const written = [...frames.map((frame) => JSON.stringify(frame)), "[DONE]"].map((data) => ({ data }));
  const llm = askModel(() => answerStream([writeStream(written, PLAIN)]), {
    operation,
    n: COMPLETIONS,
    streaming: true,
  });
  const { generations } = await llm.generate(["prompt"]);
  return generations[0]?.map(({ text }) => text);
}

testProperty(
  "the completions of one stream, interlaced in any order, are put together each for itself",
  fc.asyncProperty(
    streaming,
    drawnPieces,
    fc.integer({ min: 1, max: 3 }),
    async (operation, pieces, together) => {
      expect(await askStream(operation, gather(endAll(pieces), together))).toEqual(
        Array.from({ length: COMPLETIONS }, (_, completion) =>
          pieces
            .filter((piece) => piece.completion === completion)
            .map(({ text }) => text)
            .join(""),
        ),
      );
    },
  ),
);

testProperty(
  "a completion that is missing in a stream, doubled in an event or out of range is an error of ours",
  fc.asyncProperty(
    streaming,
    drawnPieces,
    fc.nat({ max: COMPLETIONS - 1 }),
    fc.constantFrom("missing", "doubled", "beyond", "below"),
    async (operation, pieces, completion, how) => {
      const whole = gather(endAll(pieces), 1);
      const odd = { completion: how === "beyond" ? COMPLETIONS : -1, text: "odd", ends: false };
      const twice = { completion, text: "twice", ends: false };
      const events =
        how === "missing"
          ? whole.filter(([piece]) => piece?.completion !== completion)
          : [[...(how === "doubled" ? [twice, twice] : [odd])], ...whole];
      const outcome = await outcomeOfPromise(() => askStream(operation, events));
      expect(outcome).toHaveProperty("error");
    },
  ),
);

testProperty(
  "several prompts that stream get each its own text",
  fc.asyncProperty(
    fc.constantFrom("completions" as const, "chat" as const, "responses" as const),
    fc.integer({ min: 1, max: 6 }),
    order,
    async (operation, count, keys) => {
      const prompts = listPrompts(count);
      const llm = askModel(
        ({ body }) => answerStream([writeStream(streamAnswer(operation, promptOf(body), keys), PLAIN)]),
        { operation, streaming: true },
      );
      const { generations } = await llm.generate(prompts);
      expect(generations.map((each) => each[0]?.text)).toEqual(prompts.map((prompt) => tell(prompt, 0)));
    },
  ),
);

function promptOf(body: Record<string, unknown>): string {
  const { prompt, messages, input } = body as {
    prompt?: string[];
    messages?: { content: string }[];
    input?: string;
  };
  return input ?? prompt?.[0] ?? messages?.at(-1)?.content ?? "";
}

/** An answer cut into pieces whose lengths the random keys say. */
function streamAnswer(
  operation: "completions" | "chat" | "responses",
  prompt: string,
  keys: readonly number[],
): Event[] {
  let rest = tell(prompt, 0);
  const texts: string[] = [];
  for (const key of keys) {
    texts.push(rest.slice(0, key % 5));
    rest = rest.slice(key % 5);
  }
  texts.push(rest);
  if (operation === "responses") {
    return [
      ...texts.map((delta) => ({ data: JSON.stringify({ type: "response.output_text.delta", delta }) })),
      { data: JSON.stringify({ type: "response.completed", response: { status: "completed", output: [] } }) },
    ];
  }
  const toChoice = (text: string) => (operation === "chat" ? { delta: { content: text } } : { text });
  return [
    ...texts.map((text) => ({ data: JSON.stringify({ choices: [{ index: 0, ...toChoice(text) }] }) })),
    { data: "[DONE]" },
  ];
}
