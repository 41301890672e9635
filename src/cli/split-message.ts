import { type AzureOpenAIError, quoteMessage } from "../errors.js";

/** An error's message in its two parts. */
export interface Parts {
  /** What happened, with the service's words. */
  readonly account: string;
  /** What to do about it; empty where the message says nothing of it. */
  readonly advice: string;
}

/** Where the first sentence ends: dots of host names have no space after them. */
function endOfSentence(text: string): number {
  const end = /[.!?]["')]*(?= |$)/.exec(text);
  return end === null ? text.length : end.index + end[0].length;
}

/** Tells what an error says happened from what it says to do; where to read on is left out. */
export function splitMessage(error: AzureOpenAIError): Parts {
  const text = quoteMessage(error);
  const words = error.service?.message;
  const at = words === undefined ? -1 : text.indexOf(`"${words}"`);
  const end = words === undefined || at === -1 ? endOfSentence(text) : at + words.length + 2;
  return { account: text.slice(0, end), advice: text.slice(end).trim() };
}
