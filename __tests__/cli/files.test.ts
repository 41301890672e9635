import { writeFileSync } from "node:fs";
import { hostname } from "node:os";

import { explainFileError } from "../../src/cli/jsonl.js";
import { lockOutput } from "../../src/cli/lock.js";
import { isFailureRecord, readAnswerRecord } from "../../src/cli/records.js";
import { AnsweredLines } from "../../src/cli/resume.js";
import { FileError } from "../../src/cli/usage-error.js";
import { useFolder } from "./command.js";

const folder = useFolder();

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: what the system says`), { code });
}

describe("a file that cannot be used", () => {
  test.each([
    ["ENOENT", "out.jsonl: there is no such file or folder."],
    ["EISDIR", "out.jsonl is a folder."],
    ["EACCES", "out.jsonl: not allowed (EACCES)."],
    ["EPERM", "out.jsonl: not allowed (EPERM)."],
    ["EROFS", "out.jsonl: not allowed (EROFS)."],
  ])("%s is explained, and is a mistake of the caller's", (code, message) => {
    const explained = explainFileError(systemError(code), "out.jsonl");
    expect(explained).toBeInstanceOf(FileError);
    expect(explained).toMatchObject({ message, cause: { code } });
  });

  test.each(["ENOSPC", "EDQUOT"])("%s: a full disk is no mistake, and the run can go on", (code) => {
    const explained = explainFileError(systemError(code), "out.jsonl");
    expect(explained).not.toBeInstanceOf(FileError);
    expect(explained).toMatchObject({ message: expect.stringContaining("run the same command again") });
  });

  test("what nobody has words for stays as it is", () => {
    const error = systemError("EIO");
    expect(explainFileError(error, "out.jsonl")).toBe(error);
    expect(explainFileError("no error", "out.jsonl")).toBe("no error");
  });
});

describe("the lock of an output", () => {
  const lock = (text: string): Promise<() => Promise<void>> => {
    writeFileSync(folder.path("out.jsonl.lock"), text);
    return lockOutput(folder.path("out.jsonl"));
  };

  test.each([
    ["nothing", ""],
    ["no process's id", "someone\n"],
    ["this very process, as in a container that was started again", `${process.pid} ${hostname()}\n`],
    ["a process that is gone", `${2 ** 30} ${hostname()}\n`],
  ])("what names %s is taken over", async (_what, text) => {
    const unlock = await lock(text);
    await unlock();
  });

  test.each([
    ["another machine", "1 elsewhere\n", "process 1 on elsewhere"],
    ["a process that runs", `${process.ppid} ${hostname()}\n`, `process ${process.ppid}`],
  ])("%s keeps it", async (_what, text, holder) => {
    await expect(lock(text)).rejects.toThrow(`is being written by ${holder}. If that is long over`);
  });

  test("a file where a folder should be is what the system says it is", async () => {
    folder.write("file", "");
    await expect(lockOutput(folder.path("file/out.jsonl"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });
});

describe("lines of the command's own", () => {
  test.each(["5", "null", "[]", "no JSON", '{"line":0,"error":{}}', '{"line":1,"error":"x"}'])(
    "%s is none of its failures and none of its answers",
    (text) => {
      expect(isFailureRecord(text)).toBe(false);
      expect(readAnswerRecord(text)).toBeUndefined();
    },
  );
});

describe("what has been answered", () => {
  const entry = (line: number, hash: string) => ({ line, hash, fields: {}, prompt: "" });

  test("is known however long the file is", () => {
    const answered = new AnsweredLines();
    for (const line of [1, 1023, 1024, 5_000_000]) answered.add(line, "00000000000a");
    expect(answered.size).toBe(4);
    for (const line of [1, 1023, 1024, 5_000_000])
      expect(answered.has(entry(line, "00000000000a"))).toBe(true);
    expect(answered.has(entry(2, "00000000000a"))).toBe(false);
    expect(answered.has(entry(99_999_999, "00000000000a"))).toBe(false);
    expect(answered.contradicts(entry(99_999_999, "00000000000a"))).toBe(false);
  });

  test("counts once, though it was answered twice", () => {
    const answered = new AnsweredLines();
    answered.add(7, "00000000000a");
    answered.add(7, "00000000000b");
    expect(answered.size).toBe(1);
    expect(answered.contradicts(entry(7, "00000000000a"))).toBe(true);
  });
});
