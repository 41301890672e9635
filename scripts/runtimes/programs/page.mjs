// A page's program; scripts/runtimes/chromium.mjs bundles and serves it.

import { AzureOpenAI } from "langchain-azure-openai";
import { converse } from "./converse.mjs";

/** @returns {Promise<string>} */
async function show() {
  const { deployment, token, variables } = await (await fetch("/settings")).json();
  // Pages bring a `process` of their own, for libraries that read the environment.
  if (variables !== undefined) Object.assign(globalThis, { process: { env: variables } });
  const llm = new AzureOpenAI({
    azureEndpoint: location.origin,
    deploymentName: deployment,
    ...(token === undefined ? { credential: "default" } : { azureADTokenProvider: async () => token }),
  });
  return converse(llm);
}

const body = await show().catch(String);
await fetch("/shown", { method: "POST", body });
