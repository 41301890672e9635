import { normalizeModelName } from "./model-name.js";

/** The context windows of the models that serve, or served, text completions, in tokens. */
const WINDOWS: Readonly<Record<string, number>> = {
  "gpt-3.5-turbo-instruct": 4096,
  "gpt-3.5-turbo": 4096,
  "gpt-3.5-turbo-16k": 16_385,
  "text-davinci-003": 4097,
  "text-davinci-002": 4097,
  "text-curie-001": 2049,
  "text-babbage-001": 2040,
  "text-ada-001": 2049,
  davinci: 2049,
  curie: 2049,
  babbage: 2049,
  ada: 2049,
  "code-davinci-002": 8001,
  "code-davinci-001": 8001,
  "code-cushman-002": 2048,
  "code-cushman-001": 2048,
};

/** The context window of a completions model in tokens; absent when the model is not known. */
export function contextWindow(model: string): number | undefined {
  // Versions: `-0914`, `-0301`.
  const name = normalizeModelName(model);
  const unversioned = name.replace(/-\d{4}$/, "");
  return [name, unversioned].filter((key) => Object.hasOwn(WINDOWS, key)).map((key) => WINDOWS[key])[0];
}
