import { Agent, request } from "node:http";
import fc from "fast-check";
import { useEmulator } from "../support/emulator.js";
import { testProperty } from "./property.js";

const azure = useEmulator({ keepRequests: 1 });
const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

/** A name, a path and a body that would be right together, before something is done to them. */
const ROUTES = [
  ["/openai/deployments/instruct/completions?api-version=2024-10-21", { prompt: ["Hello"], max_tokens: 5 }],
  [
    "/openai/deployments/chat/chat/completions?api-version=2024-10-21",
    { messages: [{ role: "user", content: "Hi" }] },
  ],
  ["/openai/v1/completions", { model: "instruct", prompt: "Hello" }],
  ["/openai/v1/chat/completions", { model: "reasoning", messages: [{ role: "user", content: "Hi" }] }],
  ["/openai/v1/responses", { model: "chat", input: "Hello" }],
  ["/openai/responses?api-version=2025-04-01-preview", { model: "reasoning", input: "Hello" }],
] as const;

const fields = fc.constantFrom(
  ...["model", "prompt", "messages", "input", "instructions", "max_tokens", "max_completion_tokens"],
  ...[
    "max_output_tokens",
    "temperature",
    "top_p",
    "n",
    "best_of",
    "logprobs",
    "top_logprobs",
    "echo",
    "stop",
  ],
  ...[
    "suffix",
    "seed",
    "user",
    "stream",
    "stream_options",
    "logit_bias",
    "presence_penalty",
    "store",
    "include",
  ],
);
const values = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(null, -1, 0, 1, 5, 0.5, 129, 1e300, true, "", [], {}, ["a", "b"], [""], [null]),
  fc.constantFrom<unknown>(
    [{ role: "user" }],
    [{ role: "user", content: [{ type: "text", text: "Hi" }, null] }],
    [{ role: 7, content: 7 }],
    { include_usage: true },
    { include_usage: "yes" },
    [1, 2, 3],
    [[1, 2]],
  ),
);
const bodies = fc.oneof(
  { weight: 8, arbitrary: fc.dictionary(fields, values, { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);
const paths = fc
  .oneof(
    fc.webPath(),
    fc.tuple(fc.webPath(), fc.webQueryParameters()).map(([path, query]) => `${path}?${query}`),
    fc.constantFrom(
      "//",
      "/openai/v1",
      "/openai/v1/models",
      "/openai/deployments//completions",
      "/openai/deployments/%zz/completions?api-version=2024-10-21",
      "/%",
    ),
  )
  // Anything else is no request at all, and Node's own server says so.
  .map((path) => (path.startsWith("/") ? path : `/${path}`));

interface Answered {
  readonly status: number;
  readonly text: string;
}

function ask(method: string, path: string, headers: Record<string, string>, body: string): Promise<Answered> {
  const { hostname, port } = new URL(azure().endpoint);
  return new Promise((resolve, reject) => {
    // Node leaves the length out where a method seldom has a body.
    const sized = { ...headers, "content-length": Buffer.byteLength(body) };
    const outgoing = request({ hostname, port, method, path, headers: sized, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** An answer as the service gives them: well, or with an error that says what is wrong. */
function assertService({ status, text }: Answered): void {
  expect([200, 400, 401, 403, 404, 405, 413, 415, 422, 429]).toContain(status);
  if (status === 200) {
    if (text.startsWith("data:") || text.startsWith("event:")) {
      for (const frame of text.split("\n").filter((line) => line.startsWith("data: {"))) {
        JSON.parse(frame.slice("data: ".length));
      }
    } else JSON.parse(text);
    return;
  }
  const body = JSON.parse(text) as { error?: { message?: unknown }; message?: unknown };
  expect(typeof (body.error?.message ?? body.message)).toBe("string");
  expect(text).not.toContain("EmulatorFailed");
}

const signIns = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ "api-key": "emulator-api-key" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>(
      {},
      { "api-key": "wrong" },
      { authorization: "Bearer" },
      { authorization: "Bearer emulator-token" },
    ),
  },
);

testProperty(
  "the emulator answers any body on its routes as the service would: with an answer or an error",
  fc.asyncProperty(fc.constantFrom(...ROUTES), bodies, signIns, async ([path, right], body, signIn) => {
    const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
    const text = typeof body === "string" ? body : JSON.stringify(isObject ? { ...right, ...body } : body);
    assertService(await ask("POST", path, signIn, text));
  }),
);

testProperty(
  "the emulator answers any path and method as the service would",
  fc.asyncProperty(
    paths,
    fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH"),
    signIns,
    async (path, method, signIn) => {
      assertService(await ask(method, path, signIn, method === "GET" ? "" : "{}"));
    },
  ),
);
