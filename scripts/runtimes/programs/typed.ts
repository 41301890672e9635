// What a first program does, in TypeScript, and a mistake that shows that the types are found.

import { AzureOpenAI, AzureOpenAIError, type AzureOpenAIInput } from "langchain-azure-openai";
import { startEmulator } from "langchain-azure-openai/emulator";

export async function main(options: AzureOpenAIInput): Promise<string> {
  const azure = await startEmulator();
  const llm = new AzureOpenAI({ ...options, azureEndpoint: azure.endpoint, apiKey: azure.apiKey });
  try {
    return await llm.invoke("Tell me a joke");
  } catch (error) {
    if (AzureOpenAIError.isInstance(error)) return error.code;
    throw error;
  } finally {
    await azure.close();
  }
}

// @ts-expect-error: there is no such option
export const wrong = new AzureOpenAI({ temprature: 0 });
