// The walk-through: what this package does, in the order in which one meets it.
//
//   npm run quickstart                          against the emulator, without an account
//   npm run quickstart -- --operation chat      ask for chat completions: completions, chat, responses or auto
//
// With AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_DEPLOYMENT_NAME and AZURE_OPENAI_API_KEY set (or OPENAI_API_TYPE=azure_ad
// for Microsoft Entra ID) it runs against your own Azure OpenAI.

import { parseArgs } from "node:util";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { PromptTemplate } from "@langchain/core/prompts";
import { AzureOpenAI } from "langchain-azure-openai";
import { startEmulator } from "langchain-azure-openai/emulator";

/** @typedef {import("langchain-azure-openai").AzureOpenAIInput} Options */

/** The variables that say where your Azure OpenAI is. */
const PLACES = ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_BASE_PATH", "AZURE_OPENAI_API_INSTANCE_NAME"];

/** @param {Options} options */
async function walkThrough(options) {
  const llm = new AzureOpenAI(options);

  heading("A joke");
  console.log(await llm.invoke("Tell me a joke"));

  heading("The model, as it prints");
  console.log(llm);

  heading("A stream, as it arrives");
  for await (const piece of await llm.stream("Write a haiku about rain")) process.stdout.write(piece);
  console.log();

  heading("A chain: prompt, model, parser");
  const prompt = PromptTemplate.fromTemplate("How to say {input} in {language}:\n");
  const chain = prompt.pipe(llm).pipe(new StringOutputParser());
  console.log(await chain.invoke({ input: "I love programming", language: "German" }));

  heading("A batch");
  const cities = ["Lisbon", "Nairobi", "Osaka"];
  const answers = await llm.batch(cities.map((city) => `Name one dish from ${city}.`));
  for (const [index, city] of cities.entries()) console.log(`${city}: ${answers[index]?.trim()}`);
}

/** @param {Options} options */
async function walkThroughOnEmulator(options) {
  const emulator = await startEmulator({
    deployments: {
      "gpt-35-turbo-instruct-0914": { model: "gpt-35-turbo-instruct", latencyMs: { perToken: 10 } },
      "gpt-4o": { model: "gpt-4o", latencyMs: { perToken: 10 } },
    },
  });
  emulator.respond(/joke/, "\n\nWhy did the developer go broke?\n\nBecause he used up all his cache.");
  emulator.respond(
    /haiku/,
    "\n\nRain taps at the pane,\nthe gutters hum their one song,\nthe street shines at last.",
  );
  emulator.respond(/I love programming/, "\nIch liebe das Programmieren.");
  emulator.respond(/Lisbon/, "\n\nBacalhau à Brás");
  emulator.respond(/Nairobi/, "\n\nNyama choma");
  emulator.respond(/Osaka/, "\n\nOkonomiyaki");

  const completions = options.operation === "completions" || options.operation === "auto";
  try {
    await walkThrough({
      ...options,
      azureEndpoint: emulator.endpoint,
      apiKey: emulator.apiKey,
      deploymentName: completions ? "gpt-35-turbo-instruct-0914" : "gpt-4o",
    });
  } finally {
    await emulator.close();
  }
}

/**
 * @param {string} text
 * @returns {text is NonNullable<Options["operation"]>}
 */
function isOperation(text) {
  return ["completions", "chat", "responses", "auto"].includes(text);
}

/** @param {string} text */
function heading(text) {
  console.log(`\n--- ${text}\n`);
}

try {
  const { values } = parseArgs({ options: { operation: { type: "string", default: "auto" } } });
  const { operation } = values;
  if (!isOperation(operation)) {
    throw new Error(`--operation is one of completions, chat, responses and auto, not "${operation}".`);
  }
  // A blank variable is an absent one.
  const place = PLACES.find((name) => process.env[name]?.trim());
  if (place === undefined) {
    await walkThroughOnEmulator({ operation });
    console.log(
      "\nThis ran against the emulator on this machine: the text above is canned, no model wrote it.",
    );
    console.log("Set AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_DEPLOYMENT_NAME and AZURE_OPENAI_API_KEY");
    console.log("to run it against your Azure OpenAI.");
  } else {
    await walkThrough({ operation });
    console.log(`\nThis ran against your Azure OpenAI, as ${place} says.`);
  }
} catch (error) {
  console.error(error instanceof Error ? `\n${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
