// A program that counts tokens.

import { AzureOpenAI } from "langchain-azure-openai";

console.log(await new AzureOpenAI({ model: "gpt-4o" }).getNumTokens("Tell me a joke").catch(String));
