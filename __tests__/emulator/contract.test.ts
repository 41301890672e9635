import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import Ajv, { type ValidateFunction } from "ajv";
import Ajv2020 from "ajv/dist/2020";

import { startEmulator, type Emulator } from "../../src/emulator/index.js";
import { post, readEvents, type Parsed } from "./ask.js";

const directory = process.env["AZURE_OPENAI_SPEC"] ?? "";
const isThere = directory !== "" && existsSync(directory);
const describeContract = isThere ? describe : describe.skip;
if (!isThere) {
  process.stderr.write(
    "Skipped: the emulator against Microsoft's specification. Set AZURE_OPENAI_SPEC to the directory of its files.\n",
  );
}

const OPTIONS = { strict: false, validateFormats: false, allErrors: true } as const;
const GA = "azure-openai-inference-2024-10-21.json";
const V1 = "azure-openai-v1-2026-03.chat-completions-responses-subset.json";

function readSpec(file: string): Parsed {
  return JSON.parse(readFileSync(join(directory, file), "utf8"));
}

/**
 * Microsoft's files are stricter in places than its service. What recorded answers, or the file's own
 * examples, do otherwise is allowed here.
 */
function relax(spec: Parsed): Parsed {
  const { schemas } = spec.components;
  // OpenAPI 3.0 takes null in a nullable enumeration, JSON Schema does not.
  visit(spec, (node) => {
    if (node.nullable === true && Array.isArray(node.enum)) node.enum = [...node.enum, null];
  });
  const chunk = schemas.createChatCompletionStreamResponse;
  if (chunk !== undefined) chunk.properties.system_fingerprint = {};
  const prompt = schemas.AzureContentFilterResultForPrompt;
  if (prompt !== undefined) {
    prompt.properties.content_filter_results.required = [];
    // Typed a whole prompt result too deep for chat.
    const chat = spec.paths["/chat/completions"].post.responses["200"].content["application/json"].schema;
    chat.anyOf[0].properties.prompt_filter_results.items.properties.content_filter_results =
      prompt.properties.content_filter_results;
    schemas["OpenAI.ToolChoiceParam"] = {};
  }
  return spec;
}

function visit(node: Parsed, change: (node: Parsed) => void): void {
  if (typeof node !== "object" || node === null) return;
  change(node);
  for (const child of Object.values(node)) visit(child, change);
}

/** Validators for parts of a specification, named by where they are in it. */
function createValidators(ajv: Ajv | Ajv2020, spec: Parsed): (...place: string[]) => ValidateFunction {
  ajv.addSchema(spec, "spec");
  const known = new Map<string, ValidateFunction>();
  return (...place) => {
    const pointer = place.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1")).join("/");
    const validate = known.get(pointer) ?? ajv.compile({ $ref: `spec#/${encodeURI(pointer)}` });
    known.set(pointer, validate);
    return validate;
  };
}

function expectValid(validate: ValidateFunction, value: unknown): void {
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
}

/** The specification calls `output_message` what the service calls `message`. */
function rename(value: Parsed): Parsed {
  if (value.type === "message") return { ...value, type: "output_message" };
  if (value.output !== undefined) return { ...value, output: value.output.map(rename) };
  if (value.response !== undefined) return { ...value, response: rename(value.response) };
  return value.item === undefined ? value : { ...value, item: rename(value.item) };
}

