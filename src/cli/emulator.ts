import type { Arguments } from "./arguments.js";
import { codeOf } from "./code-of.js";
import type { Command } from "./command.js";
import { EXIT } from "./exit-codes.js";
import { say, writeOut } from "./output.js";
import { UsageError } from "./usage-error.js";

const HIGHEST_PORT = 65_535;

/** What a long-running emulator remembers of what it was asked: nobody reads it. */
const KEPT_REQUESTS = 1;

function readPort(given: Arguments): number {
  const port = given.number("port") ?? 0;
  if (Number.isInteger(port) && port >= 0 && port <= HIGHEST_PORT) return port;
  throw new UsageError(`--port wants a whole number from 0 to ${HIGHEST_PORT}; 0 takes a free one.`);
}

function isPortTaken(error: unknown): boolean {
  return codeOf(error) === "EADDRINUSE";
}

function explainTakenPort(port: number): string {
  return `Port ${port} is taken by another program, or by another emulator. Choose another with --port N, or leave --port out to get a free one.`;
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

async function run(given: Arguments): Promise<number> {
  const port = readPort(given);
  const { startEmulator } = await import("langchain-azure-openai/emulator");
  const azure = await startEmulator({ port, keepRequests: KEPT_REQUESTS }).catch((error: unknown) => {
    throw isPortTaken(error) ? new Error(explainTakenPort(port), { cause: error }) : error;
  });
  const ended = nextSignal();
  say("An emulator of Azure OpenAI is running. Its text is canned or made up: it is no model.\n");
  say(`  endpoint     ${azure.endpoint}`);
  say(`  key          ${azure.apiKey}`);
  say(`  token        ${azure.token}`);
  say(`  deployments  ${azure.deployments.join(", ")}\n`);
  say("To use it from another terminal:\n");
  await writeOut(
    [
      `export AZURE_OPENAI_ENDPOINT=${azure.endpoint}`,
      `export AZURE_OPENAI_API_KEY=${azure.apiKey}`,
      `export AZURE_OPENAI_API_DEPLOYMENT_NAME=${azure.deployments[0] ?? ""}`,
      "",
    ].join("\n"),
  );
  say("\nCtrl-C ends it.");
  await ended;
  await azure.close();
  return EXIT.fine;
}

/** Runs the emulator. */
export const emulator: Command = {
  name: "emulator",
  usage: "[--port N]",
  about: "Runs an emulator of Azure OpenAI on this machine until Ctrl-C.",
  notes: ["The export lines go to standard output, the rest to standard error."],
  flags: {
    port: {
      kind: "number",
      placeholder: "N",
      about: "The port to listen on; a free one where it is not given.",
    },
  },
  takesModel: false,
  positionals: [],
  run,
};
