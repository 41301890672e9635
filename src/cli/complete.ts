import type { Arguments } from "./arguments.js";
import type { Command } from "./command.js";
import { EXIT } from "./exit-codes.js";
import { ask, createModel } from "./model.js";
import { writeOut } from "./output.js";
import { UsageError } from "./usage-error.js";

async function readStandardInput(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(Buffer.from(piece as Uint8Array)); // no encoding was set
  return Buffer.concat(pieces).toString("utf8");
}

/** Nothing to complete is a variable that is empty, or a pipe that gave nothing. */
function assertPrompt(prompt: string): void {
  if (prompt.trim() === "") throw new UsageError("The prompt is empty; nothing was asked.");
}

async function run(given: Arguments): Promise<number> {
  const [word] = given.positionals as readonly [string]; // the parser has counted them
  if (word !== "-") assertPrompt(word);
  const model = await createModel(given.modelInput());
  const prompt = word === "-" ? await readStandardInput() : word;
  assertPrompt(prompt);
  if (given.has("json")) {
    await writeOut(`${JSON.stringify(await ask(model, prompt))}\n`);
    return EXIT.fine;
  }
  let last = "";
  try {
    for await (const piece of await model.stream(prompt)) {
      await writeOut(piece);
      if (piece !== "") last = piece;
    }
  } finally {
    // What was written before a failure stays a line of its own.
    if (last !== "" && !last.endsWith("\n")) await writeOut("\n");
  }
  return EXIT.fine;
}

/** Completes one prompt. */
export const complete: Command = {
  name: "complete",
  usage: "PROMPT",
  about: "Completes a prompt and prints the text as it arrives.",
  notes: ["PROMPT may be -: it is then read from standard input."],
  flags: {
    json: {
      kind: "switch",
      about:
        "Prints one JSON object with text, finishReason, usage, model, deployment, operation and requestId instead, once it is whole.",
    },
  },
  takesModel: true,
  positionals: ["PROMPT"],
  run,
};