describeContract("what the emulator answers is valid by Microsoft's specification", () => {
  let azure: Emulator;
  beforeAll(async () => {
    azure = await startEmulator();
    azure.respond(/forbidden/, "Something violent happened.");
    azure.filterCompletion(/violent/);
    azure.filterPrompt(/attack/, { category: "jailbreak" });
  });
  afterAll(() => azure.close());

  const completions = [
    { prompt: "Tell me a joke", max_tokens: 50 },
    { prompt: ["a", "b", "c"], n: 2, max_tokens: 5 },
    { prompt: "Hello", logprobs: 3, max_tokens: 5 },
    { prompt: "Hello", echo: true, best_of: 3, seed: 7, stop: ["."], suffix: "end" },
    { prompt: "forbidden", max_tokens: 50 },
  ];
  const chats = [
    { messages: [{ role: "user", content: "Tell me a joke" }] },
    { messages: [{ role: "user", content: "Hi" }], n: 2, max_tokens: 3, logprobs: true, top_logprobs: 2 },
    { messages: [{ role: "user", content: "forbidden" }], seed: 1 },
  ];

  describe("dated API", () => {
    const spec = isThere ? relax(readSpec(GA)) : undefined;
    const validators = isThere ? createValidators(new Ajv(OPTIONS), spec) : undefined;
    const validate = (name: string): ValidateFunction => validators!("components", "schemas", name);

    test.each(completions)("completions %j", async (body) => {
      const response = await post(azure, body);
      expect(response.status).toBe(200);
      expectValid(validate("createCompletionResponse"), await response.json());
    });

    test.each(chats)("chat %j", async (body) => {
      const response = await post(azure, body, { operation: "chat" });
      expect(response.status).toBe(200);
      expectValid(validate("createChatCompletionResponse"), await response.json());
    });

    test("chunks of a chat stream, but for those without an object", async () => {
      const body = { messages: [{ role: "user", content: "Hi" }], stream: true };
      const events = await readEvents(await post(azure, body, { operation: "chat" }));
      const named = events.filter((event) => event !== "[DONE]" && event.object !== "");
      expect(named.length).toBeGreaterThan(2);
      for (const event of named) expectValid(validate("createChatCompletionStreamResponse"), event);
    });

    test("what is wrong is seen", async () => {
      const answer: Parsed = await (await post(azure, { prompt: "x" })).json();
      const check = validate("createCompletionResponse");
      expect(check({ ...answer, choices: [{ ...answer.choices[0], index: "0" }] })).toBe(false);
    });

    test("errors", async () => {
      const wrong = await post(azure, { prompt: "x" }, { headers: { "api-key": "wrong" } });
      expectValid(validate("errorResponse"), await wrong.json());
    });
  });

  describe("v1 API", () => {
    const spec = isThere ? relax(readSpec(V1)) : undefined;
    const validators = isThere ? createValidators(new Ajv2020(OPTIONS), spec) : undefined;
    const place = (path: string): string[] => ["paths", path, "post", "responses", "200", "content"];
    const validate = (path: string): ValidateFunction =>
      validators!(...place(path), "application/json", "schema");
    const v1 = { apiVersion: undefined } as const;

    test.each(completions)("completions %j", async (body) => {
      const response = await post(azure, body, v1);
      expect(response.status).toBe(200);
      expectValid(validate("/completions"), await response.json());
    });

    test.each(chats)("chat %j", async (body) => {
      const response = await post(azure, body, { operation: "chat", ...v1 });
      expect(response.status).toBe(200);
      expectValid(validate("/chat/completions"), await response.json());
    });

    const asks = [
      { deployment: "chat", body: { input: "Tell me a joke" } },
      { deployment: "chat", body: { input: [{ role: "user", content: "Hi" }], instructions: "Be brief." } },
      {
        deployment: "chat",
        body: { input: "Hello", include: ["message.output_text.logprobs"], top_logprobs: 2 },
      },
      { deployment: "chat", body: { input: "forbidden" } },
      { deployment: "reasoning", body: { input: "Write", max_output_tokens: 16 } },
      { deployment: "reasoning", body: { input: "Write", max_output_tokens: 40 } },
    ];

    test.each(asks)("responses %j", async ({ deployment, body }) => {
      const response = await post(azure, body, { operation: "responses", deployment, ...v1 });
      expect(response.status).toBe(200);
      expectValid(validate("/responses"), rename(await response.json()));
    });

    test.each(asks)("events of a responses stream %j", async ({ deployment, body }) => {
      const ask = { operation: "responses", deployment, ...v1 } as const;
      const events = await readEvents(await post(azure, { ...body, stream: true }, ask));
      const kinds: Parsed[] =
        spec.paths["/responses"].post.responses["200"].content["text/event-stream"].itemSchema.oneOf;
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
      let checked = 0;
      for (const event of events) {
        const kind = kinds.findIndex(({ properties }) => properties.event?.const === event.type);
        // The specification has only the first of each pair of events: `.added`, `.delta`, `.created`.
        if (kind === -1) expect(event.type).toMatch(/\.(done|completed|incomplete)$/);
        else {
          const schema = ["itemSchema", "oneOf", String(kind), "properties", "data", "contentSchema"];
          expectValid(validators!(...place("/responses"), "text/event-stream", ...schema), rename(event));
          checked++;
        }
      }
      expect(checked).toBeGreaterThan(2);
    });

    test("models", async () => {
      const response = await fetch(`${azure.endpoint}/openai/v1/models`, {
        headers: { "api-key": azure.apiKey },
      });
      const schema = ["components", "schemas", "OpenAI.ListModelsResponse"];
      expectValid(validators!(...schema), await response.json());
    });
  });
});
