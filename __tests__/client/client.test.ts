import { ConfigurationError, RateLimitError, ServiceError } from "../../src/errors.js";
import { VERSION } from "../../src/version.js";
import {
  ANSWER,
  KEY,
  closeServices,
  connect,
  dated,
  echoOperation,
  failureOf,
  json,
  options,
  request,
  responsesLike,
  serve,
  v1,
} from "./support.js";

const environment = { ...process.env };
afterEach(async () => {
  process.env = { ...environment };
  await closeServices();
});

describe("an address", () => {
  test.each([
    [
      "a dated API has the deployment in the path",
      dated,
      echoOperation,
      "/openai/deployments/instruct/completions?api-version=2024-10-21",
    ],
    [
      "a dated API has responses beside the deployments",
      dated,
      responsesLike,
      "/openai/responses?api-version=2024-10-21",
    ],
    ["the v1 API has no version", v1, echoOperation, "/openai/v1/completions"],
  ])("%s", async (_claim, settings, operation, url) => {
    const service = await serve((response) => json(response, ANSWER));
    const sent = await connect(settings(service.origin)).send(operation, request(), options());
    expect(sent.answer.choices[0]?.[0]?.text).toBe("Ha.");
    expect(service.seen[0]).toMatchObject({
      method: "POST",
      url,
      body: { model: "instruct", prompt: ["Tell me a joke"] },
    });
  });

  test.each([
    ["nothing but the operation's path is appended for a gateway", {}, "/llm/completions"],
    [
      "a gateway gets the version that was asked for",
      { apiVersion: "2024-10-21" },
      "/llm/completions?api-version=2024-10-21",
    ],
    [
      "the v1 API gets the version that was asked for",
      { api: "v1" as const, apiVersion: "preview" },
      "/llm/completions?api-version=preview",
    ],
  ])("%s", async (_claim, settings, url) => {
    const service = await serve((response) => json(response, ANSWER));
    const gateway = v1(service.origin, { api: "gateway", baseURL: `${service.origin}/llm`, ...settings });
    await connect(gateway).send(echoOperation, request(), options());
    expect(service.seen[0]).toMatchObject({ url, body: { model: "instruct" } });
  });

  test("the caller's query is appended, escaped", async () => {
    const service = await serve((response) => json(response, ANSWER));
    await connect(dated(service.origin), { query: { tenant: "a&b", "api-version": "mine" } }).send(
      echoOperation,
      request(),
      options(),
    );
    expect(service.seen[0]?.url).toBe(
      "/openai/deployments/instruct/completions?api-version=mine&tenant=a%26b",
    );
  });

  test("a deployment's name stays one segment of the path, whatever is in it", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const name = "../../x?api-version=1#/%2e";
    const root = `${service.origin}/openai/deployments/${encodeURIComponent(name)}`;
    await connect(dated(service.origin, { deploymentName: name, deploymentRoot: root })).send(
      echoOperation,
      request(),
      options(),
    );
    expect(service.seen[0]?.url).toBe(
      "/openai/deployments/..%2F..%2Fx%3Fapi-version%3D1%23%2F%252e/completions?api-version=2024-10-21",
    );
    expect(service.seen[0]?.body["model"]).toBe(name);
  });

  test("a gateway that needs no deployment gets no model", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const { deploymentName: _name, ...settings } = v1(service.origin, { api: "gateway" });
    await connect(settings).send(echoOperation, request(), options());
    expect(service.seen[0]?.body).toEqual({ prompt: ["Tell me a joke"] });
  });

  test("zeros, empty texts and non-ASCII reach the wire", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const parameters = { modelKwargs: { logprobs: 0, suffix: "", user: "žluťoučký 🐎" } };
    await connect(dated(service.origin)).send(echoOperation, request(false, parameters), options());
    expect(service.seen[0]?.body).toMatchObject(parameters.modelKwargs);
  });
});

