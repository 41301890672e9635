// Runs the walk-through (walk-through.mjs) on the package as it is built.
//
//   npm run quickstart                          against the emulator, without an account
//   npm run quickstart -- --operation chat      ask for chat completions: completions, chat, responses or auto
//   npm run quickstart -- --no-build            on what is built, also if the sources are newer
//
// With AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_DEPLOYMENT_NAME and AZURE_OPENAI_API_KEY set (or OPENAI_API_TYPE=azure_ad
// for Microsoft Entra ID) it runs against your own Azure OpenAI.

import { parseArgs } from "node:util";
import { buildIfOlder } from "./build-if-older.mjs";

/** The variables that say where your Azure OpenAI is. */
const PLACES = ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_BASE_PATH", "AZURE_OPENAI_API_INSTANCE_NAME"];

const OPERATIONS = /** @type {const} */ (["completions", "chat", "responses", "auto"]);

function readArguments() {
  const { values } = parseArgs({
    options: { operation: { type: "string", default: "auto" }, "no-build": { type: "boolean" } },
  });
  const operation = OPERATIONS.find((name) => name === values.operation);
  if (operation === undefined) {
    throw new Error(`--operation is one of ${OPERATIONS.join(", ")}, not "${values.operation}".`);
  }
  return { operation, build: values["no-build"] !== true };
}

try {
  const { operation, build } = readArguments();
  // A blank variable is an absent one.
  const place = PLACES.find((name) => process.env[name]?.trim());
  console.log(
    place === undefined
      ? "Asking the emulator on this machine: its texts are canned, no model writes them."
      : `Asking your Azure OpenAI, as ${place} says.`,
  );
  if (build) buildIfOlder();
  const { walkThrough, walkThroughOnEmulator } = await import("./walk-through.mjs");
  if (place === undefined) {
    await walkThroughOnEmulator({ operation });
    console.log("\nSet AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_DEPLOYMENT_NAME and AZURE_OPENAI_API_KEY");
    console.log("to ask your Azure OpenAI instead.");
  } else {
    await walkThrough({ operation });
  }
} catch (error) {
  console.error(error instanceof Error ? `\n${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
