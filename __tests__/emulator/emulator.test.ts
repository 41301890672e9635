import { Agent, type ClientRequest, request as httpRequest } from "node:http";

import { startEmulator } from "../../src/emulator/index.js";
import { DATED, pathOf, post, type Parsed } from "./ask.js";

describe("an emulator", () => {
  test("has one deployment of each kind, and the walk-through's", async () => {
    await using azure = await startEmulator();
    expect(azure.deployments).toEqual(["instruct", "chat", "reasoning", "gpt-35-turbo-instruct-0914"]);
    expect(azure.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test("takes a port, and frees it when it closes", async () => {
    const first = await startEmulator();
    const port = Number(new URL(first.endpoint).port);
    await expect(startEmulator({ port })).rejects.toThrow(/EADDRINUSE/);
    await first.close();
    const second = await startEmulator({ port });
    expect(second.endpoint).toBe(first.endpoint);
    await second.close();
  });

  test("listens on IPv6, too", async () => {
    await using azure = await startEmulator({ host: "::1" });
    expect((await post(azure, { prompt: "x" })).status).toBe(200);
  });

  test("can be closed twice", async () => {
    const azure = await startEmulator();
    await azure.close();
    await expect(azure.close()).resolves.toBeUndefined();
  });

  test("logs what it was asked, in order", async () => {
    await using azure = await startEmulator();
    await post(azure, { prompt: ["a", "b"], n: 2 });
    await post(
      azure,
      { messages: [{ role: "user", content: "c" }], stream: true },
      { operation: "chat", apiVersion: undefined },
    );
    await azure.settled();
    expect(azure.requests).toMatchObject([
      {
        order: 0,
        method: "POST",
        path: "/openai/deployments/instruct/completions",
        query: { "api-version": DATED },
        api: "dated",
        operation: "completions",
        deployment: "instruct",
        apiVersion: DATED,
        body: { prompt: ["a", "b"], n: 2 },
        prompts: ["a", "b"],
        stream: false,
        status: 200,
        aborted: false,
      },
      {
        order: 1,
        path: "/openai/v1/chat/completions",
        api: "v1",
        operation: "chat",
        deployment: "chat",
        apiVersion: undefined,
        prompts: ["c"],
        stream: true,
        status: 200,
      },
    ]);
    expect(azure.requests[0]?.endedAtMs).toBeGreaterThanOrEqual(azure.requests[0]?.arrivedAtMs ?? Infinity);
  });

  test("keeps as much of the log as it is told", async () => {
    await using azure = await startEmulator({ keepRequests: 1 });
    await post(azure, { prompt: "a" });
    await post(azure, { prompt: "b" });
    expect(azure.requests.map((request) => [request.order, request.prompts])).toEqual([[1, ["b"]]]);
    await azure.received(2);
  });

  test("counts connections and requests at the same time", async () => {
    await using azure = await startEmulator();
    const stall = azure.fail({ kind: "stall", times: 3 });
    const answers = [1, 2, 3].map(() => post(azure, { prompt: "x" }));
    await azure.received(3);
    expect(azure.inFlight).toMatchObject({ now: 3, most: 3 });
    expect(azure.connections.now).toBe(3);
    stall.release();
    await Promise.all(answers);
    await azure.settled();
    expect(azure.inFlight).toMatchObject({ now: 0, most: 3, total: 3 });
  });

  test("keeps a connection for the next request", async () => {
    await using azure = await startEmulator();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise<void>((resolve, reject) => {
        const request = httpRequest(
          azure.endpoint + pathOf("completions", "instruct", DATED),
          { method: "POST", agent, headers: { "api-key": azure.apiKey } },
          (response) => response.resume().on("end", resolve),
        );
        request.on("error", reject);
        request.end("{}");
      });
    await ask();
    await ask();
    expect(azure.connections.total).toBe(1);
    agent.destroy();
  });

  test("answers by the newest rule that matches: text, expression or function", async () => {
    await using azure = await startEmulator();
    const ask = async (prompt: string): Promise<string> => {
      const answer: Parsed = await (await post(azure, { prompt })).json();
      return answer.choices[0].text;
    };
    azure.respond(/./, "old");
    azure.respond("text", "by text");
    azure.respond(/^EXP/i, "by expression");
    azure.respond((prompt) => prompt.length === 4 && prompt !== "text", "by function");
    azure.respond(
      "shout",
      async (prompt, { operation, deployment }) => `${prompt}! ${operation} ${deployment}`,
    );
    expect(await ask("some text")).toBe("by text");
    expect(await ask("expression")).toBe("by expression");
    expect(await ask("four")).toBe("by function");
    expect(await ask("shout")).toBe("shout! completions instruct");
    expect(await ask("nothing else")).toBe("old");
    azure.reset();
    expect(await ask("text")).not.toBe("by text");
  });

  test("an expression with a state answers the same each time", async () => {
    await using azure = await startEmulator();
    azure.respond(/x/g, "yes");
    for (let i = 0; i < 3; i++) {
      const answer: Parsed = await (await post(azure, { prompt: "x" })).json();
      expect(answer.choices[0].text).toBe("yes");
    }
  });

  test("an answer function that throws is seen, not taken for the service", async () => {
    await using azure = await startEmulator();
    azure.respond("x", () => {
      throw new Error("my rule is wrong");
    });
    const response = await post(azure, { prompt: "x" });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      error: { code: "EmulatorFailed", message: "The emulator failed: my rule is wrong" },
    });
  });

  test("an answer function may throw anything", async () => {
    await using azure = await startEmulator();
    azure.respond("x", () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- a test's rule may
      throw "my rule is wrong";
    });
    expect(await (await post(azure, { prompt: "x" })).text()).toContain(
      "The emulator failed: my rule is wrong",
    );
  });

  test("a client that leaves in the middle of its body disturbs nobody", async () => {
    await using azure = await startEmulator();
    const body = await new Promise<ClientRequest>((resolve, reject) => {
      const request = httpRequest(azure.endpoint + pathOf("completions", "instruct", DATED), {
        method: "POST",
        headers: { "content-length": 99, expect: "100-continue" },
      });
      request.on("continue", () => {
        request.off("error", reject).on("error", () => undefined);
        request.write("{", () => {
          resolve(request);
        });
      });
      request.on("error", reject);
    });
    body.socket?.resetAndDestroy();
    expect((await post(azure, { prompt: "x" })).status).toBe(200);
    expect(azure.connections).toMatchObject({ now: 1, total: 2 });
    expect(azure.requests).toHaveLength(1);
  });

  test("a deployment may come, change and go", async () => {
    await using azure = await startEmulator({ deployments: {} });
    const ask = async (): Promise<number> =>
      (await post(azure, { prompt: "x" }, { deployment: "new" })).status;
    expect(await ask()).toBe(404);
    azure.deploy("new", { model: "gpt-35-turbo-instruct" });
    expect(await ask()).toBe(200);
    azure.deploy("new", { model: "gpt-4o" });
    expect(await ask()).toBe(400);
    azure.undeploy("new");
    expect(await ask()).toBe(404);
  });

  test("every answer has the headers of Azure's", async () => {
    await using azure = await startEmulator({ region: "Sweden Central" });
    for (const response of [
      await post(azure, { prompt: "x" }),
      await post(azure, {}, { deployment: "no" }),
    ]) {
      const { headers } = response;
      expect(headers.get("apim-request-id")).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(headers.get("x-ms-client-request-id")).toBe(headers.get("apim-request-id"));
      expect(headers.get("x-ms-region")).toBe("Sweden Central");
      expect(headers.get("cache-control")).toBe("no-cache, must-revalidate");
    }
  });

  test("the bodies of good answers end with a line, as Azure's do", async () => {
    await using azure = await startEmulator();
    expect((await (await post(azure, { prompt: "x" })).text()).endsWith("}\n")).toBe(true);
  });

  test("lists the models that are deployed", async () => {
    await using azure = await startEmulator();
    const get = async (path: string): Promise<Parsed> =>
      (await fetch(azure.endpoint + path, { headers: { "api-key": azure.apiKey } })).json();
    const { data } = await get("/openai/v1/models");
    expect(data.map((model: Parsed) => model.id)).toEqual([
      "gpt-35-turbo-instruct",
      "gpt-4o-2024-11-20",
      "gpt-5-mini-2025-08-07",
    ]);
    expect(await get("/openai/v1/models/gpt-4o-2024-11-20")).toMatchObject({ object: "model" });
  });
});
