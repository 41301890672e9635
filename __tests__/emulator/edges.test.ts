import { request as httpRequest } from "node:http";

import { startEmulator, type Emulator } from "../../src/emulator/index.js";
import { DATED, pathOf, post, type Parsed } from "./ask.js";

let azure: Emulator;
beforeAll(async () => {
  azure = await startEmulator();
});
beforeEach(() => {
  azure.reset();
});
afterAll(() => azure.close());

const get = (path: string): Promise<Response> =>
  fetch(azure.endpoint + path, { headers: { "api-key": azure.apiKey } });

test.each([
  ["completions", { prompt: 5 }, "expected a string or an array of strings, but got a number"],
  ["completions", { prompt: [null] }, "'prompt[0]': expected a string, but got null"],
  ["completions", { prompt: "x", suffix: ["y"] }, "expected a string, but got an array"],
  ["completions", { prompt: "x", logit_bias: "y" }, "expected an object, but got a string"],
  ["chat", {}, "Missing required parameter: 'messages'"],
  ["chat", { messages: "x" }, "'messages': expected an array of objects, but got a string"],
  ["chat", { messages: [] }, "messages"],
  ["chat", { messages: ["x"] }, "'messages[0]': expected an object, but got a string"],
] as const)("%s with %j is refused in the engine's words", async (operation, body, words) => {
  const response = await post(azure, body, { operation });
  expect(response.status).toBe(400);
  const { error }: Parsed = await response.json();
  expect(error.message).toContain(words);
});

test("the answer to a chat of parts, and of no user, is about the last text there is", async () => {
  azure.respond("parts", "seen");
  const contents = [
    {
      role: "user",
      content: [{ type: "text", text: "pa" }, { type: "image_url" }, { type: "text", text: "rts" }],
    },
    { role: "system", content: "parts" },
  ];
  for (const message of contents) {
    const answer: Parsed = await (await post(azure, { messages: [message] }, { operation: "chat" })).json();
    expect(answer.choices[0].message.content).toBe("seen");
  }
});

test("Responses that do not fit into the context are refused", async () => {
  azure.deploy("small", { model: "gpt-4o", contextWindow: 5 });
  const ask = { operation: "responses", deployment: "small", apiVersion: undefined } as const;
  const response = await post(azure, { input: "one two three four" }, ask);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("context_length_exceeded");
});

test("a model that is not deployed is not found", async () => {
  expect((await get("/openai/v1/models/nothing")).status).toBe(404);
});

test.each([
  [{ retryAfterInText: 50 }, "Rate limit is exceeded. Try again in 50 seconds."],
  [{}, "Rate limit is exceeded."],
])("a limit that no operation reached, with %j, has the short words", async (wait, message) => {
  azure.fail({ status: 429, ...wait });
  const answer: Parsed = await (await get("/openai/v1/models")).json();
  expect(answer.error.message).toBe(message);
});

test("several values of one header are logged as one", async () => {
  await new Promise((resolve, reject) => {
    const request = httpRequest(azure.endpoint + pathOf("completions", "instruct", DATED), {
      method: "POST",
    });
    request.setHeader("set-cookie", ["a=1", "b=2"]);
    request.on("error", reject).on("response", (answer) => answer.resume().on("end", resolve));
    request.end('{"prompt":"x"}');
  });
  expect(azure.requests[0]?.headers["set-cookie"]).toBe("a=1, b=2");
});

test("a latency of tokens alone lets the first byte come at once", async () => {
  azure.deploy("slow", { model: "gpt-35-turbo-instruct", latencyMs: { perToken: 1 } });
  azure.respond("x", "one two");
  const answer: Parsed = await (await post(azure, { prompt: "x" }, { deployment: "slow" })).json();
  expect(answer.choices[0].text).toBe("one two");
});

test.each([
  ["my-davinci", "gpt-35-turbo-instruct"],
  ["gpt-4o-mini", "gpt-4o-mini"],
  ["reasoner", "gpt-5-mini"],
  ["anything", "gpt-4o"],
])("a deployment named %s and nothing else has the model %s", async (name, model) => {
  await using other = await startEmulator({ deployments: { [name]: {} } });
  const listed = await fetch(`${other.endpoint}/openai/v1/models`, { headers: { "api-key": other.apiKey } });
  const { data }: Parsed = await listed.json();
  expect(data[0].id).toBe(model);
});

test("choices are spoilt only where there are some", async () => {
  azure.fail({ kind: "bad-choices", how: "missing", times: 2 });
  const ask = { operation: "responses", apiVersion: undefined } as const;
  const whole: Parsed = await (await post(azure, { input: "x" }, ask)).json();
  expect(whole.status).toBe("completed");
  const streamed = await post(azure, { prompt: "x", stream: true });
  expect(await streamed.text()).toContain("[DONE]");
});

test("an answer without anything in it is empty", async () => {
  azure.respond("x", {});
  const answer: Parsed = await (await post(azure, { prompt: "x" })).json();
  expect(answer.choices[0]).toMatchObject({ text: "", finish_reason: "stop" });
});

test("a body that says it is larger than any test's is refused before it is read", async () => {
  const status = await new Promise((resolve, reject) => {
    const request = httpRequest(
      azure.endpoint + pathOf("completions", "instruct", DATED),
      { method: "POST", headers: { "api-key": azure.apiKey, "content-length": 65 * 1024 * 1024 } },
      (response) => {
        resolve(response.statusCode);
        request.destroy();
      },
    );
    request.on("error", reject);
    request.flushHeaders();
  });
  expect(status).toBe(413);
});
