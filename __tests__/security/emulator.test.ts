import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { startEmulator } from "../../src/emulator/index.js";
import { connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

useCleanEnvironment();
const azure = useEmulator();

interface Answered {
  readonly status: number | undefined;
  readonly text: string;
}

/** Asks the emulator with headers that `fetch` would not let through; the body may be a promise of one only. */
function ask(headers: Record<string, string>, body?: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${azure().endpoint}/openai/v1/completions`,
      { method: "POST", headers, agent: false },
      (response) => {
        let text = "";
        response.on("data", (piece: Buffer) => (text += piece.toString()));
        response.on("end", () => {
          resolve({ status: response.statusCode, text });
          asked.destroy();
        });
      },
    );
    asked.on("error", reject);
    if (body === undefined) asked.flushHeaders();
    else asked.end(body);
  });
}

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal }) => !internal)
  .map(({ address }) => address);

test.each([
  ...new Set(["0.0.0.0", "::", "", "0", "10.0.0.1", "example.com", "localhost.evil.example", ...outside]),
])("it does not listen on %j, and says what it listens on", async (host) => {
  await expect(startEmulator({ host })).rejects.toThrow(
    "Leave out `host`, or make it one of 127.0.0.1, localhost, ::1.",
  );
});

test.each(["127.0.0.1", "localhost"])("it listens on %s", async (host) => {
  const local = await startEmulator({ host });
  expect(new URL(local.endpoint).hostname).toBe(host);
  await connect(local).invoke("Hello");
  await local.close();
});

describe("a page of another site is refused", () => {
  const body = JSON.stringify({ model: "instruct", prompt: "Hello" });
  const signedIn = { "api-key": "emulator-api-key", "content-type": "application/json" };

  test.each<Record<string, string>>([
    { host: "evil.example" },
    { host: "evil.example:80" },
    { host: "127.0.0.1.evil.example" },
    { host: "localhost.evil.example" },
    { host: "evil-localhost" },
    { host: "user@localhost" },
    { origin: "https://evil.example" },
    { origin: "http://localhost.evil.example" },
    { origin: "null" },
  ])("%j", async (headers) => {
    const { status, text } = await ask({ ...signedIn, ...headers }, body);
    expect(status).toBe(403);
    expect(text).toContain("of this machine only");
    expect(azure().requests).toEqual([]);
  });

  test.each<Record<string, string>>([
    {},
    { host: "localhost:1234" },
    { host: "azure.localhost" },
    { host: "[::1]:80" },
    { origin: "http://localhost:5173" },
    { origin: "http://127.0.0.1:8080" },
  ])("one of this machine is not: %j", async (headers) => {
    expect(await ask({ ...signedIn, ...headers }, body)).toMatchObject({ status: 200 });
  });
});

describe("a body that memory should not hold is refused", () => {
  test("by its announced length", async () => {
    const { status, text } = await ask({ "content-length": String(2 ** 30) });
    expect(status).toBe(413);
    expect(text).toContain("Send less at a time");
    expect(azure().requests).toEqual([]);
  });

  test("by its length, where none is announced", async () => {
    const answered = ask({ "transfer-encoding": "chunked" }, " ".repeat(2 ** 26 + 1));
    // The connection may end while the client is still sending.
    const { status } = await answered.catch(() => ({ status: 413 }));
    expect(status).toBe(413);
    expect(azure().requests).toEqual([]);
  });
});

test("its log keeps as many requests as it was told", async () => {
  const local = await startEmulator({ keepRequests: 3 });
  await connect(local, { batchSize: 1 }).batch(["1", "2", "3", "4", "5"]);
  expect(local.requests).toHaveLength(3);
  await local.close();
});

test("its log holds no key and no token", async () => {
  await connect(azure()).invoke("Hello");
  await connect(azure(), { apiKey: undefined, azureADToken: azure().token }).invoke("Hello");
  expect(azure().requests).toHaveLength(2);
  expect(JSON.stringify(azure().requests)).not.toMatch(new RegExp(`${azure().apiKey}|${azure().token}`));
});
