import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020";

import { isObject } from "../../src/operations/json.js";
import type { JsonObject, Operation } from "../../src/operations/operation.js";
import { operations } from "../../src/operations/operations.js";
import type { Parameters } from "../../src/settings/settings.js";
import { ask } from "./helpers.js";

const directory = process.env["AZURE_OPENAI_SPEC"] ?? "";
const isThere = directory !== "" && existsSync(directory);
if (!isThere) {
  process.stderr.write(
    "Skipped: request bodies against Microsoft's specification. Set AZURE_OPENAI_SPEC to the directory of its files.\n",
  );
}

const OPTIONS = { strict: false, validateFormats: false, allErrors: true } as const;
const DATED = "azure-openai-inference-2024-10-21.json";
const V1 = "azure-openai-v1-2026-03.chat-completions-responses-subset.json";

const COMMON: Parameters = { temperature: 0, maxTokens: 50, topP: 0.5, user: "u" };
const BOTH: Parameters = {
  ...COMMON,
  n: 2,
  frequencyPenalty: -1,
  presencePenalty: 1,
  logitBias: { "1": 1 },
  seed: 0,
  logprobs: 3,
  stop: ["a", "b", "c", "d"],
};

const REQUESTS: [keyof typeof operations, Parameters][] = [
  ["completions", {}],
  ["completions", { ...BOTH, bestOf: 3, echo: true, suffix: "" }],
  ["chat", {}],
  ["chat", { ...BOTH, systemMessage: "Be brief" }],
  ["responses", {}],
  ["responses", { ...COMMON, systemMessage: "Be brief", logprobs: 0, n: 3, stop: ["a"] }],
];

/** Follows a path into a specification, through references. */
function find(spec: JsonObject, place: readonly string[]): { schema: JsonObject; pointer: string } {
  let schema: unknown = spec;
  for (const key of place) schema = isObject(schema) ? schema[key] : undefined;
  if (!isObject(schema)) throw new Error(`The specification has no ${place.join(" ")}.`);
  const reference = schema["$ref"];
  if (typeof reference === "string") return find(spec, reference.slice("#/".length).split("/"));
  const pointer = place.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1")).join("/");
  return { schema, pointer: `spec#/${encodeURI(pointer)}` };
}

function createCheck(file: string): (path: string, body: JsonObject) => void {
  // JSON Schema has no `nullable` without a type, and we send no nulls.
  const spec: unknown = JSON.parse(readFileSync(join(directory, file), "utf8"), (key, value: unknown) =>
    key === "nullable" ? undefined : value,
  );
  if (!isObject(spec)) throw new Error(`${file} is not a specification.`);
  const ajv = file === V1 ? new Ajv2020(OPTIONS) : new Ajv(OPTIONS);
  ajv.addSchema(spec, "spec");
  return (path, body) => {
    const { schema, pointer } = find(spec, [
      "paths",
      path,
      "post",
      "requestBody",
      "content",
      "application/json",
      "schema",
    ]);
    const validate = ajv.compile({ $ref: pointer });
    validate(body);
    expect(validate.errors ?? []).toEqual([]);
    // The schemas let other fields pass; what we send must be known.
    expect(Object.keys(allProperties(spec, schema))).toEqual(expect.arrayContaining(Object.keys(body)));
  };
}

function allProperties(spec: JsonObject, schema: JsonObject): JsonObject {
  const parts = Array.isArray(schema["allOf"]) ? schema["allOf"].filter(isObject) : [];
  const resolved = parts.map((part) => {
    const reference = part["$ref"];
    return typeof reference === "string" ? find(spec, reference.slice("#/".length).split("/")).schema : part;
  });
  return Object.assign(
    {},
    schema["properties"],
    ...resolved.map((part) => allProperties(spec, part)),
  ) as JsonObject; // Object.assign over a spread is typed any.
}

function toBodies(operation: Operation, parameters: Parameters): JsonObject[] {
  return [ask(parameters), ask(parameters, { stream: true })].map((request) => operation.toBody(request));
}

(isThere ? describe : describe.skip)("request bodies are valid by Microsoft's specification", () => {
  test.each(REQUESTS.filter(([name]) => operations[name].deploymentScoped))(
    "of the dated API: %s %j",
    (name, parameters) => {
      const check = createCheck(DATED);
      const operation = operations[name];
      for (const body of toBodies(operation, parameters)) {
        // Came with a preview and is missing from the file; a deployment that refuses it is not asked again.
        const known = Object.entries(body).filter(([field]) => field !== "stream_options");
        check(`/deployments/{deployment-id}${operation.path}`, Object.fromEntries(known));
      }
    },
  );

  test.each(REQUESTS)("of the v1 API: %s %j", (name, parameters) => {
    const check = createCheck(V1);
    const operation = operations[name];
    for (const body of toBodies(operation, parameters)) check(operation.path, { model: "m", ...body });
  });
});
