import { execFile } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { useEmulator } from "../support/emulator.js";
import {
  assertBuilt,
  COMMAND,
  type Ended,
  readJsonLines,
  run,
  start,
  useFolder,
  variablesFor,
} from "./command.js";

/** 10,000 takes its time; the whole number is run before a release. */
const MANY = Number(process.env["BATCH_LINES"] ?? 2000);

const emulator = useEmulator({
  deployments: { instruct: { model: "gpt-35-turbo-instruct" }, chat: { model: "gpt-4o" } },
  keepRequests: 10_000,
});
const folder = useFolder();
beforeAll(assertBuilt);

beforeEach(() => {
  emulator().respond(/./, (prompt) => `<${prompt}>`);
});

function writeInput(lines: readonly object[]): string {
  return folder.write("in.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function prompts(count: number): { id: string; prompt: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `q${index + 1}`,
    prompt: `prompt ${index + 1}`,
  }));
}

function words(...more: readonly string[]): string[] {
  return ["batch", folder.path("in.jsonl"), folder.path("out.jsonl"), ...more];
}

function runBatch(...more: readonly string[]): Promise<Ended> {
  return run(words(...more), variablesFor(emulator(), "instruct"));
}

function answers(): Record<string, unknown>[] {
  return readJsonLines(folder.path("out.jsonl")).sort(
    (one, other) => Number(one["line"]) - Number(other["line"]),
  );
}

/** The prompts that the service was asked, with repeats. */
function asked(): string[] {
  return emulator().requests.flatMap(({ prompts }) => prompts);
}

