import type { Arguments } from "./arguments.js";
import type { Flag } from "./flags.js";

/** One of the things that the command does. */
export interface Command {
  readonly name: string;
  /** What follows the name, in the help. */
  readonly usage: string;
  /** What it does, in one sentence. */
  readonly about: string;
  /** More about it, a line each. */
  readonly notes: readonly string[];
  /** Its own flags. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** True where it takes the model's options as well. */
  readonly takesModel: boolean;
  /** The positional arguments it takes, by name. */
  readonly positionals: readonly string[];
  /** Does it, and tells the exit code. */
  run(given: Arguments): Promise<number>;
}
