import type { OperationName } from "./deployments.js";
import { matches, type PromptMatch } from "./match.js";
import { createRandom, hash } from "./random.js";

/** An answer with more than its text decided. */
export interface AnswerText {
  /** What is answered. @default the chunks in one */
  readonly text?: string | undefined;
  /** How the text is cut in a stream. @default a chunk a token */
  readonly chunks?: readonly string[] | undefined;
  /** Why it ends. @default "stop", or "length" where the limit of tokens cut it */
  readonly finishReason?: "stop" | "length" | "content_filter" | undefined;
  /** A chat model's refusal, instead of text; completions models have none and say it as text. */
  readonly refusal?: string | undefined;
  /** Wait before the first byte, in milliseconds, on top of the deployment's latency. @default 0 */
  readonly delayMs?: number | undefined;
  /** Wait between the chunks of a stream, in milliseconds. @default the deployment's latency for a token */
  readonly chunkDelayMs?: number | undefined;
}

/** What an answer function is told about the question, beside the prompt. */
export interface Question {
  readonly prompt: string;
  /** Which of the prompt's `n` answers this is. */
  readonly index: number;
  readonly operation: OperationName;
  readonly deployment: string;
}

/** Makes an answer; it may take its time, and the client waits. */
export type AnswerFunction = (
  prompt: string,
  question: Question,
) => string | AnswerText | Promise<string | AnswerText>;

/** What a prompt is answered. */
export type Answer = string | AnswerText | AnswerFunction;

/** Answers prompts: by the rules it was given, newest first, else by what it has in store, else from its seed. */
export class Answerer {
  private rules: { match: PromptMatch; answer: Answer }[] = [];

  constructor(private readonly seed: number) {}

  respond(match: PromptMatch, answer: Answer): void {
    this.rules.unshift({ match, answer });
  }

  reset(): void {
    this.rules = [];
  }

  async answer(question: Question): Promise<AnswerText & { readonly text: string }> {
    const rule = this.rules.find(({ match }) => matches(match, question.prompt));
    if (rule === undefined) return { text: this.compose(question) };
    const given =
      typeof rule.answer === "function" ? await rule.answer(question.prompt, question) : rule.answer;
    const answer = typeof given === "string" ? { text: given } : given;
    const text = answer.text ?? answer.chunks?.join("") ?? "";
    return { ...answer, text };
  }

  /** Completions models like to begin with an empty line. */
  private compose(question: Question): string {
    const text = findCanned(question) ?? writeText(hash(question.prompt, this.seed + question.index));
    return question.operation === "completions" ? `\n\n${text}` : text;
  }
}

const JOKES = [
  "Why couldn't the bicycle stand up by itself? Because it was...two tired!",
  "Why don't scientists trust atoms? Because they make up everything!",
  "What do you call a mango who's in charge? The head mango.",
] as const;

const CANNED: readonly { readonly match: RegExp; readonly texts: readonly string[] }[] = [
  { match: /\bjokes?\b/i, texts: JOKES },
  { match: /\bcapital of france\b/i, texts: ["The capital of France is Paris."] },
  { match: /\b(hello|hi)\b/i, texts: ["Hello! How can I help you today?"] },
];

function findCanned({ prompt, index }: Question): string | undefined {
  const texts = CANNED.find(({ match }) => match.test(prompt))?.texts;
  return texts?.[index % texts.length];
}

const SUBJECTS = [
  "A quiet harbour",
  "The old library",
  "A patient gardener",
  "The night train",
  "A small robot",
  "The weather station",
  "A paper map",
  "The lighthouse",
];
const VERBS = [
  "remembers",
  "follows",
  "collects",
  "repairs",
  "describes",
  "measures",
  "gathers",
  "watches over",
];
const OBJECTS = [
  "the first rain of spring",
  "every story it hears",
  "a drawer of brass keys",
  "the colour of the sea",
  "seven kinds of silence",
  "letters nobody sent",
  "the shape of the hills",
  "a list of useful words",
];
const ENDINGS = [
  "before the morning comes",
  "without being asked",
  "for whoever is next",
  "and keeps careful notes",
  "as it always has",
  "one step at a time",
];

/** A few sentences that mean little: the emulator is no model. */
function writeText(seed: number): string {
  const random = createRandom(seed);
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? "";
  const sentences = Array.from(
    { length: 2 + Math.floor(random() * 3) },
    () => `${pick(SUBJECTS)} ${pick(VERBS)} ${pick(OBJECTS)} ${pick(ENDINGS)}.`,
  );
  return sentences.join(" ");
}
