/**
 * Brings a model's name into the form that the tables use: Azure writes `gpt-35`, served models carry
 * a version, fine-tuned ones their base model's name and more.
 */
export function normalizeModelName(model: string): string {
  return model
    .trim()
    .toLowerCase()
    .replace(/^(?:azure|openai)\//, "")
    .replace(/^ft:/, "")
    .replace(/[:.]ft-.*$|:.*$/, "")
    .replace(/^gpt-35(?=-|$)/, "gpt-3.5");
}
