import { startEmulator } from "../../src/emulator/index.js";
import { Quota } from "../../src/emulator/quota.js";
import { post } from "./ask.js";

describe("how quotas count", () => {
  const quota = (limits: { requests?: number; tokens?: number }): Quota =>
    new Quota({ requestsPerMinute: limits.requests, tokensPerMinute: limits.tokens });

  test("600 requests a minute are 10 a second", () => {
    const window = quota({ requests: 600 });
    const at = (now: number): boolean => window.take(1, now).allowed;
    expect(Array.from({ length: 10 }, () => at(0))).not.toContain(false);
    expect(at(500)).toBe(false);
    // The nine that are left of the first ten have gone by then, the refused one has not.
    expect(Array.from({ length: 9 }, () => at(1000))).not.toContain(false);
    expect(at(1000)).toBe(false);
  });

  test("30 requests a minute are 5 in 10 seconds", () => {
    const window = quota({ requests: 30 });
    const answers = Array.from({ length: 6 }, () => window.take(1, 0).allowed);
    expect(answers).toEqual([true, true, true, true, true, false]);
    expect(window.take(1, 9999).allowed).toBe(false);
    expect(window.take(1, 19_999).allowed).toBe(true);
  });

  test("who comes back when told gets in", () => {
    const window = quota({ requests: 60 });
    window.take(1, 0);
    const refused = window.take(1, 400);
    expect(refused).toMatchObject({ allowed: false, kind: "call" });
    const waitMs = refused.allowed ? 0 : refused.retryAfterMs;
    expect(window.take(1, 400 + waitMs + 400).allowed).toBe(true);
  });

  test("tokens are counted over a minute", () => {
    const window = quota({ tokens: 1000 });
    expect(window.take(600, 0).allowed).toBe(true);
    const refused = window.take(600, 15_000);
    expect(refused).toMatchObject({ allowed: false, kind: "token", retryAfterMs: 45_000 });
    expect(window.take(400, 15_000).allowed).toBe(true);
    expect(window.take(600, 60_000).allowed).toBe(true);
  });

  test("more than the whole limit never fits", () => {
    const window = quota({ tokens: 100 });
    expect(window.take(101, 0)).toMatchObject({ allowed: false, retryAfterMs: 60_000 });
    expect(window.take(101, 600_000).allowed).toBe(false);
  });

  test("answers tell limits and what is left", () => {
    const window = quota({ requests: 600, tokens: 1000 });
    expect(window.take(300, 0).headers).toEqual({
      "x-ratelimit-limit-requests": "600",
      "x-ratelimit-remaining-requests": "9",
      "x-ratelimit-reset-requests": "1",
      "x-ratelimit-limit-tokens": "1000",
      "x-ratelimit-remaining-tokens": "700",
      "x-ratelimit-reset-tokens": "60",
    });
  });

  test("without limits nothing is said", () => {
    expect(quota({}).take(1, 0)).toEqual({ allowed: true, headers: {} });
  });
});

describe("a deployment with a quota", () => {
  const instruct = { model: "gpt-35-turbo-instruct", tokensPerMinute: 50 };
  const message = (wait: string): string =>
    `Requests to the Completions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier.${wait} Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.`;

  test("answers 429 in Azure's words, with every hint", async () => {
    await using azure = await startEmulator({ deployments: { instruct } });
    const first = await post(azure, { prompt: "abcd", max_tokens: 40 });
    expect(first.status).toBe(200);
    expect(first.headers.get("x-ratelimit-remaining-tokens")).toBe("9");
    const second = await post(azure, { prompt: "abcd", max_tokens: 40 });
    expect(second.status).toBe(429);
    const waitMs = Number(second.headers.get("retry-after-ms"));
    const seconds = second.headers.get("retry-after");
    expect(waitMs).toBeGreaterThan(0);
    expect(seconds).toBe(String(Math.ceil(waitMs / 1000)));
    expect(await second.json()).toEqual({
      error: { code: "429", message: message(` Please retry after ${seconds} seconds.`) },
    });
  });

  test("answers 429 without a hint, where it is told so", async () => {
    const deployments = { instruct: { ...instruct, rateLimitHints: [] } };
    await using azure = await startEmulator({ deployments });
    const response = await post(azure, { prompt: "x", max_tokens: 100 });
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after-ms")).toBeNull();
    expect(response.headers.get("retry-after")).toBeNull();
    expect(await response.json()).toEqual({ error: { code: "429", message: message("") } });
  });

  test("names the v1 API where it was asked there", async () => {
    await using azure = await startEmulator({ deployments: { instruct } });
    const response = await post(azure, { prompt: "x", max_tokens: 100 }, { apiVersion: undefined });
    expect(response.status).toBe(429);
    expect(await response.text()).toContain("under Azure OpenAI API version v1 have exceeded");
  });

  test("counts 16 tokens where a request names no limit, and every prompt and candidate", async () => {
    await using azure = await startEmulator({
      deployments: { instruct: { ...instruct, tokensPerMinute: 1000 } },
    });
    const left = async (body: object): Promise<string | null> =>
      (await post(azure, body)).headers.get("x-ratelimit-remaining-tokens");
    expect(await left({ prompt: "abcdefgh" })).toBe(String(1000 - 2 - 16));
    azure.reset();
    expect(await left({ prompt: ["ab", "cd"], max_tokens: 10, best_of: 3 })).toBe(String(1000 - 3 - 60));
  });

  test("a reset fills it again", async () => {
    await using azure = await startEmulator({ deployments: { instruct } });
    const ask = async (): Promise<number> => (await post(azure, { prompt: "x", max_tokens: 40 })).status;
    expect([await ask(), await ask()]).toEqual([200, 429]);
    azure.reset();
    expect(await ask()).toBe(200);
  });

  test("tells nothing about limits it does not have", async () => {
    await using azure = await startEmulator();
    const response = await post(azure, { prompt: "x" });
    expect([...response.headers.keys()].filter((name) => name.startsWith("x-ratelimit"))).toEqual([]);
  });
});
