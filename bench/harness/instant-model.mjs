/** What LangChain itself takes, whatever the model. */
export const LANGCHAIN = "LangChain with a model that answers at once";

export async function makeInstantModel() {
  const { LLM } = await import("@langchain/core/language_models/llms");
  return new (class extends LLM {
    _llmType() {
      return "instant";
    }
    async _call() {
      return " A model would have written some two dozen words here, and nobody would have measured those.";
    }
  })({});
}