describe("answers", () => {
  test("each line gets one, with its number and id", async () => {
    writeInput(prompts(50));
    const { code, stdout, stderr } = await runBatch();
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("50 of 50 answered");
    expect(answers()).toHaveLength(50);
    expect(answers()[6]).toMatchObject({ line: 7, id: "q7", text: "<prompt 7>", finishReason: "stop" });
    expect(existsSync(folder.path("out.failed.jsonl"))).toBe(false);
    expect(existsSync(folder.path("out.jsonl.lock"))).toBe(false);
  });

  test("requests are full", async () => {
    writeInput(prompts(2000));
    await runBatch("--concurrency", "4");
    // 100 hold all of them; a few more where a piece of the file ends.
    expect(emulator().requests.length).toBeLessThanOrEqual(105);
  });

  test("a template is filled in from the fields", async () => {
    writeInput([{ name: "Ada", year: 1815, tags: ["a"] }]);
    await runBatch("--template", "{{{name}}} of {year}: {tags}");
    expect(answers()).toMatchObject([{ line: 1, text: '<{Ada} of 1815: ["a"]>' }]);
  });

  test("blank lines, carriage returns, a byte order mark and Unicode's line separators are no obstacle", async () => {
    folder.write("in.jsonl", '\uFEFF{"prompt":"one"}\r\n\r\n{"prompt":"two\u2028three"}');
    expect(await runBatch()).toMatchObject({ code: 0 });
    expect(answers()).toMatchObject([
      { line: 1, text: "<one>" },
      { line: 3, text: "<two\u2028three>" },
    ]);
  });

  test("chat deployments answer as well", async () => {
    writeInput(prompts(30));
    expect(await runBatch("--deployment", "chat", "--concurrency", "8")).toMatchObject({ code: 0 });
    expect(answers()).toHaveLength(30);
    expect(emulator().inFlight.most).toBeLessThanOrEqual(8);
  });

  test("an empty input is no failure, but is said", async () => {
    const path = folder.write("in.jsonl", "");
    const { code, stderr } = await runBatch();
    expect(code).toBe(0);
    expect(stderr).toBe(`warning: ${path} has no line to answer; nothing was asked.\n`);
  });

  test("progress is plain lines where there is no terminal", async () => {
    writeInput(prompts(5));
    const { stderr } = await runBatch();
    expect(stderr).toMatch(/^0\/5 \(0%\), 0\.0\/s\n5\/5 \(100%\)/);
    // eslint-disable-next-line no-control-regex -- escape sequences are what it looks for
    expect(stderr).not.toMatch(/[\u001b\r]/);
  });

  test("what was tried again is counted", async () => {
    writeInput(prompts(5));
    emulator().fail({ status: 429, retryAfterMs: 1 });
    const { code, stderr } = await runBatch();
    expect(code).toBe(0);
    expect(stderr).toMatch(/^5\/5 \(100%\).*, 1 retry$/m);
  });

  const pseudoTerminal = existsSync("/usr/bin/script") ? test : test.skip;
  pseudoTerminal("progress is a bar on a terminal", async () => {
    writeInput(prompts(5));
    const command = [process.execPath, COMMAND, ...words()].join(" ");
    const { stdout } = await promisify(execFile)("script", ["-qec", command, "/dev/null"], {
      env: {
        PATH: process.env["PATH"],
        TERM: "xterm",
        NO_COLOR: "1",
        ...variablesFor(emulator(), "instruct"),
      },
    });
    expect(stdout).toMatch(/░+ 0% \| 0\/5 \| 0\.0\/s \| -- left/);
    expect(stdout).toMatch(/█+ 100% \| 5\/5 \| [\d.]+\/s \| 0s left/);
    // eslint-disable-next-line no-control-regex -- colours are what it looks for
    expect(stdout).not.toMatch(/\u001b\[\d+m/);
  });
});

describe("killed and started again", () => {
  test(
    `${MANY} lines, killed three times at random: each is answered once`,
    async () => {
      writeInput(prompts(MANY));
      const options = words("--concurrency", "4");
      const variables = variablesFor(emulator(), "instruct");
      const kills: number[] = [];
      for (let kill = 0; kill < 3; kill++) {
        emulator().reset();
        emulator().respond(/./, (prompt) => `<${prompt}>`);
        const at = 2 + Math.floor(Math.random() * (MANY / 20 / 4));
        kills.push(at);
        const { child, ended } = start(options, variables);
        await Promise.race([emulator().received(at), ended]);
        child.kill("SIGKILL");
        expect(await ended).toMatchObject({ signal: "SIGKILL" });
      }
      const before = existsSync(folder.path("out.jsonl")) ? answers().length : 0;
      const last = await run(options, variables);
      expect({ kills, code: last.code }).toEqual({ kills, code: 0 });
      expect(last.stderr).toContain(`${MANY} of ${MANY} answered`);
      expect(before).toBeLessThan(MANY);
      expect(answers().map(({ line, id, text }) => [line, id, text])).toEqual(
        prompts(MANY).map(({ id, prompt }, index) => [index + 1, id, `<${prompt}>`]),
      );
    },
    MANY * 60,
  );

  test("what has been answered is not asked again", async () => {
    writeInput(prompts(10));
    await runBatch();
    emulator().reset();
    const { code, stderr } = await runBatch();
    expect(code).toBe(0);
    expect(stderr).toContain("10 of 10 answered (10 of them before)");
    expect(asked()).toEqual([]);
  });

  test.each([1, 8, 9, 40, 101])(
    "a last line cut %d bytes short of its end is asked again, and no other",
    async (cut) => {
      writeInput(prompts(10));
      await runBatch();
      const whole = readFileSync(folder.path("out.jsonl"));
      const lines = whole.toString("utf8").trimEnd().split("\n");
      const last = JSON.parse(lines.at(-1)!);
      writeFileSync(folder.path("out.jsonl"), whole.subarray(0, whole.length - cut));
      emulator().reset();
      emulator().respond(/./, (prompt) => `<${prompt}>`);
      expect(await runBatch()).toMatchObject({ code: 0 });
      // All but the line break was there: nothing is to ask.
      expect(asked()).toEqual(cut === 1 ? [] : [`prompt ${last.line}`]);
      expect(answers().map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    },
  );

  test("Ctrl-C stops it with what has come, and the next run goes on", async () => {
    writeInput(prompts(200));
    const stalled = emulator().fail({ kind: "stall", after: 4, times: 99 });
    const { child, ended } = start(words("--concurrency", "2"), variablesFor(emulator(), "instruct"));
    await emulator().received(6);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/still to ask: run the same command again to go on/);
    stalled.remove();
    expect(answers().length).toBeLessThan(200);
    expect(await runBatch()).toMatchObject({ code: 0 });
    expect(answers().map(({ id }) => id)).toEqual(prompts(200).map(({ id }) => id));
  });

  test("a second run of the same output waits for nobody and says why", async () => {
    writeInput(prompts(3));
    const stalled = emulator().fail({ kind: "stall" });
    const first = start(words(), variablesFor(emulator(), "instruct"));
    await emulator().received(1);
    const second = await runBatch();
    expect(second).toMatchObject({ code: 2 });
    expect(second.stderr).toContain(`is being written by process ${first.child.pid}`);
    stalled.release();
    expect(await first.ended).toMatchObject({ code: 0 });
  });
});

describe("failures", () => {
  test("they are in a file of their own, and the next run tries them again", async () => {
    writeInput(prompts(30));
    emulator().filterPrompt("prompt 7");
    const { code, stderr } = await runBatch();
    expect(code).toBe(1);
    expect(stderr).toContain("1 failed");
    expect(answers()).toHaveLength(29);
    expect(readJsonLines(folder.path("out.failed.jsonl"))).toMatchObject([
      {
        line: 7,
        id: "q7",
        error: { code: "content_filter", status: 400 },
        input: { id: "q7", prompt: "prompt 7" },
      },
    ]);
    emulator().reset();
    emulator().respond(/./, (prompt) => `<${prompt}>`);
    expect(await runBatch()).toMatchObject({ code: 0 });
    expect(asked()).toEqual(["prompt 7"]);
    expect(answers()).toHaveLength(30);
    expect(existsSync(folder.path("out.failed.jsonl"))).toBe(false);
  });

  test("a single line that is left is told of as one", async () => {
    writeInput(prompts(1));
    const { stderr } = await run(words(), {
      ...variablesFor(emulator(), "instruct"),
      AZURE_OPENAI_API_KEY: "wrong",
    });
    expect(stderr).toContain("1 is still to ask: mend the cause first");
  });

  test("what is wrong with the settings ends the run at once", async () => {
    writeInput(prompts(1000));
    const { code, stderr } = await run(words(), {
      ...variablesFor(emulator(), "instruct"),
      AZURE_OPENAI_API_KEY: "wrong",
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/stopped: .*\n?.*1000 are still to ask/);
    expect(stderr).toContain("mend the cause first, then run the same command again to go on");
    // All would be 50.
    expect(emulator().requests.length).toBeLessThan(25);
    expect(existsSync(folder.path("out.failed.jsonl"))).toBe(false);
  });

  test("a service that has gone ends the run, and nothing is lost", async () => {
    writeInput(prompts(500));
    emulator().fail({ status: 500, after: 3, times: 9999 });
    const { code, stderr } = await runBatch("--max-retries", "0", "--concurrency", "1");
    expect(code).toBe(1);
    expect(stderr).toContain("stopped:");
    emulator().reset();
    emulator().respond(/./, (prompt) => `<${prompt}>`);
    expect(await runBatch()).toMatchObject({ code: 0 });
    expect(answers()).toHaveLength(500);
  });
});

describe("bad input", () => {
  const BAD: readonly (readonly [what: string, line: string | Buffer, message: RegExp])[] = [
    ["no JSON", '{"prompt":', /in\.jsonl:3: not JSON/],
    ["no object", '["a"]', /in\.jsonl:3: not a JSON object/],
    ["no prompt", '{"promt":"x"}', /in\.jsonl:3: no field "prompt" \(is "promt" meant\?\)/],
    ["a prompt that is null", '{"prompt":null}', /in\.jsonl:3: "prompt" is null/],
    ["a prompt that is no text", '{"prompt":5}', /in\.jsonl:3: "prompt" is not a text but a number/],
    ["an empty prompt", '{"prompt":""}', /in\.jsonl:3: the prompt is empty/],
    ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), /in\.jsonl:3: not UTF-8/],
  ];

  test.each(BAD)("%s: file and line are named, and nothing is asked", async (_what, line, message) => {
    writeInput(prompts(2));
    appendFileSync(folder.path("in.jsonl"), Buffer.concat([Buffer.from(line), Buffer.from("\n")]));
    const { code, stderr } = await runBatch();
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(asked()).toEqual([]);
    expect(existsSync(folder.path("out.jsonl.lock"))).toBe(false);
  });

  test("of many bad lines ten are told, and how many more there are", async () => {
    folder.write("in.jsonl", "oops\n".repeat(12));
    const { code, stderr } = await runBatch();
    expect(code).toBe(2);
    expect(stderr).toContain("has 12 lines that cannot be used; nothing was asked.");
    expect(stderr.match(/in\.jsonl:\d+: not JSON/g)).toHaveLength(10);
    expect(stderr).toContain("… and 2 more lines.");
  });

  test("the failures of the output are no input of it", async () => {
    writeInput(prompts(1));
    const output = folder.path("out.jsonl");
    const failures = folder.write("out.failed.jsonl", '{"prompt":"x"}\n');
    const { code, stderr } = await run(["batch", failures, output], variablesFor(emulator(), "instruct"));
    expect(code).toBe(2);
    expect(stderr).toContain(`${failures} is where the failures of ${output} go.`);
    expect(asked()).toEqual([]);
  });

  test("answers that are there already stay", async () => {
    writeInput(prompts(3));
    await runBatch();
    const before = readFileSync(folder.path("out.jsonl"), "utf8");
    appendFileSync(folder.path("in.jsonl"), "oops\n");
    expect(await runBatch()).toMatchObject({ code: 2 });
    expect(readFileSync(folder.path("out.jsonl"), "utf8")).toBe(before);
  });

  test("a field that the template names and the line lacks", async () => {
    writeInput([{ topic: "x" }]);
    const { code, stderr } = await runBatch("--template", "About {topc}");
    expect(code).toBe(2);
    expect(stderr).toContain('in.jsonl:1: no field "topc" (is "topic" meant?)');
  });

  test.each([
    ["{topic", /opens or closes nothing/],
    ["topic}", /opens or closes nothing/],
    ["{}", /names no field/],
    ["topic", /names no field/],
  ])("the template %s is refused", async (template, message) => {
    writeInput([{ topic: "x" }]);
    const { code, stderr } = await runBatch("--template", template);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("an input that has changed since its answers", async () => {
    writeInput(prompts(3));
    await runBatch();
    writeInput(prompts(4).slice(1));
    const { code, stderr } = await runBatch();
    expect(code).toBe(2);
    expect(stderr).toContain("in.jsonl:1 makes another prompt than the one that");
  });

  test("an input that has become shorter", async () => {
    writeInput(prompts(3));
    await runBatch();
    writeInput(prompts(2));
    const { code, stderr } = await runBatch();
    expect(code).toBe(2);
    expect(stderr).toContain("answers 1 lines that");
  });

  test.each(["out.jsonl", "out.failed.jsonl"])(
    "a file %s of someone else's is left as it is",
    async (name) => {
      writeInput(prompts(3));
      const foreign = '{"name":"mine"}\nno line break at the end';
      folder.write(name, foreign);
      const { code, stderr } = await runBatch();
      expect(code).toBe(2);
      expect(stderr).toContain(`${name}:1 is no line that this command has written`);
      expect(readFileSync(folder.path(name), "utf8")).toBe(foreign);
      expect(asked()).toEqual([]);
    },
  );

  test("input and output in one file", async () => {
    const path = writeInput(prompts(3));
    const { code, stderr } = await run(["batch", path, path], variablesFor(emulator(), "instruct"));
    expect(code).toBe(2);
    expect(stderr).toContain("both input and output");
  });

  test("an output in a folder that is not there", async () => {
    writeInput(prompts(1));
    const output = folder.path("none/out.jsonl");
    const { code, stderr } = await run(
      ["batch", folder.path("in.jsonl"), output],
      variablesFor(emulator(), "instruct"),
    );
    expect(code).toBe(2);
    expect(stderr).toContain(
      `${output} cannot be written: there is no folder ${folder.path("none")}. Make it`,
    );
    expect(emulator().requests).toEqual([]);
  });

  test("a file that is not there", async () => {
    const { code, stderr } = await runBatch();
    expect(code).toBe(2);
    expect(stderr).toContain("in.jsonl: there is no such file");
  });
});
