// What a first chain looks like in TypeScript, and a mistake that shows that the types are found.

import { StringOutputParser } from "@langchain/core/output_parsers";
import { PromptTemplate } from "@langchain/core/prompts";
import { AzureOpenAI, AzureOpenAIError, type AzureOpenAIInput, VERSION } from "langchain-azure-openai";
import { startEmulator } from "langchain-azure-openai/emulator";

const options: AzureOpenAIInput = { deploymentName: "instruct", temperature: 0, stop: ["\n"] };
export const version: string = VERSION;

export async function main(): Promise<string> {
  const azure = await startEmulator();
  const llm = new AzureOpenAI({ ...options, azureEndpoint: azure.endpoint, apiKey: azure.apiKey });
  const chain = PromptTemplate.fromTemplate("{input}").pipe(llm).pipe(new StringOutputParser());
  try {
    return await chain.invoke({ input: "Hello" }, { signal: AbortSignal.timeout(1_000) });
  } catch (error) {
    if (AzureOpenAIError.isInstance(error)) return error.code;
    throw error;
  } finally {
    await azure.close();
  }
}

// @ts-expect-error: there is no such option
export const wrong = new AzureOpenAI({ temprature: 0 });
