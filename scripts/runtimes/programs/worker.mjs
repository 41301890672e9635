// A worker for workerd; scripts/runtimes/workerd.mjs bundles and asks it.

import { AzureOpenAI } from "langchain-azure-openai";
import { converse } from "./converse.mjs";

/**
 * @typedef {{ ENDPOINT: string, DEPLOYMENT: string, KEY: string, TOKEN: string }} Bindings
 * @typedef {import("langchain-azure-openai").AzureOpenAIInput} Options
 */

/** @type {Record<string, (bindings: Bindings) => Options>} */
const signIns = {
  key: ({ KEY }) => ({ apiKey: KEY }),
  token: ({ TOKEN }) => ({ azureADTokenProvider: async () => TOKEN }),
  default: () => ({ credential: "default" }),
};

/**
 * @param {string} signIn
 * @param {Bindings} bindings
 */
function createModel(signIn, bindings) {
  return new AzureOpenAI({
    azureEndpoint: bindings.ENDPOINT,
    deploymentName: bindings.DEPLOYMENT,
    apiVersion: "2024-10-21",
    ...signIns[signIn]?.(bindings),
  });
}

/** @type {AzureOpenAI | undefined} */
let shared;

// A worker is its module's default export.
export default {
  /**
   * @param {Request} request
   * @param {Bindings} bindings
   */
  async fetch(request, bindings) {
    const what = new URL(request.url).pathname.slice(1);
    try {
      const llm = what === "shared" ? (shared ??= createModel("key", bindings)) : createModel(what, bindings);
      return new Response(await converse(llm));
    } catch (error) {
      return new Response(String(error));
    }
  },
};
