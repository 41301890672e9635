// A program that signs in with a key and counts no tokens.

import { AzureOpenAI } from "langchain-azure-openai";
import { converse } from "./converse.mjs";

console.log(await converse(new AzureOpenAI()));
