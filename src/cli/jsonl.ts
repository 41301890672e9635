import { createReadStream } from "node:fs";
import { type FileHandle, open, truncate } from "node:fs/promises";

import { codeOf } from "./code-of.js";
import { FileError } from "./usage-error.js";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = "\uFEFF";

/** One line of a file. */
export interface Line {
  /** Counted from 1, blank ones too. */
  readonly number: number;
  readonly bytes: Buffer;
  /** Where it begins in the file. */
  readonly start: number;
  /** False for a last line without a line break. */
  readonly ended: boolean;
}

/**
 * Reads a file line by line, in memory for one line.
 *
 * Only a line feed ends a line: JSON may hold the other separators of Unicode, at which Node's `readline` cuts.
 */
export async function* readLines(path: string): AsyncGenerator<Line, void, undefined> {
  let number = 1;
  let start = 0;
  let held: Buffer[] = [];
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, from)) {
      const bytes = join(held, piece.subarray(from, at));
      yield { number, bytes, start, ended: true };
      number++;
      start += bytes.length + 1;
      held = [];
      from = at + 1;
    }
    if (from < piece.length) held.push(piece.subarray(from));
  }
  if (held.length > 0) yield { number, bytes: Buffer.concat(held), start, ended: false };
}

function join(held: readonly Buffer[], rest: Buffer): Buffer {
  return held.length === 0 ? rest : Buffer.concat([...held, rest]);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A line as text, without a carriage return or a byte order mark; throws where it is not UTF-8. */
export function decodeLine({ number, bytes }: Line): string {
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  const text = decoder.decode(bytes.subarray(0, end));
  return number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** Cuts a file off, or ends its last line. */
export async function mendEnd(
  path: string,
  { size, newline }: { size: number; newline: boolean },
): Promise<void> {
  await truncate(path, size);
  if (!newline) return;
  const file = await open(path, "a");
  try {
    await file.writeFile("\n");
  } finally {
    await file.close();
  }
}

/** Explains why a file cannot be read or written, in words. */
export function explainFileError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  switch (code) {
    case "ENOENT":
      return new FileError(`${path}: there is no such file or folder.`, { cause: error });
    case "EISDIR":
      return new FileError(`${path} is a folder.`, { cause: error });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new FileError(`${path}: not allowed (${code}).`, { cause: error });
    case "ENOSPC":
    case "EDQUOT":
      return new Error(
        `${path}: the disk is full. Make room and run the same command again: it goes on where it stopped.`,
        { cause: error },
      );
    default:
      return error;
  }
}

/** A file that lines are appended to; it is made when the first one comes. */
export class LineWriter {
  readonly #path: string;
  #file: FileHandle | undefined;
  #waiting = "";
  #writing: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Settles when the line has been handed to the system; lines that come together are written together. */
  append(value: object): Promise<void> {
    this.#waiting += `${JSON.stringify(value)}\n`;
    this.#writing ??= this.#write();
    return this.#writing;
  }

  async close(): Promise<void> {
    try {
      await this.#writing;
    } finally {
      await this.#file?.close();
      this.#file = undefined;
    }
  }

  async #write(): Promise<void> {
    try {
      // What is appended in this turn goes along.
      await new Promise(setImmediate);
      this.#file ??= await open(this.#path, "a");
      while (this.#waiting !== "") {
        const lines = this.#waiting;
        this.#waiting = "";
        await this.#file.writeFile(lines);
      }
    } catch (error) {
      throw explainFileError(error, this.#path);
    } finally {
      this.#writing = undefined;
    }
  }
}
