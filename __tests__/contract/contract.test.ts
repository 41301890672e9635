import type { AzureOpenAIInput } from "../../src/index.js";
import { connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { type ContractService, describeLLMContract } from "./contract.js";

const azure = useEmulator();
useCleanEnvironment();

const service: ContractService = {
  answer: (words, text) => {
    azure().respond(words, { text, delayMs: 5 });
  },
  refuse: (words) => {
    azure().filterPrompt(words);
  },
  failOnce: (words) => {
    azure().fail({ status: 500, match: words });
  },
  stall: (words) => {
    azure().fail({ kind: "stall", match: words, times: Infinity });
  },
  received: (requests) => azure().received(requests),
  requests: () => azure().requests.length,
  mostAtOnce: () => azure().inFlight.most,
};

const models: Readonly<Record<string, AzureOpenAIInput>> = {
  completions: { deploymentName: "instruct", operation: "completions" },
  chat: { deploymentName: "chat", operation: "chat" },
  responses: { deploymentName: "chat", operation: "responses" },
};

for (const [name, fields] of Object.entries(models)) {
  describeLLMContract(name, (options) => connect(azure(), { ...fields, maxRetries: 0, ...options }), service);
}
