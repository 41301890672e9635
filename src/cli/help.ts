import type { Command } from "./command.js";
import { COMMON_FLAGS, type Flag, MODEL_FLAGS } from "./flags.js";
import { wrap } from "./wrap.js";

/** What the command is called. */
export const NAME = "langchain-azure-openai";

const WIDTH = 100;
const INDENT = 30;

function formatFlag([name, { placeholder, about, short }]: readonly [string, Flag]): string {
  const long = placeholder === undefined ? `--${name}` : `--${name} ${placeholder}`;
  const head = `  ${short === undefined ? "" : `-${short}, `}${long}`;
  const text = wrap(about, WIDTH - INDENT).join(`\n${" ".repeat(INDENT)}`);
  return head.length < INDENT - 1 ? `${head.padEnd(INDENT)}${text}` : `${head}\n${" ".repeat(INDENT)}${text}`;
}

function formatFlags(flags: Readonly<Record<string, Flag>>): string {
  return Object.entries(flags).map(formatFlag).join("\n");
}

const SECRETS =
  "A key or token is never taken from the command line, where every process of the machine can read it: set AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN, or use --credential default.";

const EXIT_CODES = `Exit codes: 0 fine; 1 something failed; 2 the command line, the settings or the input cannot work,
and nothing was asked; 130 ended by Ctrl-C, 143 by SIGTERM.`;

/** The help of the whole command. */
export function formatHelp(commands: readonly Command[]): string {
  const list = commands.map(({ name, usage, about }) => `  ${`${name} ${usage}`.padEnd(34)}${about}`);
  return `Azure OpenAI from the command line.

Usage: ${NAME} COMMAND [OPTIONS]

Commands:
${list.join("\n")}

  COMMAND --help                    Shows a command's options.
  --version                         Shows the version.

${wrap(SECRETS, WIDTH).join("\n")}

${EXIT_CODES}
`;
}

/** The help of one command. */
export function formatCommandHelp({ name, usage, about, notes, flags, takesModel }: Command): string {
  const sections = [
    `${about}\n\nUsage: ${[NAME, name, usage, "[OPTIONS]"].filter((word) => word !== "").join(" ")}`,
    notes.flatMap((note) => wrap(note, WIDTH)).join("\n"),
    `Options:\n${formatFlags({ ...flags, ...COMMON_FLAGS })}`,
    ...(takesModel
      ? [
          `Options of the model, over the environment [variables in brackets]:\n${formatFlags(MODEL_FLAGS)}`,
          wrap(SECRETS, WIDTH).join("\n"),
        ]
      : []),
    EXIT_CODES,
  ];
  return `${sections.join("\n\n")}\n`;
}
