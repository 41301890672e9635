// What a first program does, with `import`. scripts/runtimes.mjs runs it on each runtime that has a command.

import { AzureOpenAI } from "langchain-azure-openai";

const llm = new AzureOpenAI();
console.log(llm);
console.log(String(llm));
console.log(await llm.invoke("Tell me a joke"));
for await (const piece of await llm.stream("Write a haiku about rain")) process.stdout.write(piece);
console.log();
console.log((await llm.batch(["one", "two", "three"])).join("\n"));
