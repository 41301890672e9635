// What a program in a bundle does with its model.

/** @param {import("langchain-azure-openai").AzureOpenAI} llm */
export async function converse(llm) {
  const pieces = [];
  const answer = await llm.invoke("Tell me a joke");
  for await (const piece of await llm.stream("Write a haiku about rain")) pieces.push(piece);
  const answers = await llm.batch(["one", "two", "three"]);
  return [String(llm), answer, pieces.join(""), ...answers].join("\n");
}
