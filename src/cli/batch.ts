import { realpath } from "node:fs/promises";
import { format, parse, resolve } from "node:path";

import type { Arguments } from "./arguments.js";
import type { Command } from "./command.js";
import { EXIT } from "./exit-codes.js";
import { checkInput, type Entry, readEntries } from "./input.js";
import { LineWriter } from "./jsonl.js";
import { lockOutput } from "./lock.js";
import { ask, createModel } from "./model.js";
import { paletteOf, say } from "./output.js";
import { type Count, showProgress } from "./progress.js";
import { toAnswerRecord, toFailureRecord } from "./records.js";
import { type AnsweredLines, checkFailures, forgetFailures, readAnswered, repair } from "./resume.js";
import { isAboutSettings, runAll } from "./run-all.js";
import { parseTemplate, promptField, type Template } from "./template.js";
import { FileError } from "./usage-error.js";

/** What a batch reads and writes. */
interface Plan {
  readonly input: string;
  readonly output: string;
  readonly failures: string;
  readonly template: Template;
}

/** `out.jsonl` has its failures in `out.failed.jsonl`. */
function failuresOf(output: string): string {
  const { dir, name, ext } = parse(output);
  return format({ dir, name: `${name}.failed`, ext });
}

async function readPlan(given: Arguments): Promise<Plan> {
  const [input, output] = given.positionals as readonly [string, string]; // the parser has counted them
  const failures = failuresOf(output);
  const locate = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  const source = await locate(input);
  if (source === (await locate(output))) throw new FileError(`${input} is both input and output.`);
  if (source === (await locate(failures))) {
    throw new FileError(
      `${input} is where the failures of ${output} go. To try them again, run the command with the input that it had: what has no answer yet is asked.`,
    );
  }
  const template = given.text("template");
  return {
    input,
    output,
    failures,
    template: template === undefined ? promptField : parseTemplate(template),
  };
}

/** Checks the whole input, and that what is in the output answers it. */
async function countEntries(
  { input, output, template }: Plan,
  answered: AnsweredLines,
): Promise<Pick<Count, "total" | "before">> {
  let before = 0;
  const total = await checkInput(input, template, (entry) => {
    if (answered.contradicts(entry)) {
      throw new FileError(
        `${input}:${entry.line} makes another prompt than the one that ${output} holds the answer to: input or template have changed since. Name another output file, or delete ${output} to start anew.`,
      );
    }
    if (answered.has(entry)) before++;
  });
  if (before < answered.size) {
    throw new FileError(
      `${output} answers ${answered.size - before} lines that ${input} does not have: it belongs to another input, or lines were taken out. Name another output file.`,
    );
  }
  return { total, before };
}

async function* readOpen(plan: Plan, answered: AnsweredLines): AsyncGenerator<Entry, void, undefined> {
  for await (const entry of readEntries(plan.input, plan.template)) if (!answered.has(entry)) yield entry;
}

/** Listens for the signals that end a run; `code()` is the exit code for the one that came. */
function watchSignals(): { readonly signal: AbortSignal; code(): number | undefined; stop(): void } {
  const controller = new AbortController();
  let code: number | undefined;
  const end = (next: number) => (): void => {
    code ??= next;
    controller.abort();
  };
  const interrupt = end(EXIT.interrupted);
  const terminate = end(EXIT.terminated);
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", terminate);
  return {
    signal: controller.signal,
    code: () => code,
    stop: () => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", terminate);
    },
  };
}

async function run(given: Arguments): Promise<number> {
  const plan = await readPlan(given);
  const count: Count = { total: 0, before: 0, answered: 0, failed: 0, retries: 0 };
  const model = await createModel({
    ...given.modelInput(),
    coalesce: true,
    onRetry: () => {
      count.retries++;
    },
  });
  const unlock = await lockOutput(plan.output);
  const signals = watchSignals();
  const answers = new LineWriter(plan.output);
  const failures = new LineWriter(plan.failures);
  try {
    const found = await readAnswered(plan.output);
    await checkFailures(plan.failures);
    Object.assign(count, await countEntries(plan, found.answered));
    await repair(plan.output, found);
    await forgetFailures(plan.failures);

    if (count.before === count.total) return tell(signals.code(), count, plan);

    const { batchSize, maxConcurrency } = model.settings;
    const progress = showProgress(count);
    const stoppedBy = await runAll(readOpen(plan, found.answered), {
      // Twice what can be out, so that the next requests fill up while these are.
      window: 2 * batchSize * Math.min(maxConcurrency, 64),
      signal: signals.signal,
      ask: (entry) => ask(model, entry.prompt),
      answered: async (entry, answer) => {
        await answers.append(toAnswerRecord(entry, answer));
        count.answered++;
      },
      failed: async (entry, error) => {
        await failures.append(toFailureRecord(entry, error));
        count.failed++;
      },
    }).finally(() => {
      progress.end();
    });
    await Promise.all([answers.close(), failures.close()]);
    return tell(stoppedBy ?? signals.code(), count, plan);
  } finally {
    signals.stop();
    await Promise.all([answers.close(), failures.close()]);
    await unlock();
  }
}

/** Says how it ended. */
function tell(ending: number | Error | undefined, count: Count, { input, failures, output }: Plan): number {
  const { good, bad, doubtful } = paletteOf(process.stderr);
  const { total, before, answered, failed } = count;
  if (total === 0) {
    say(`${doubtful("warning:")} ${input} has no line to answer; nothing was asked.`);
    return ending instanceof Error ? EXIT.failed : (ending ?? EXIT.fine);
  }
  const earlier = before > 0 ? ` (${before} of them before)` : "";
  say(`${before + answered} of ${total} answered${earlier} in ${output}.`);
  if (failed > 0)
    say(`${bad(`${failed} failed`)}, in ${failures}. Run the same command again to try them again.`);
  const open = total - before - answered - failed;
  const first = isAboutSettings(ending) ? "mend the cause first, then " : "";
  const goOn = `${open} ${open === 1 ? "is" : "are"} still to ask: ${first}run the same command again to go on.`;
  if (ending instanceof Error) {
    say(`${bad("stopped:")} ${ending.message}\n${goOn}`);
    return EXIT.failed;
  }
  if (ending !== undefined) {
    say(`${doubtful("stopped.")} ${goOn}`);
    return ending;
  }
  if (failed > 0) return EXIT.failed;
  say(good("Done."));
  return EXIT.fine;
}

/** Answers a file of prompts. */
export const batch: Command = {
  name: "batch",
  usage: "IN.jsonl OUT.jsonl",
  about: "Answers each line of a file, and goes on where it stopped.",
  notes: [
    "Each line of IN.jsonl is a JSON object; its prompt is its field prompt, or made by --template. Each line of OUT.jsonl is an answer, with the input's line number and its id if it has one, in the order in which answers came.",
    "Run the same command again after Ctrl-C or a crash: only lines without an answer are asked. Failed lines are in OUT.failed.jsonl, with the error and the input, and are tried again by the next run.",
    "The input is checked as a whole before anything is asked. Progress goes to standard error.",
  ],
  flags: {
    template: {
      kind: "text",
      placeholder: "TEXT",
      about:
        'The prompt, with {field} for a field of the line and {{ or }} for a brace: --template "Summarise: {body}".',
    },
  },
  takesModel: true,
  positionals: ["IN.jsonl", "OUT.jsonl"],
  run,
};
