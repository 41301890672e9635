import { execFile } from "node:child_process";
import { resolve } from "node:path";

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

/** Runs the walk-through on the built package as `npm run quickstart` does, with these variables and no others. */
async function runQuickstart(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((settle) => {
    execFile(
      process.execPath,
      ["scripts/quickstart.mjs", ...args],
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
  expect(stdout).toContain("This ran against the emulator on this machine");
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
  expect(stdout).toContain("This ran against your Azure OpenAI, as AZURE_OPENAI_ENDPOINT says.");
  expect(stdout).not.toContain("emulator on this machine");
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
  expect(stderr).toContain("completions, chat, responses and auto");
});
