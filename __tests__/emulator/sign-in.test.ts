import { startEmulator, type Emulator } from "../../src/emulator/index.js";
import { DATED, pathOf, post } from "./ask.js";

describe("sign-in and routes", () => {
  let azure: Emulator;
  beforeAll(async () => {
    azure = await startEmulator({ tokens: ["token-1", "token-2"] });
  });
  beforeEach(() => azure.reset());
  afterAll(() => azure.close());

  const dated = { apiVersion: DATED };
  const v1 = { apiVersion: undefined };
  const wrongKey =
    '{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}';
  const wrongToken =
    '{"statusCode":401,"message":"Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired."}';
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  test.each([
    ["the key, dated", dated, { "api-key": "emulator-api-key" }, "api-key"],
    ["the key, v1", v1, { "api-key": "emulator-api-key" }, "api-key"],
    ["a token, dated", dated, bearer("token-2"), "bearer"],
    ["a token, v1", v1, bearer("token-1"), "bearer"],
    ["the key as a token, v1", v1, bearer("emulator-api-key"), "bearer"],
    ["key and token, by the key", dated, { "api-key": "emulator-api-key", ...bearer("bad") }, "both"],
  ] as const)("accepts %s", async (_name, api, headers, kind) => {
    const response = await post(azure, { prompt: "x" }, { ...api, headers });
    expect(response.status).toBe(200);
    expect(azure.requests[0]?.authentication).toEqual({ kind, valid: true });
  });

  test.each([
    ["nothing", dated, {}, "none", wrongToken],
    ["a wrong key", dated, { "api-key": "bad" }, "api-key", wrongKey],
    ["a wrong key beside a good token", v1, { "api-key": "bad", ...bearer("token-1") }, "both", wrongKey],
    ["a wrong token", v1, bearer("bad"), "bearer", wrongToken],
    ["the key as a token on the dated API", dated, bearer("emulator-api-key"), "bearer", wrongToken],
  ] as const)("refuses %s", async (_name, api, headers, kind, body) => {
    const response = await post(azure, { prompt: "x" }, { ...api, headers });
    expect(response.status).toBe(401);
    expect(await response.text()).toBe(body);
    expect(azure.requests[0]?.authentication).toEqual({ kind, valid: false });
  });

  test("the wrong key's body has the length that Azure's has", () => {
    expect(wrongKey).toHaveLength(224);
  });

  test("a function decides about tokens", async () => {
    await using other = await startEmulator({ tokens: (token) => token.startsWith("ey") });
    const ask = (token: string) => post(other, { prompt: "x" }, { headers: bearer(token) });
    expect((await ask("eyJ0")).status).toBe(200);
    expect((await ask("abc")).status).toBe(401);
  });

  test("a resource without keys refuses them with 403", async () => {
    await using other = await startEmulator({ keyAuthentication: false });
    const response = await post(other, { prompt: "x" });
    expect(response.status).toBe(403);
    expect(await response.text()).toBe(
      '{"error":{"code":"AuthenticationTypeDisabled","message": "Key based authentication is disabled for this resource."}}',
    );
  });

  const notFound = '{"error":{"code":"404","message": "Resource not found"}}';
  const notSupported = '{"error":{"code":"BadRequest","message":"API version not supported"}}';
  const missing =
    '{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}';

  test.each([
    ["no api-version", "/openai/deployments/instruct/completions", 404, notFound],
    ["an unknown api-version", pathOf("completions", "instruct", "2024-10-22"), 404, notFound],
    ["an impossible date", pathOf("completions", "instruct", "2024-13-01-preview"), 404, notFound],
    ["a double slash", `/openai//deployments/instruct/completions?api-version=${DATED}`, 404, notFound],
    [
      "a leading double slash",
      `//openai/deployments/instruct/completions?api-version=${DATED}`,
      404,
      notFound,
    ],
    ["an unknown operation", `/openai/deployments/instruct/embeddings?api-version=${DATED}`, 404, notFound],
    [
      "responses under a deployment",
      `/openai/deployments/chat/responses?api-version=2025-04-01-preview`,
      404,
      notFound,
    ],
    ["v1 with deployments in its path", "/openai/v1/deployments/instruct/completions", 404, notFound],
    ["the root", "/", 404, notFound],
    ["a dated api-version on v1", `/openai/v1/completions?api-version=${DATED}`, 400, notSupported],
    ["an unknown deployment", pathOf("completions", "nobody", DATED), 404, missing],
  ])("%s", async (_name, path, status, body) => {
    const response = await fetch(azure.endpoint + path, {
      method: "POST",
      headers: { "api-key": azure.apiKey },
      body: JSON.stringify({ prompt: "x", model: "instruct" }),
    });
    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  test("an unknown model on v1 is an unknown deployment", async () => {
    const response = await post(azure, { prompt: "x" }, { ...v1, deployment: "nobody" });
    expect([response.status, await response.text()]).toEqual([404, missing]);
  });

  test.each([undefined, "v1", "preview"])("v1 takes api-version %s", async (version) => {
    const query = version === undefined ? "" : `?api-version=${version}`;
    const response = await fetch(`${azure.endpoint}/openai/v1/completions${query}`, {
      method: "POST",
      headers: { "api-key": azure.apiKey },
      body: JSON.stringify({ prompt: "x", model: "instruct" }),
    });
    expect(response.status).toBe(200);
  });

  test("api-versions can be withdrawn", async () => {
    await using other = await startEmulator({ apiVersions: ["2024-06-01"] });
    expect((await post(other, { prompt: "x" }, { apiVersion: "2024-06-01" })).status).toBe(200);
    expect((await post(other, { prompt: "x" }, { apiVersion: "2024-10-21" })).status).toBe(404);
  });

  test("a deployment's name may need escaping", async () => {
    azure.deploy("my model/1", { model: "gpt-35-turbo-instruct" });
    const path = `/openai/deployments/my%20model%2F1/completions?api-version=${DATED}`;
    const response = await fetch(azure.endpoint + path, {
      method: "POST",
      headers: { "api-key": azure.apiKey },
      body: "{}",
    });
    expect(response.status).toBe(200);
    expect(azure.requests[0]?.deployment).toBe("my model/1");
  });

  test.each(["0.0.0.0", "192.168.1.1", "example.org"])("it refuses to listen on %s", async (host) => {
    await expect(startEmulator({ host })).rejects.toThrow(/this machine only.*host/);
  });

  test("the log has the headers, without what is secret in them", async () => {
    const headers = { "api-key": "secret-1", authorization: "Bearer secret-2", "x-custom": "seen" };
    await post(azure, { prompt: "x" }, { headers });
    const [request] = azure.requests;
    expect(request?.headers).toMatchObject({
      "api-key": "<redacted>",
      authorization: "<redacted>",
      "x-custom": "seen",
    });
    expect(JSON.stringify(azure.requests)).not.toContain("secret-");
  });

  test("a browser may ask", async () => {
    const response = await fetch(azure.endpoint + pathOf("completions", "instruct", DATED), {
      method: "OPTIONS",
      headers: { "access-control-request-headers": "api-key" },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-headers")).toBe("api-key");
    expect(azure.requests).toEqual([]);
  });

  test("a browser that names no headers may send any", async () => {
    const response = await fetch(azure.endpoint + pathOf("completions", "instruct", DATED), {
      method: "OPTIONS",
    });
    expect(response.headers.get("access-control-allow-headers")).toBe("*");
  });
});
