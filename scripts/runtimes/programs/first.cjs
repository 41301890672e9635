// What a first program does, with `require`. scripts/runtimes.mjs runs it on each runtime that has a command.

const { AzureOpenAI } = require("langchain-azure-openai");

async function main() {
  const llm = new AzureOpenAI();
  console.log(llm);
  console.log(String(llm));
  console.log(await llm.invoke("Tell me a joke"));
  for await (const piece of await llm.stream("Write a haiku about rain")) process.stdout.write(piece);
  console.log();
  console.log((await llm.batch(["one", "two", "three"])).join("\n"));
}

void main();
