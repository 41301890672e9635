// A program that signs in with what Azure's own library finds.

import { AzureOpenAI } from "langchain-azure-openai";
import { converse } from "./converse.mjs";

console.log(await converse(new AzureOpenAI({ credential: "default" })));
