import type { WriteStream } from "node:tty";

import { EXIT } from "./exit-codes.js";

/** Writes an answer to standard output, and waits where the reader is slower. */
export async function writeOut(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
}

/** Writes a message to standard error, so that it is in nobody's pipe. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A reader that went away (`… | head`) is no failure, and a closed terminal is no reason to stop. */
export function toleratePipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.fine);
    throw error;
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  });
}

/** Ends the process once all is written, whatever connections are still open. */
export function exitWhenWritten(code: number): void {
  process.exitCode = code;
  process.stdout.write("", () => {
    process.stderr.write("", () => process.exit(code));
  });
}

/** Colours where the stream is a terminal that shows them and NO_COLOR is not set; else plain text. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubtful: (text: string) => string;
}

/** The palette of a stream. */
export function paletteOf(stream: WriteStream & { fd: number }): Palette {
  // Node's own answer respects NO_COLOR, FORCE_COLOR and TERM.
  const colours = stream.isTTY && stream.hasColors();
  const paint = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: paint(1), dim: paint(2), good: paint(32), bad: paint(31), doubtful: paint(33) };
}