describe("the headers", () => {
  test("are exactly those that were computed, with one sign-in", async () => {
    const service = await serve((response) => json(response, ANSWER));
    await connect(dated(service.origin)).send(echoOperation, request(), options());
    const { host: _host, ...headers } = service.seen[0]?.headers ?? {};
    expect(headers).toEqual({
      accept: "application/json, text/event-stream",
      "accept-encoding": "identity",
      "api-key": KEY,
      connection: "keep-alive",
      "content-length": expect.any(String),
      "content-type": "application/json",
      "user-agent": `langchain-azure-openai/${VERSION}`,
    });
  });

  test("hold nothing of what the environment says to the openai client", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const thief = await serve((response) => json(response, ANSWER));
    Object.assign(process.env, {
      OPENAI_API_KEY: "sk-environment",
      OPENAI_ADMIN_KEY: "sk-admin-environment",
      OPENAI_BASE_URL: thief.origin,
      OPENAI_ORG_ID: "org-environment",
      OPENAI_PROJECT_ID: "project-environment",
      OPENAI_WEBHOOK_SECRET: "webhook-environment",
      OPENAI_CUSTOM_HEADERS: "x-custom: environment\nauthorization: Bearer environment",
      OPENAI_LOG: "debug",
    });
    const printed: unknown[][] = [];
    const spies = (["debug", "info", "warn", "error", "log"] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation((...what) => void printed.push(what)),
    );
    await connect(v1(service.origin)).send(echoOperation, request(), options());
    spies.forEach((spy) => spy.mockRestore());
    expect(JSON.stringify(service.seen)).not.toContain("environment");
    expect(service.seen[0]?.headers["authorization"]).toBeUndefined();
    expect(thief.seen).toEqual([]);
    expect(printed).toEqual([]);
  });

  test("a variable that the openai client cannot read is named, and not quoted", async () => {
    process.env["OPENAI_CUSTOM_HEADERS"] = "bad name: marked-secret";
    const error = await failureOf(
      connect(v1("http://127.0.0.1:1")).send(echoOperation, request(), options()),
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain("OPENAI_CUSTOM_HEADERS");
    expect(error.message).not.toContain("marked-secret");
  });

  test("keep the caller's user agent, and name this package after it", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const connection = connect(dated(service.origin), { headers: { "User-Agent": "my-app/1.0" } });
    await connection.send(echoOperation, request(), options());
    await connection.send(echoOperation, request(), options({ headers: { "user-agent": "call/2" } }));
    expect(service.seen.map(({ headers }) => headers["user-agent"])).toEqual([
      `my-app/1.0 langchain-azure-openai/${VERSION}`,
      `call/2 langchain-azure-openai/${VERSION}`,
    ]);
  });

  test("take the call's over the deployment's, whatever the case of their names", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const connection = connect(dated(service.origin), { headers: { "X-Team": "a", "x-kept": "yes" } });
    await connection.send(echoOperation, request(), options({ headers: { "x-team": "b" } }));
    expect(service.seen[0]?.headers).toMatchObject({ "x-team": "b", "x-kept": "yes" });
  });

  const signIns = (headers: NodeJS.Dict<string | string[]> = {}): unknown =>
    Object.fromEntries(
      Object.entries(headers).filter(([name]) => /^(?:authorization|api-key)$|subscription-key$/.test(name)),
    );

  test.each([
    ["a key", { signIn: { kind: "key", key: "K1" } }, undefined, { "api-key": "K1" }],
    ["a token", { signIn: { kind: "token", token: "T1" } }, undefined, { authorization: "Bearer T1" }],
    [
      "a token with its scheme and a line break",
      { signIn: { kind: "token", token: "Bearer T1\n" } },
      undefined,
      { authorization: "Bearer T1" },
    ],
    [
      "the caller's own header",
      { signIn: { kind: "headers" }, headers: { "Ocp-Apim-Subscription-Key": "S1" } },
      undefined,
      { "ocp-apim-subscription-key": "S1" },
    ],
    [
      "a token beside a gateway's key",
      { signIn: { kind: "token", token: "T1" }, headers: { "Ocp-Apim-Subscription-Key": "S1" } },
      undefined,
      { authorization: "Bearer T1", "ocp-apim-subscription-key": "S1" },
    ],
    [
      "a key beside a gateway's key for one call",
      { signIn: { kind: "key", key: "K1" } },
      { "Ocp-Apim-Subscription-Key": "S1" },
      { "api-key": "K1", "ocp-apim-subscription-key": "S1" },
    ],
    [
      "the caller's own two headers, as given",
      { signIn: { kind: "headers" }, headers: { "api-key": "S1", authorization: "Bearer J" } },
      undefined,
      { "api-key": "S1", authorization: "Bearer J" },
    ],
    [
      "the call's own authorization",
      { signIn: { kind: "key", key: "K1" } },
      { Authorization: "Bearer C1" },
      { authorization: "Bearer C1" },
    ],
    [
      "the call's own key in place of the deployment's header",
      { signIn: { kind: "headers" }, headers: { authorization: "Bearer J" } },
      { "api-key": "C1" },
      { "api-key": "C1" },
    ],
  ] as const)("sign in by %s alone", async (_claim, held, headers, expected) => {
    const service = await serve((response) => json(response, ANSWER));
    await connect(dated(service.origin), held).send(
      echoOperation,
      request(),
      options(headers === undefined ? {} : { headers }),
    );
    expect(signIns(service.seen[0]?.headers)).toEqual(expected);
  });

  test.each([
    ["in a key", { signIn: { kind: "key", key: "marked\nsecret" } }, undefined, "api-key"],
    ["in a header", { headers: { "x-gateway": "marked\r\nsecret" } }, undefined, "x-gateway"],
    ["in a call's header", {}, { "x-call": "marked\u20acsecret" }, "x-call"],
    ["in a header's name", {}, { "x call": "marked" }, "x call"],
  ] as const)(
    "are refused for what HTTP cannot carry %s, without being quoted",
    async (_claim, held, headers, name) => {
      const run = async (): Promise<unknown> =>
        connect(dated("http://127.0.0.1:1"), held).send(
          echoOperation,
          request(),
          options(headers === undefined ? {} : { headers }),
        );
      const error = await failureOf(run());
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toContain(name);
      expect(error.message).not.toContain("marked");
    },
  );
});

