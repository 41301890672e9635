import type { EventEmitter } from "node:events";
import { WriteStream } from "node:tty";

import { emulator } from "../../src/cli/emulator.js";
import { formatCommandHelp } from "../../src/cli/help.js";
import { paletteOf, toleratePipes } from "../../src/cli/output.js";
import { parseArguments } from "../../src/cli/parse-arguments.js";
import { formatProblems } from "../../src/cli/problems.js";
import { nameSource } from "../../src/cli/settings-report.js";

describe("colours", () => {
  const stream = (isTTY: boolean, colours: boolean): WriteStream & { fd: number } =>
    Object.assign(Object.create(WriteStream.prototype), { isTTY, fd: 1, hasColors: () => colours });

  test("there are some on a terminal that shows them", () => {
    expect(paletteOf(stream(true, true)).good("✓")).toBe("\u001b[32m✓\u001b[0m");
  });

  test.each([
    ["a pipe", false, true],
    ["a terminal that shows none", true, false],
  ])("there are none on %s", (_what, isTTY, colours) => {
    expect(paletteOf(stream(isTTY, colours)).good("✓")).toBe("✓");
  });
});

describe("an output that breaks", () => {
  const streams = [process.stdout, process.stderr] as readonly EventEmitter[];
  const before = streams.map((stream) => stream.listeners("error"));
  beforeEach(toleratePipes);
  afterEach(() => {
    for (const [index, stream] of streams.entries()) {
      for (const listener of stream.listeners("error")) {
        if (before[index]?.includes(listener) === false) stream.off("error", listener as () => void); // it was added as one
      }
    }
  });
  const fail = (stream: EventEmitter, code: string) => () =>
    stream.emit("error", Object.assign(new Error(code), { code }));

  test.each(["EPIPE", "EIO"])("messages that nobody can read any more (%s) stop nothing", (code) => {
    expect(fail(process.stderr, code)).not.toThrow();
  });

  test("a full disk is told of, whichever output is sent there", () => {
    expect(fail(process.stdout, "ENOSPC")).toThrow("ENOSPC");
    expect(fail(process.stderr, "ENOSPC")).toThrow("ENOSPC");
  });
});

test("the help of a command that takes no model lists none of its options", () => {
  const help = formatCommandHelp(emulator);
  expect(help).toContain("--port N");
  expect(help).not.toContain("--endpoint");
  expect(help).not.toContain("AZURE_OPENAI_API_KEY");
});

test("a problem that no flag mends is shown as it is, wrapped", () => {
  expect(formatProblems("`weight` must be a number above 0.", "✗", 24)).toEqual([
    "✗ `weight` must be a",
    "  number above 0.",
  ]);
});

test.each([
  ["option deploymentName", "--deployment"],
  ["option streaming", "streaming"],
  ["variable OPENAI_API_VERSION", "OPENAI_API_VERSION"],
  ["default", "default"],
])("%s is called %s", (source, name) => {
  expect(nameSource(source)).toBe(name);
});

describe("the shape of what is given", () => {
  const parse = (...words: string[]) => parseArguments(words, emulator);

  test("an option like no other: the help is named", () => {
    expect(() => parse("--zzzzzzzz")).toThrow("There is no option --zzzzzzzz. --help lists the options.");
  });

  test("a switch with a value is refused in the parser's own words", () => {
    expect(() => parse("--help=yes")).toThrow("does not take an argument");
  });

  test("a command without arguments says so of one that is given", () => {
    expect(() => parse("8080")).toThrow('emulator takes no argument, and "8080" is one more.');
  });

  test.each(["", " "])("a number that is blank (%j) is none", (value) => {
    expect(() => parse(`--port=${value}`).number("port")).toThrow("--port wants a number");
  });
});
