// What this package does, in the order in which one meets it. `npm run quickstart` runs it.

import { StringOutputParser } from "@langchain/core/output_parsers";
import { PromptTemplate } from "@langchain/core/prompts";
import { AzureOpenAI } from "langchain-azure-openai";
import { startEmulator } from "langchain-azure-openai/emulator";

/** @typedef {import("langchain-azure-openai").AzureOpenAIInput} Options */

/**
 * Walks through with the settings of the environment, and these.
 *
 * @param {Options} options
 */
export async function walkThrough(options) {
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

/**
 * Walks through on an emulator, with canned answers.
 *
 * @param {Options} options
 */
export async function walkThroughOnEmulator(options) {
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

/** @param {string} text */
function heading(text) {
  console.log(`\n--- ${text}\n`);
}
