import { request as httpRequest, type IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";

import { startEmulator, type Emulator, type Fault } from "../../src/emulator/index.js";
import { pathOf, DATED, post, readEvents, type Parsed } from "./ask.js";

/** Reads an answer without any client's help: what came, and whether it ended as it should. */
function readRaw(
  azure: Emulator,
  body: object,
): Promise<{ head: IncomingMessage; information: number[]; chunks: Buffer[]; complete: boolean }> {
  return new Promise((resolve, reject) => {
    const information: number[] = [];
    const request = httpRequest(
      azure.endpoint + pathOf("completions", "instruct", DATED),
      { method: "POST", headers: { "api-key": azure.apiKey } },
      (head) => {
        // From now on the answer tells what became of it; Node 24 tells the request as well.
        request.off("error", reject).on("error", () => undefined);
        const chunks: Buffer[] = [];
        head.on("data", (chunk: Buffer) => chunks.push(chunk));
        head.on("error", () => undefined);
        head.on("close", () => {
          resolve({ head, information, chunks, complete: head.complete });
        });
      },
    );
    request.on("information", ({ statusCode }) => information.push(statusCode));
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

describe("faults", () => {
  let azure: Emulator;
  beforeAll(async () => {
    azure = await startEmulator();
  });
  beforeEach(() => {
    azure.reset();
    azure.respond("x", "one two three four five");
  });
  afterAll(() => azure.close());

  const plain = { prompt: "x" };
  const streamed = { prompt: "x", stream: true };

  describe("by status", () => {
    test("a 429 with a wait in milliseconds, twice, then all is well", async () => {
      const fault = azure.fail({ status: 429, retryAfterMs: 200, times: 2 });
      const answers = [await post(azure, plain), await post(azure, plain), await post(azure, plain)];
      expect(answers.map((answer) => answer.status)).toEqual([429, 429, 200]);
      expect(answers[0]?.headers.get("retry-after-ms")).toBe("200");
      expect(answers[0]?.headers.get("retry-after")).toBeNull();
      expect(fault.hits).toBe(2);
      expect(azure.requests.map((request) => request.fault)).toEqual(["status 429", "status 429", undefined]);
    });

    test.each([
      [{ retryAfter: 3 }, "retry-after", "3"],
      [{ retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT" }, "retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"],
      [{ headers: { "x-should-retry": "false" } }, "x-should-retry", "false"],
    ])("a 429 with %j", async (hint, name, value) => {
      azure.fail({ status: 429, ...hint });
      const response = await post(azure, plain);
      expect(response.headers.get(name)).toBe(value);
      expect(await response.text()).not.toContain("retry after");
    });

    test("a 429 that asks in its text", async () => {
      azure.fail({ status: 429, retryAfterInText: 86_400 });
      expect(await (await post(azure, plain)).text()).toContain("Please retry after 86400 seconds.");
    });

    test.each([
      [401, "Access token is missing"],
      [403, "Virtual Network/Firewall"],
      [404, "DeploymentNotFound"],
      [408, '{"error":{"code":"Timeout","message":"The operation was timeout."}}'],
      [418, "418"],
      [500, "The server had an error while processing your request. Sorry about that!"],
      [503, "temporarily unable to process your request"],
    ])("%d has Azure's words", async (status, words) => {
      azure.fail({ status });
      const response = await post(azure, plain);
      expect(response.status).toBe(status);
      expect(await response.text()).toContain(words);
    });

    test("a 500 quotes the id of its header", async () => {
      azure.fail({ status: 500 });
      const response = await post(azure, plain);
      const id = response.headers.get("apim-request-id") ?? "none";
      expect(await response.text()).toContain(`(Please include the request ID ${id} in your message.)`);
    });

    test("a body of one's own", async () => {
      azure.fail({ status: 400, body: { error: { code: "mine" } } });
      expect(await (await post(azure, plain)).json()).toEqual({ error: { code: "mine" } });
      azure.fail({ status: 400, body: "not json" });
      expect(await (await post(azure, plain)).text()).toBe("not json");
    });
  });

  describe("which requests", () => {
    const failing = async (bodies: readonly object[]): Promise<boolean[]> => {
      const results: boolean[] = [];
      for (const body of bodies) results.push((await post(azure, body)).status === 500);
      return results;
    };

    test("only with such a prompt, one of a group is enough", async () => {
      azure.fail({ status: 500, match: /poison/, times: Infinity });
      const bodies = [{ prompt: "fine" }, { prompt: ["fine", "poison"] }, { prompt: "poison" }];
      expect(await failing(bodies)).toEqual([false, true, true]);
    });

    test("only this deployment and operation", async () => {
      azure.fail({ status: 500, deployment: "chat", operation: "chat" });
      expect(await failing([plain])).toEqual([false]);
      const body = { messages: [{ role: "user", content: "x" }] };
      expect((await post(azure, body, { operation: "chat" })).status).toBe(500);
    });

    test("after so many", async () => {
      azure.fail({ status: 500, after: 2 });
      expect(await failing([plain, plain, plain, plain])).toEqual([false, false, true, false]);
    });

    test("by chance, which the seed decides", async () => {
      const run = async (seed: number): Promise<string> => {
        await using other = await startEmulator({ seed });
        other.fail({ status: 500, probability: 0.5 });
        let results = "";
        for (let i = 0; i < 20; i++) results += (await post(other, plain)).ok ? "." : "x";
        return results;
      };
      const results = await run(1);
      expect(results).toMatch(/x/);
      expect(results).toMatch(/\./);
      expect(await run(1)).toBe(results);
    });

    test("until it is taken back", async () => {
      const fault = azure.fail({ status: 500, times: Infinity });
      expect(await failing([plain])).toEqual([true]);
      fault.remove();
      expect(await failing([plain])).toEqual([false]);
    });
  });

  describe("of the connection", () => {
    test.each(["reset", "half-header"] as const)("%s: no answer at all", async (kind) => {
      azure.fail({ kind });
      await expect(readRaw(azure, plain)).rejects.toThrow();
      await azure.settled();
      expect(azure.requests[0]).toMatchObject({ fault: kind, aborted: false });
    });

    test.each([plain, streamed])("reset-after-headers: the head, and no whole body", async (body) => {
      azure.fail({ kind: "reset-after-headers" });
      const { head, complete } = await readRaw(azure, body);
      expect([head.statusCode, complete]).toEqual([200, false]);
    });

    test("stall: nothing until it is released", async () => {
      const fault = azure.fail({ kind: "stall" });
      const answer = post(azure, plain);
      await azure.received(1);
      expect(azure.inFlight.now).toBe(1);
      expect(azure.requests[0]?.status).toBeUndefined();
      fault.release();
      expect((await answer).status).toBe(200);
    });

    test("stall: a client that gives up is seen to be gone", async () => {
      azure.fail({ kind: "stall" });
      const leave = new AbortController();
      const answer = post(azure, plain, { signal: leave.signal });
      await azure.received(1);
      leave.abort();
      await expect(answer).rejects.toThrow();
      await azure.settled();
      expect(azure.requests[0]).toMatchObject({ aborted: true, status: undefined });
    });

    test("close ends what is stalled", async () => {
      const other = await startEmulator();
      other.fail({ kind: "stall" });
      other.respond("slow", { text: "x", delayMs: 3_600_000 });
      const answers = Promise.allSettled([post(other, plain), post(other, { prompt: "slow" })]);
      await other.received(2);
      await other.close();
      expect((await answers).map((answer) => answer.status)).toEqual(["rejected", "rejected"]);
      expect(other.connections.now).toBe(0);
    });

    test("1xx: a 103 before the answer", async () => {
      azure.fail({ kind: "1xx" });
      const { information, head } = await readRaw(azure, plain);
      expect([information, head.statusCode]).toEqual([[103], 200]);
    });
  });

  describe("of the answer", () => {
    test("malformed-json", async () => {
      azure.fail({ kind: "malformed-json" });
      const { head, chunks, complete } = await readRaw(azure, plain);
      expect([head.statusCode, complete]).toEqual([200, true]);
      expect(() => JSON.parse(Buffer.concat(chunks).toString())).toThrow();
    });

    test.each([plain, streamed])("gzip %j", async (body) => {
      azure.fail({ kind: "gzip" });
      const { head, chunks } = await readRaw(azure, body);
      expect(head.headers["content-encoding"]).toBe("gzip");
      expect(gunzipSync(Buffer.concat(chunks)).toString()).toContain("one");
    });

    test.each([
      [{ kind: "html" }, 502, "text/html", /^<html>/],
      [{ kind: "html", status: 504 }, 504, "text/html", /^<html>/],
      [{ kind: "no-content" }, 204, null, /^$/],
      [{ kind: "wrong-content-type" }, 200, "text/plain", /^\{/],
    ] as const)("%j", async (fault, status, type, body) => {
      azure.fail(fault);
      const response = await post(azure, plain);
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toBe(type);
      expect(await response.text()).toMatch(body);
    });

    test("redirect", async () => {
      azure.fail({ kind: "redirect", location: "http://127.0.0.1:1/elsewhere" });
      const { head } = await readRaw(azure, plain);
      expect([head.statusCode, head.headers.location]).toEqual([307, "http://127.0.0.1:1/elsewhere"]);
    });

    test.each([
      ["missing", [0, 1]],
      ["doubled", [0, 1, 2, 0]],
      ["out-of-order", [2, 1, 0]],
      ["out-of-range", [0, 1, 3]],
    ] as const)("bad-choices: %s", async (how, indexes) => {
      azure.fail({ kind: "bad-choices", how });
      const answer: Parsed = await (await post(azure, { prompt: ["x", "x", "x"] })).json();
      expect(answer.choices.map((choice: Parsed) => choice.index)).toEqual(indexes);
    });

    test("no-usage", async () => {
      azure.fail({ kind: "no-usage", times: 2 });
      expect(await (await post(azure, plain)).json()).not.toHaveProperty("usage");
      const body = { ...streamed, stream_options: { include_usage: true } };
      expect(await (await post(azure, body)).text()).not.toContain("usage");
    });

    test("no-usage of responses: the last event has the response without it", async () => {
      azure.fail({ kind: "no-usage" });
      const ask = { operation: "responses", apiVersion: undefined } as const;
      const events = await readEvents(await post(azure, { input: "x", stream: true }, ask));
      expect(events.at(-1)).toMatchObject({ type: "response.completed", response: { status: "completed" } });
      expect(events.at(-1).response).not.toHaveProperty("usage");
    });

    test("split-utf8: an answer comes byte by byte, and is whole at the end", async () => {
      azure.respond("x", "über");
      azure.fail({ kind: "split-utf8" });
      const { chunks } = await readRaw(azure, plain);
      expect(chunks.some((chunk) => chunk.toString().includes("\uFFFD"))).toBe(true);
      expect(JSON.parse(Buffer.concat(chunks).toString()).choices[0].text).toBe("über");
    });
  });

  describe("of a stream", () => {
    const textOf = async (fault: Fault): Promise<string> => {
      azure.fail(fault);
      const { chunks } = await readRaw(azure, streamed);
      return Buffer.concat(chunks).toString();
    };
    const frames = (text: string): number => text.split("\n\n").length - 1;

    test("cut-stream: what came came, then the connection goes", async () => {
      azure.fail({ kind: "cut-stream", afterChunks: 3 });
      const { chunks, complete } = await readRaw(azure, streamed);
      const text = Buffer.concat(chunks).toString();
      expect([frames(text), complete]).toEqual([3, false]);
      expect(text).toContain('"text":" two"');
      await azure.settled();
      expect(azure.requests[0]?.aborted).toBe(false);
    });

    test("stall-stream: it goes on when it is released", async () => {
      const fault = azure.fail({ kind: "stall-stream", afterChunks: 2 });
      const response = await post(azure, streamed);
      const reader = response.body!.getReader();
      const first = await reader.read();
      expect(Buffer.from(first.value!).toString()).toContain("prompt_filter_results");
      expect(azure.inFlight.now).toBe(1);
      fault.release();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        rest += Buffer.from(part.value).toString();
      }
      expect(rest).toContain("[DONE]");
    });

    test("no-done: the end without its mark", async () => {
      azure.fail({ kind: "no-done" });
      const { chunks, complete } = await readRaw(azure, streamed);
      expect(complete).toBe(true);
      const text = Buffer.concat(chunks).toString();
      expect(text).toContain('"finish_reason":"stop"');
      expect(text).not.toContain("[DONE]");
    });

    test("no-done of responses: the last event is missing", async () => {
      azure.fail({ kind: "no-done" });
      const ask = { operation: "responses", apiVersion: undefined } as const;
      const events = await readEvents(await post(azure, { input: "x", stream: true }, ask));
      expect(events.at(-1).type).toBe("response.output_item.done");
    });

    test("malformed-sse", async () => {
      const text = await textOf({ kind: "malformed-sse" });
      const last = text.trimEnd().split("\n\n").at(-1)?.slice("data: ".length) ?? "";
      expect(() => JSON.parse(last)).toThrow();
    });

    test("error-frame: Azure's own, and the end", async () => {
      const text = await textOf({ kind: "error-frame", afterChunks: 1 });
      expect(frames(text)).toBe(2);
      const last = text.trimEnd().split("\n\n").at(-1)?.slice("data: ".length) ?? "";
      expect(JSON.parse(last).error).toMatchObject({ type: "server_error", code: null });
    });

    test("slow-first-token: the head and the prompt's verdict do not wait", async () => {
      azure.fail({ kind: "slow-first-token", delayMs: 3_600_000 });
      const leave = new AbortController();
      const response = await post(azure, streamed, { signal: leave.signal });
      const first = await response.body!.getReader().read();
      expect(Buffer.from(first.value!).toString()).toContain("prompt_filter_results");
      leave.abort();
      await azure.settled();
      expect(azure.requests[0]?.aborted).toBe(true);
    });

    test("split-utf8: characters come in parts, and are whole at the end", async () => {
      azure.respond("x", "👩‍👧 über");
      azure.fail({ kind: "split-utf8" });
      const { chunks } = await readRaw(azure, streamed);
      expect(chunks.some((chunk) => chunk.toString().includes("\uFFFD"))).toBe(true);
      expect(Buffer.concat(chunks).toString()).toContain("über");
    });

    test("a stream that nobody reads any more is over", async () => {
      azure.respond("x", { chunks: ["one", "two"], chunkDelayMs: 3_600_000 });
      const response = await post(azure, streamed);
      await response.body!.cancel();
      await azure.settled();
      expect(azure.requests[0]).toMatchObject({ status: 200, aborted: true });
    });
  });
});
