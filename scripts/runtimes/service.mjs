import { startEmulator } from "langchain-azure-openai/emulator";

export const DEPLOYMENT = "gpt-35-turbo-instruct-0914";

const JOKE = "\n\nWhy did the developer go broke?\n\nBecause he used up all his cache.";
const HAIKU = [
  "\n\nRain taps at the pane,",
  "\nthe gutters hum their one song,",
  "\nthe street shines at last.",
];

/** The model as it prints itself. */
export const VIEW = `AzureOpenAI
Params: {"deployment_name":"${DEPLOYMENT}","model_name":"gpt-3.5-turbo-instruct","temperature":0.7,"top_p":1,\
"frequency_penalty":0,"presence_penalty":0,"n":1,"logit_bias":{},"max_tokens":256}`;

/** What a program shows of its model: the model, an answer, a streamed answer and a batch. */
export const CONVERSATION = [VIEW, JOKE, HAIKU.join(""), "ONE\nTWO\nTHREE"].join("\n");

/** Starts the service that the programs talk to. */
export async function startService() {
  const emulator = await startEmulator();
  emulator.respond(/joke/, JOKE);
  emulator.respond(/haiku/, { chunks: HAIKU });
  emulator.respond(/^(one|two|three)$/, (prompt) => prompt.toUpperCase());
  return emulator;
}
