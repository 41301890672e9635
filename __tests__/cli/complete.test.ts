import { useEmulator } from "../support/emulator.js";
import { assertBuilt, run, start, variablesFor } from "./command.js";

const emulator = useEmulator();
beforeAll(assertBuilt);

test("a prompt is completed on standard output, and nothing else is there", async () => {
  emulator().respond(/capital/, "Rome.");
  const ended = await run(["complete", "The capital of Italy?"], variablesFor(emulator(), "chat"));
  expect(ended).toEqual({ code: 0, signal: null, stdout: "Rome.\n", stderr: "" });
});

test("a text that ends its last line gets no second end", async () => {
  emulator().respond(/capital/, "Rome.\n");
  const { stdout } = await run(["complete", "capital"], variablesFor(emulator(), "chat"));
  expect(stdout).toBe("Rome.\n");
});

test("text is printed while the answer is still on its way", async () => {
  emulator().respond(/count/, { chunks: ["one ", "two ", "three"] });
  const stalled = emulator().fail({ kind: "stall-stream", afterChunks: 3 });
  const { printed, ended } = start(["complete", "count"], variablesFor(emulator(), "instruct"));
  expect(await printed("stdout", /one /)).not.toContain("three");
  stalled.release();
  expect(await ended).toMatchObject({ code: 0, stdout: "one two three\n" });
});

test("--json prints one object with what is known", async () => {
  emulator().respond(/capital/, "Rome.");
  const { stdout } = await run(["complete", "capital", "--json"], variablesFor(emulator(), "instruct"));
  expect(JSON.parse(stdout)).toMatchObject({
    text: "Rome.",
    finishReason: "stop",
    usage: { promptTokens: 1 },
    model: "gpt-35-turbo-instruct",
    deployment: "instruct",
    operation: "completions",
    requestId: expect.any(String),
  });
});

test("the prompt may come from standard input", async () => {
  emulator().respond(/./, (prompt) => JSON.stringify(prompt));
  const { child, ended } = start(["complete", "-"], variablesFor(emulator(), "instruct"));
  child.stdin.end("two\nlines é");
  expect((await ended).stdout).toBe('"two\\nlines é"\n');
});

test("nothing on standard input is not asked", async () => {
  const ended = await run(["complete", "-"], variablesFor(emulator(), "instruct"));
  expect(ended).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("The prompt is empty"),
  });
  expect(emulator().requests).toEqual([]);
});

test("a prompt that begins with a dash goes after two dashes", async () => {
  await run(["complete", "--max-tokens", "5", "--", "--help"], variablesFor(emulator(), "instruct"));
  expect(emulator().requests.at(-1)?.prompts).toEqual(["--help"]);
});

test("options of the command line win over the environment and reach the wire", async () => {
  await run(
    // prettier-ignore
    ["complete", "x", "--deployment", "instruct", "--temperature", "0", "--max-tokens", "7", "--stop", "a", "--stop", "b",
      "--frequency-penalty=-1", "--operation", "completions", "--api-version", "2024-10-21"],
    variablesFor(emulator(), "none"),
  );
  expect(emulator().requests).toMatchObject([
    {
      path: "/openai/deployments/instruct/completions",
      apiVersion: "2024-10-21",
      body: { temperature: 0, max_tokens: 7, stop: ["a", "b"], frequency_penalty: -1 },
    },
  ]);
});

test("a failure in the middle of a stream keeps what came and says so", async () => {
  emulator().respond(/count/, { chunks: ["one ", "two ", "three"] });
  emulator().fail({ kind: "cut-stream", afterChunks: 3, times: 9 });
  const ended = await run(["complete", "count"], variablesFor(emulator(), "instruct"));
  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(/^one .*\n$/);
  expect(ended.stderr).toMatch(/^error: /);
});

test("a reader that goes away is no failure", async () => {
  emulator().respond(/./, { chunks: Array.from({ length: 2000 }, () => "a line\n") });
  const stalled = emulator().fail({ kind: "stall-stream", afterChunks: 3 });
  const { child, printed, ended } = start(["complete", "x"], variablesFor(emulator(), "instruct"));
  await printed("stdout", /a line/);
  child.stdout.destroy();
  stalled.release();
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
});

const REFUSED: readonly (readonly [what: string, words: readonly string[], message: RegExp])[] = [
  ["no command", [], /Usage:/],
  ["an unknown command", ["complet", "x"], /Did you mean complete\?/],
  ["a command like no other", ["translate", "x"], /There are doctor, complete, batch, emulator\./],
  ["an option before the command", ["--json", "complete", "x"], /command comes first/],
  ["no prompt", ["complete"], /wants PROMPT/],
  ["an empty prompt", ["complete", ""], /The prompt is empty; nothing was asked/],
  ["a blank prompt", ["complete", " \n"], /The prompt is empty/],
  ["two prompts", ["complete", "a", "b"], /"b" is one more/],
  ["an unknown option", ["complete", "--tempreture", "1", "x"], /Did you mean --temperature\?/],
  [
    "an option without its value",
    ["complete", "x", "--endpoint"],
    /error: --endpoint wants a value after it\./,
  ],
  ["a number that is none", ["complete", "--temperature", "hot", "x"], /--temperature wants a number/],
  ["a number out of range", ["complete", "--temperature", "3", "x"], /`temperature` must be/],
  ["an unknown operation", ["complete", "--operation", "edit", "x"], /`operation` must be/],
  ["no settings", ["complete", "x"], /AZURE_OPENAI_ENDPOINT/],
];

test.each(REFUSED)("%s is refused with exit code 2", async (_what, words, message) => {
  const ended = await run(words);
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toMatch(message);
});

test.each([
  ["--api-key=SECRET"],
  ["--key", "SECRET"],
  ["--azure-ad-token", "SECRET"],
  ["--credential", "SECRET"],
])("a secret on the command line (%s) is refused and not repeated", async (...words) => {
  const { code, stderr } = await run(["complete", "x", ...words], variablesFor(emulator(), "instruct"));
  expect(code).toBe(2);
  expect(stderr).toContain("AZURE_OPENAI_API_KEY");
  expect(stderr).not.toContain("SECRET");
  expect(emulator().requests).toEqual([]);
});

test("help and version go to standard output", async () => {
  expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await run(["--help"])).stdout).toContain("Exit codes: 0 fine; 1 something failed; 2");
  const help = await run(["complete", "--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("--max-tokens NUMBER");
});