describe("an answer", () => {
  test("comes with what its headers said", async () => {
    const service = await serve((response) =>
      json(response, ANSWER, 200, {
        "apim-request-id": "req-1",
        "x-ms-region": "East US",
        "x-ms-deployment-name": "spill",
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-limit-tokens": "-1",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-requests": "10",
        "x-rate-limit-reset-tokens": "6m0s",
      }),
    );
    const { report } = await connect(dated(service.origin)).send(echoOperation, request(), options());
    expect(report).toEqual({
      requestId: "req-1",
      region: "East US",
      servedDeployment: "spill",
      rateLimit: {
        limitRequests: 60,
        remainingRequests: 0,
        remainingTokens: 149984,
        resetRequestsMs: 10_000,
        resetTokensMs: 360_000,
      },
    });
  });

  test.each([
    ["empty", ""],
    ["a page", "<html><title>Hello</title></html>"],
    ["cut JSON", '{"choices":[{"te'],
    ["JSON without choices", '{"hello":"world"}'],
  ])("that is %s is the service's fault, and says which request it was", async (_claim, body) => {
    const service = await serve((response) => json(response, body, 200, { "apim-request-id": "req-2" }));
    const error = await failureOf(connect(dated(service.origin)).send(echoOperation, request(), options()));
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ status: 200, requestId: "req-2", deploymentName: "instruct" });
  });

  test("that is an error in spite of its status is that error", async () => {
    const service = await serve((response) =>
      json(response, { error: { code: "429", message: "Rate limit is exceeded. Try again in 50 seconds." } }),
    );
    const error = await failureOf(connect(dated(service.origin)).send(echoOperation, request(), options()));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfterMs: 50_000 });
  });

  test("without content is the service's fault", async () => {
    const service = await serve((response) => void response.writeHead(204).end());
    const error = await failureOf(connect(dated(service.origin)).send(echoOperation, request(), options()));
    expect(error).toBeInstanceOf(ServiceError);
    expect(error.message).toContain("nothing");
  });
});

describe("a redirect", () => {
  test.each([301, 302, 303, 307, 308])(
    "%i is not followed, and its error names the host alone",
    async (status) => {
      const target = await serve((response) => json(response, ANSWER));
      const service = await serve(
        (response) =>
          void response.writeHead(status, { location: `${target.origin}/path?token=marked` }).end(),
      );
      const error = await failureOf(connect(dated(service.origin)).send(echoOperation, request(), options()));
      expect(error).toBeInstanceOf(ServiceError);
      expect(error.message).toContain(`redirects to 127.0.0.1:${target.port}`);
      expect(error.message).not.toContain("marked");
      expect(target.seen).toEqual([]);
    },
  );

  test("is not followed by the platform's fetch either", async () => {
    const target = await serve((response) => json(response, ANSWER));
    const service = await serve(
      (response) => void response.writeHead(307, { location: target.origin }).end(),
    );
    const connection = connect(dated(service.origin), { fetch: (input, init) => fetch(input, init) });
    const error = await failureOf(connection.send(echoOperation, request(), options()));
    expect(error).toMatchObject({ code: "service", status: 307 });
    expect(target.seen).toEqual([]);
  });
});
