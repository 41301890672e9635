import { rm } from "node:fs/promises";

import { codeOf } from "./code-of.js";
import type { Entry } from "./input.js";
import { decodeLine, explainFileError, type Line, mendEnd, readLines } from "./jsonl.js";
import { isFailureRecord, readAnswerRecord, RECORD_START } from "./records.js";
import { FileError } from "./usage-error.js";

/** Which lines of the input have been answered, at eight bytes a line. */
export class AnsweredLines {
  /** By line number: the hash of the prompt that was answered plus 1, or 0. */
  #hashes = new Float64Array(1024);
  #size = 0;

  /** How many lines have been answered. */
  get size(): number {
    return this.#size;
  }

  add(line: number, hash: string): void {
    if (line >= this.#hashes.length) {
      const longer = new Float64Array(2 * line);
      longer.set(this.#hashes);
      this.#hashes = longer;
    }
    if (this.#hashes[line] === 0) this.#size++;
    this.#hashes[line] = toNumber(hash);
  }

  has({ line }: Entry): boolean {
    return (this.#hashes[line] ?? 0) !== 0;
  }

  /** True where the line was answered, but to another prompt. */
  contradicts({ line, hash }: Entry): boolean {
    const known = this.#hashes[line] ?? 0;
    return known !== 0 && known !== toNumber(hash);
  }
}

function toNumber(hash: string): number {
  return Number.parseInt(hash, 16) + 1;
}

/** What an earlier run left, and what its file must be cut to before lines are added. */
export interface Found {
  readonly answered: AnsweredLines;
  /** Absent where the file is whole or not there. */
  readonly mend?: { readonly size: number; readonly newline: boolean };
}

type Reading = "ours" | "half-written" | "foreign";

function classify(line: Line, accept: (text: string) => boolean): Reading {
  let text: string | undefined;
  try {
    text = decodeLine(line);
  } catch {
    // A half-written line may end within a character.
  }
  if (text !== undefined && accept(text)) return "ours";
  const start = line.bytes.toString("latin1", 0, RECORD_START.length);
  const half = !line.ended && RECORD_START.startsWith(start);
  return half ? "half-written" : "foreign";
}

async function* readOwnLines(
  path: string,
  accept: (text: string) => boolean,
): AsyncGenerator<Line & { readonly reading: Reading }, void, undefined> {
  try {
    for await (const line of readLines(path)) {
      const reading = classify(line, accept);
      if (reading === "foreign") {
        throw new FileError(
          `${path}:${line.number} is no line that this command has written, and the file is left as it is. Name another output file.`,
        );
      }
      yield { ...line, reading };
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw explainFileError(error, path);
  }
}

/** Reads what earlier runs have answered; changes nothing, and refuses a file that is not the command's own. */
export async function readAnswered(path: string): Promise<Found> {
  const answered = new AnsweredLines();
  let mend: Found["mend"];
  const accept = (text: string): boolean => {
    const record = readAnswerRecord(text);
    if (record !== undefined) answered.add(record.line, record.hash);
    return record !== undefined;
  };
  for await (const { reading, start, bytes, ended } of readOwnLines(path, accept)) {
    if (reading === "half-written") mend = { size: start, newline: false };
    else if (!ended) mend = { size: start + bytes.length, newline: true };
  }
  return { answered, ...(mend !== undefined && { mend }) };
}

/** Drops what a killed process has half written, so that the next line begins a line. */
export async function repair(path: string, { mend }: Found): Promise<void> {
  if (mend === undefined) return;
  await mendEnd(path, mend).catch((error: unknown) => {
    throw explainFileError(error, path);
  });
}

/** Checks that a file of failures is the command's own, before it is replaced. */
export async function checkFailures(path: string): Promise<void> {
  const lines = readOwnLines(path, isFailureRecord);
  while ((await lines.next()).done !== true);
}

/** Takes the failures of the last run away: they are tried again, since they are not in the output. */
export async function forgetFailures(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: unknown) => {
    throw explainFileError(error, path);
  });
}
