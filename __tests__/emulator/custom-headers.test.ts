import { AzureOpenAI, InvalidRequestError } from "../../src/index.js";
import { useEmulator } from "../support/emulator.js";
import { post } from "./ask.js";

const azure = useEmulator();

function custom(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-team-${index}`, "search"]));
}

function ask(headers: Record<string, string>): Promise<Response> {
  const usual = { "api-key": azure().apiKey, "content-type": "application/json" };
  return post(azure(), { prompt: "x" }, { headers: { ...usual, ...headers } });
}

test("ten custom headers are let through", async () => {
  expect((await ask(custom(10))).status).toBe(200);
});

test("more are refused with 431", async () => {
  const response = await ask(custom(11));
  expect(response.status).toBe(431);
  expect(await response.json()).toEqual({
    error: { code: "431", message: "The request has 11 custom headers, and at most 10 are passed on." },
  });
});

test("what clients and proxies send by themselves does not count", async () => {
  const known = [
    "x-stainless-lang",
    "x-ms-client-request-id",
    "x-forwarded-for",
    "traceparent",
    "openai-beta",
  ];
  const headers = { ...custom(10), ...Object.fromEntries(known.map((name) => [name, "1"])) };
  expect((await ask(headers)).status).toBe(200);
});

test("the model's own requests have room for ten, and one more is an error that says so", async () => {
  const llm = new AzureOpenAI({
    azureEndpoint: azure().endpoint,
    apiKey: azure().apiKey,
    deploymentName: "instruct",
  });
  await expect(llm.invoke("x", { headers: custom(10) })).resolves.toEqual(expect.any(String));
  const refused = llm.invoke("x", { headers: custom(11) });
  await expect(refused).rejects.toThrow(InvalidRequestError);
  await expect(refused).rejects.toThrow("at most 10 custom headers");
});
