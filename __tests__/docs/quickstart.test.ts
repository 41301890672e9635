import { execFile, spawnSync, type SpawnSyncReturns } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { useEmulator, WALKTHROUGH_DEPLOYMENT } from "../support/emulator.js";

const ROOT = resolve(__dirname, "../..");

/** What the walk-through shows, in this order. */
const HEADINGS = [
  "A joke",
  "The model, as it prints",
  "A stream, as it arrives",
  "A chain: prompt, model, parser",
  "A batch",
];

const azure = useEmulator();

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the walk-through on the package as it is built, with these variables and no others. */
async function runQuickstart(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((settle) => {
    execFile(
      process.execPath,
      ["scripts/quickstart.mjs", "--no-build", ...args],
      { cwd: ROOT, env },
      (error, stdout, stderr) => {
        settle({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
      },
    );
  });
}

/** The walk-through's headings among what was printed. */
function headings(stdout: string): readonly (string | undefined)[] {
  return [...stdout.matchAll(/^--- (.*)$/gm)].map(([, heading]) => heading);
}

test.each([
  ["completions", "gpt-35-turbo-instruct-0914"],
  ["chat", "gpt-4o"],
  ["responses", "gpt-4o"],
  ["auto", "gpt-35-turbo-instruct-0914"],
])("without an account the walk-through of %s runs against the emulator", async (operation, deployment) => {
  const { code, stdout, stderr } = await runQuickstart(["--operation", operation]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(headings(stdout)).toEqual(HEADINGS);
  expect(stdout).toContain("Because he used up all his cache.");
  expect(stdout).toContain(`AzureOpenAI\nParams: {"deployment_name":"${deployment}"`);
  expect(stdout).toContain("the street shines at last.");
  expect(stdout).toContain("Ich liebe das Programmieren.");
  expect(stdout).toContain("Lisbon: Bacalhau à Brás\nNairobi: Nyama choma\nOsaka: Okonomiyaki\n");
  expect(stdout.trimEnd()).toMatch(/to ask your Azure OpenAI instead\.$/);
});

test("with an endpoint in the environment the walk-through runs against that one", async () => {
  azure().respond(/joke/, "A joke of this resource.");
  const { code, stdout, stderr } = await runQuickstart([], {
    AZURE_OPENAI_ENDPOINT: azure().endpoint,
    AZURE_OPENAI_API_KEY: azure().apiKey,
    AZURE_OPENAI_API_DEPLOYMENT_NAME: WALKTHROUGH_DEPLOYMENT,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(headings(stdout)).toEqual(HEADINGS);
  expect(stdout).toContain("A joke of this resource.");
  expect(stdout).not.toContain("emulator");
});

test("it says first that it asks the emulator, whose texts are canned", async () => {
  const { stdout } = await runQuickstart([]);
  expect(stdout.split("\n")[0]).toBe(
    "Asking the emulator on this machine: its texts are canned, no model writes them.",
  );
});

test("it says first that it asks the endpoint of the environment, and which variable says so", async () => {
  const { stdout } = await runQuickstart([], { AZURE_OPENAI_API_INSTANCE_NAME: " - " });
  expect(stdout.split("\n")[0]).toBe("Asking your Azure OpenAI, as AZURE_OPENAI_API_INSTANCE_NAME says.");
});

test("a walk-through that fails says why and ends with 1", async () => {
  const { code, stderr } = await runQuickstart([], {
    AZURE_OPENAI_ENDPOINT: azure().endpoint,
    AZURE_OPENAI_API_KEY: "another-key",
    AZURE_OPENAI_API_DEPLOYMENT_NAME: WALKTHROUGH_DEPLOYMENT,
  });
  expect(code).toBe(1);
  expect(stderr).toContain("AuthenticationError: The sign-in was not accepted.");
});

test("an operation that does not exist is refused with those that do", async () => {
  const { code, stderr } = await runQuickstart(["--operation", "images"]);
  expect(code).toBe(1);
  expect(stderr).toContain('--operation is one of completions, chat, responses, auto, not "images".');
});

describe("the build before it", () => {
  /** A project whose build says that it ran, with the scripts of the walk-through. */
  function createProject(): string {
    const directory = mkdtempSync(join(tmpdir(), "quickstart-"));
    mkdirSync(join(directory, "src/cli"), { recursive: true });
    writeFileSync(join(directory, "src/cli/main.ts"), "");
    writeFileSync(join(directory, "rollup.config.mjs"), "");
    writeFileSync(
      join(directory, "package.json"),
      JSON.stringify({
        type: "module",
        scripts: { build: "echo built >> builds && mkdir -p dist && touch dist/emulator.d.cts" },
      }),
    );
    cpSync(join(ROOT, "scripts"), join(directory, "scripts"), { recursive: true });
    writeFileSync(
      join(directory, "scripts/walk-through.mjs"),
      "export async function walkThroughOnEmulator() {}\nexport async function walkThrough() {}\n",
    );
    return directory;
  }

  let project: string;
  beforeEach(() => (project = createProject()));
  afterEach(() => rmSync(project, { recursive: true }));

  const run = (...args: string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, ["scripts/quickstart.mjs", ...args], { cwd: project, encoding: "utf8" });
  const builds = (): number => {
    const log = join(project, "builds");
    return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").length : 0;
  };
  const touch = (path: string, at: number): void => utimesSync(join(project, path), at, at);

  test("is made where there is none, and only once", () => {
    expect(run()).toMatchObject({ status: 0, stderr: "" });
    expect(run()).toMatchObject({ status: 0, stderr: "" });
    expect(builds()).toBe(1);
  });

  test.each(["src/cli/main.ts", "src/cli", "package.json", "rollup.config.mjs"])(
    "is made again when %s has changed since",
    (path) => {
      run();
      touch(path, Date.now() / 1000 + 60);
      run();
      expect(builds()).toBe(2);
    },
  );

  test("is left out with --no-build", () => {
    expect(run("--no-build")).toMatchObject({ status: 0, stderr: "" });
    expect(builds()).toBe(0);
  });

  test("is not made for a command line that is refused", () => {
    expect(run("--operation", "bogus")).toMatchObject({ status: 1, stdout: "" });
    expect(builds()).toBe(0);
  });
});
