import { parseArgs, type ParseArgsConfig } from "node:util";

import { findNearest } from "../settings/nearest.js";
import { Arguments, type Value } from "./arguments.js";
import type { Command } from "./command.js";
import { COMMON_FLAGS, type Flag, MODEL_FLAGS } from "./flags.js";
import { UsageError } from "./usage-error.js";

/** A name that someone may try to hand a secret over with. */
const SECRET_FLAG = /key|token$|secret|password/i;

/** Reads what follows a command's name. Throws a {@link UsageError} that says what is wrong. */
export function parseArguments(words: readonly string[], command: Command): Arguments {
  const flags: Readonly<Record<string, Flag>> = {
    ...(command.takesModel ? MODEL_FLAGS : {}),
    ...command.flags,
    ...COMMON_FLAGS,
  };
  refuseSecrets(words, flags);
  const { positionals, values } = parse(words, flags);
  const given = new Arguments(positionals, values);
  if (given.has("help")) return given;
  checkPositionals(positionals, command);
  const credential = given.text("credential");
  if (credential !== undefined && credential !== "default") {
    throw new UsageError(
      "--credential takes the word default, for DefaultAzureCredential. A key or a token is taken from the environment only: AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN.",
    );
  }
  return given;
}

/** Before anything is parsed, so that no message of the parser can repeat a secret. */
function refuseSecrets(words: readonly string[], flags: Readonly<Record<string, Flag>>): void {
  for (const word of words) {
    if (word === "--") return;
    const name = /^--([^=]+)/.exec(word)?.[1];
    if (name === undefined || Object.hasOwn(flags, name) || !SECRET_FLAG.test(name)) continue;
    throw new UsageError(
      `--${name}: a key or token is never taken from the command line, where every process of the machine can read it. Set AZURE_OPENAI_API_KEY, or AZURE_OPENAI_AD_TOKEN, or sign in with --credential default.`,
    );
  }
}

function parse(
  words: readonly string[],
  flags: Readonly<Record<string, Flag>>,
): { positionals: string[]; values: Record<string, Value> } {
  const options: ParseArgsConfig["options"] = Object.fromEntries(
    Object.entries(flags).map(([name, { kind, short }]) => [
      name,
      {
        type: kind === "switch" ? "boolean" : "string",
        multiple: kind === "texts",
        ...(short !== undefined && { short }),
      } as const,
    ]),
  );
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    const known = Object.keys(flags);
    throw new UsageError(explainParseError(error as TypeError, known), { cause: error }); // parseArgs throws nothing else
  }
}

function explainParseError(error: TypeError, known: readonly string[]): string {
  const bare = /^Option '(?:-\w, )?(--[\w-]+) <value>' argument missing/.exec(error.message)?.[1];
  if (bare !== undefined) return `${bare} wants a value after it.`;
  const unknown = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1];
  if (unknown === undefined) return error.message;
  const nearest = findNearest(unknown.replace(/^-+/, ""), known);
  const hint = nearest === undefined ? "--help lists the options." : `Did you mean --${nearest}?`;
  return `There is no option ${unknown}. ${hint} A text that begins with a dash goes after --.`;
}

function checkPositionals(positionals: readonly string[], { name, positionals: wanted }: Command): void {
  const missing = wanted[positionals.length];
  if (missing !== undefined) throw new UsageError(`${name} wants ${missing} as well.`);
  if (positionals.length > wanted.length) {
    const surplus = JSON.stringify(positionals[wanted.length]);
    const expected = wanted.length === 0 ? "no argument" : `only ${wanted.join(" and ")}`;
    throw new UsageError(
      `${name} takes ${expected}, and ${surplus} is one more. A text with spaces in it goes in quotes.`,
    );
  }
}
