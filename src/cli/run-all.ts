import { AzureOpenAIError, type AzureOpenAIErrorCode } from "../errors.js";

/** What is done with each entry. */
export interface Work<Entry, Answer> {
  /** How many entries are on their way at a time. */
  readonly window: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
  readonly ask: (entry: Entry) => Promise<Answer>;
  readonly answered: (entry: Entry, answer: Answer) => Promise<void>;
  readonly failed: (entry: Entry, error: AzureOpenAIError) => Promise<void>;
}

/** These are about the settings and not about one line: every further line would fail in the same way. */
const ABOUT_SETTINGS: ReadonlySet<AzureOpenAIErrorCode> = new Set<AzureOpenAIErrorCode>([
  "configuration",
  "authentication",
  "permission",
  "deployment_not_found",
  "operation_not_supported",
]);

/** These are about the service or the way there. */
const ABOUT_SERVICE: ReadonlySet<AzureOpenAIErrorCode> = new Set<AzureOpenAIErrorCode>([
  "connection",
  "rate_limit",
  "service",
  "timeout",
]);

/** Tells whether an error lasts until somebody changes the settings. */
export function isAboutSettings(error: unknown): boolean {
  return AzureOpenAIError.isInstance(error) && ABOUT_SETTINGS.has(error.code);
}

/** After so many failures of the service in a row, each of which outlasted its retries, nothing is to be had. */
const OUTAGE = 50;

/**
 * Asks every entry, with a window that moves over them, and ends early where going on is of no use.
 *
 * @returns the error that ended it early, if one did. What is on its way then is told to nobody.
 */
export async function runAll<Entry, Answer>(
  entries: AsyncIterator<Entry, void, undefined>,
  { window, signal, ask, answered, failed }: Work<Entry, Answer>,
): Promise<Error | undefined> {
  let failuresInARow = 0;
  let ended = signal.aborted;
  let settle: (error: Error | undefined) => void = () => undefined;
  const endedEarly = new Promise<Error | undefined>((resolve) => {
    settle = resolve;
  });
  function end(error?: Error): void {
    ended = true;
    settle(error);
  }
  signal.addEventListener("abort", () => end(), { once: true });

  /** False where the run ends with this failure. */
  function isOfLine(error: unknown): error is AzureOpenAIError {
    // What is no error of the package's is a slip of the program, and not of the line.
    if (!AzureOpenAIError.isInstance(error) || isAboutSettings(error)) return false;
    failuresInARow = ABOUT_SERVICE.has(error.code) ? failuresInARow + 1 : 0;
    return failuresInARow < OUTAGE;
  }

  async function askOne(entry: Entry): Promise<void> {
    let answer: Answer;
    try {
      answer = await ask(entry);
    } catch (error) {
      if (ended) return;
      if (isOfLine(error)) await failed(entry, error);
      else end(error as Error); // nothing else is thrown
      return;
    }
    failuresInARow = 0;
    if (!ended) await answered(entry, answer);
  }

  async function askNext(): Promise<void> {
    for (;;) {
      const next = await entries.next();
      if (next.done === true || ended) return;
      await askOne(next.value);
    }
  }

  const all = Promise.all(Array.from({ length: window }, askNext)).then(() => undefined);
  return Promise.race([endedEarly, all]);
}
