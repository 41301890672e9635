import { AzureOpenAI } from "langchain-azure-openai";
import { DEPLOYMENTS } from "./deployments.mjs";

/**
 * @typedef {{ endpoint: string, apiKey: string }} Service where the service is, and its key
 * @typedef {import("langchain-azure-openai").AzureOpenAIInput} Input
 */

/**
 * The options of the models that are called: each operation on one deployment and on several, an operation that is to
 * be found out, a streaming one and one that groups single calls.
 *
 * @param {Service} service
 * @returns {readonly Input[]}
 */
export function listModels({ endpoint, apiKey }) {
  const { completions, chat, responses } = DEPLOYMENTS;
  const shared = {
    azureEndpoint: endpoint,
    apiKey,
    timeout: 8000,
    idleTimeout: 5000,
    totalTimeout: 60_000,
    maxTokens: 200,
  };
  /** @param {readonly string[]} names */
  const several = (names) => ({ deployments: names.map((deploymentName) => ({ deploymentName })) });
  /** @param {readonly string[]} names */
  const first = (names) => ({ deploymentName: names[0] });
  return [
    { ...shared, ...first(completions), operation: "completions", apiVersion: "2024-10-21" },
    { ...shared, ...several(completions), operation: "completions" },
    { ...shared, ...first(chat), operation: "chat", apiVersion: "2024-10-21" },
    { ...shared, ...several(chat), operation: "chat" },
    { ...shared, ...first(responses), operation: "responses" },
    { ...shared, ...several(responses), operation: "responses" },
    { ...shared, ...several(chat) },
    { ...shared, ...first(completions), coalesce: true },
    { ...shared, ...several(completions), streaming: true },
  ];
}

/**
 * A new instance with these options.
 *
 * @param {Input} input
 */
export function createModel(input) {
  return new AzureOpenAI(input);
}
