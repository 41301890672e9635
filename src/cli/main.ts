#!/usr/bin/env node
import { ConfigurationError } from "../errors.js";
import { findNearest } from "../settings/nearest.js";
import { VERSION } from "../version.js";
import { parseArguments } from "./parse-arguments.js";
import { batch } from "./batch.js";
import type { Command } from "./command.js";
import { complete } from "./complete.js";
import { doctor } from "./doctor.js";
import { emulator } from "./emulator.js";
import { EXIT } from "./exit-codes.js";
import { formatCommandHelp, formatHelp, NAME } from "./help.js";
import { exitWhenWritten, paletteOf, say, toleratePipes, writeOut } from "./output.js";
import { FileError, UsageError } from "./usage-error.js";

const COMMANDS: readonly Command[] = [doctor, complete, batch, emulator];

function findCommand(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  if (name.startsWith("-")) throw new UsageError("The command comes first, then its options.");
  const names = COMMANDS.map((candidate) => candidate.name);
  const nearest = findNearest(name, names);
  throw new UsageError(
    `There is no command ${JSON.stringify(name)}. ${
      nearest === undefined ? `There are ${names.join(", ")}.` : `Did you mean ${nearest}?`
    }`,
  );
}

async function run([name, ...words]: readonly string[]): Promise<number> {
  switch (name) {
    case undefined:
      say(formatHelp(COMMANDS));
      return EXIT.usage;
    case "--help":
    case "-h":
    case "help":
      await writeOut(formatHelp(COMMANDS));
      return EXIT.fine;
    case "--version":
      await writeOut(`${VERSION}\n`);
      return EXIT.fine;
    default: {
      const command = findCommand(name);
      const given = parseArguments(words, command);
      if (!given.has("help")) return command.run(given);
      await writeOut(formatCommandHelp(command));
      return EXIT.fine;
    }
  }
}

/** What an error means for whoever called the command. */
function report(error: unknown, name: string | undefined): number {
  const { bad } = paletteOf(process.stderr);
  const message = error instanceof Error ? error.message : String(error);
  say(`${bad("error:")} ${message}`);
  if (error instanceof UsageError) {
    const known = COMMANDS.find((command) => command.name === name);
    say(`Try: ${known === undefined ? NAME : `${NAME} ${known.name}`} --help`);
    return EXIT.usage;
  }
  return error instanceof FileError || ConfigurationError.isInstance(error) ? EXIT.usage : EXIT.failed;
}

toleratePipes();
const words = process.argv.slice(2);
exitWhenWritten(await run(words).catch((error: unknown) => report(error, words[0])));
