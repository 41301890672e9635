import type { OperationName, Parameters } from "../settings/settings.js";

const names = new WeakMap<Parameters, string>();

/** The names of what a caller set: what a deployment may refuse to know. */
function toNames(parameters: Parameters): string {
  const known = names.get(parameters);
  if (known !== undefined) return known;
  const { modelKwargs = {}, ...own } = parameters;
  const all = [...Object.keys(own), ...Object.keys(modelKwargs).map((name) => `modelKwargs.${name}`)];
  const text = all.sort().join();
  names.set(parameters, text);
  return text;
}

const values = new WeakMap<Parameters, string>();

/** Which requests of a kind are alike in the values as well: what refuses one for an option refuses the others. */
export function exactKindOf(kind: string, parameters: Parameters): string {
  const known = values.get(parameters) ?? JSON.stringify(parameters);
  values.set(parameters, known);
  return `${kind} ${known}`;
}

/** What a request asks for, whatever the operation. */
export function formOf(streamsUsage: boolean, parameters: Parameters): string {
  return `${streamsUsage ? "~" : ""}${toNames(parameters)}`;
}

/**
 * Which requests are alike, in that a deployment that understands one understands the others.
 *
 * Models of the completions operation take its parameters all, so there a stream alone is another kind.
 */
export function kindOf(operation: OperationName, streamsUsage: boolean, parameters: Parameters): string {
  return operation === "completions"
    ? `completions${streamsUsage ? "~" : ""}`
    : `${operation} ${formOf(streamsUsage, parameters)}`;
}
