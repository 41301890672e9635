// What the service answers to a prompt, which both sides can work out: so the client knows a wrong answer.

/** Ends an answer where a call asks for it as a stop sequence. */
export const STOP = "¶";

const WORDS = [
  "harbour",
  "lamp",
  "größer",
  "日本語",
  "train",
  "😀",
  "rain",
  "👩‍🚀",
  "paper",
  "e\u0301t\u00e9",
  "seven",
  "night",
];

/**
 * The whole answer to a prompt.
 *
 * @param {string} prompt
 */
export function answerTo(prompt) {
  let state = 7;
  for (const letter of prompt) state = (state * 31 + (letter.codePointAt(0) ?? 0)) % 2147483647;
  const words = Array.from(
    { length: 8 + (state % 17) },
    (_, at) => WORDS[(state + at * at * 7) % WORDS.length],
  );
  return `${prompt} -> ${words.join(" ")}${STOP}and what comes after the stop.`;
}

/**
 * The answer as a caller with or without the stop sequence gets it.
 *
 * @param {string} prompt
 * @param {boolean} stopped
 */
export function expectedAnswer(prompt, stopped) {
  const whole = answerTo(prompt);
  return stopped ? whole.slice(0, whole.indexOf(STOP)) : whole;
}
