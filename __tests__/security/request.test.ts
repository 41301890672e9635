import type { IncomingHttpHeaders } from "node:http";
import type { AzureOpenAIInput } from "../../src/index.js";
import { failureOf, OPERATIONS } from "../llms/matrix.js";
import { bodies, connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

useCleanEnvironment();
const azure = useEmulator();

/** What no message may hold. */
const MARK = "s3cr3t-m4rk";

/** What the constructor throws, or else the first call. */
async function refusalOf(fields: object, call: object = {}): Promise<unknown> {
  return failureOf((async () => connect(azure(), fields).invoke("Hello", call))());
}

describe("`modelKwargs` are fields of the body and nothing else", () => {
  const REFUSED: readonly (readonly [string, object])[] = [
    ["model", { model: `other-${MARK}` }],
    ["stream", { stream: true }],
    ["prompt", { prompt: MARK }],
    ["messages", { messages: [{ role: "user", content: MARK }] }],
    ["input", { input: MARK }],
    ["n", { n: 128 }],
    ["__proto__", JSON.parse(`{ "__proto__": { "model": "${MARK}" } }`)],
    ["toJSON", { toJSON: () => ({ model: MARK, prompt: MARK }) }],
    ["headers", { headers: { "api-key": MARK } }],
    ["extra_headers", { extra_headers: { "api-key": MARK } }],
    ["extra_query", { extra_query: { "api-version": MARK } }],
  ];

  describe.each(REFUSED)("%s is refused", (name, modelKwargs) => {
    test.each(Object.entries(OPERATIONS))("by %s", async (_, place) => {
      for (const [fields, call] of [
        [{ ...place, modelKwargs }, {}],
        [place, { modelKwargs }],
      ] as const) {
        const error = await refusalOf(fields, call);
        expect(error).toMatchObject({
          code: "configuration",
          message: expect.stringContaining(`\`${name}\``),
        });
        expect(String(error)).not.toContain(MARK);
      }
      expect(azure().requests).toEqual([]);
    });
  });

  test("what the prototype of such an object holds is not sent", async () => {
    const inherited: object = Object.create({ model: "other", user: "someone" });
    await connect(azure(), { modelKwargs: Object.assign(inherited, { seed: 1 }) }).invoke("Hello");
    expect(bodies(azure())[0]).toMatchObject({ model: "gpt-35-turbo-instruct-0914", seed: 1 });
    expect(bodies(azure())[0]).not.toHaveProperty("user");
  });

  test("a field that is called `constructor` is a field", async () => {
    azure().fail({ status: 400, body: { error: { code: "400", message: "no" } } });
    await refusalOf({ modelKwargs: { constructor: "x" } });
    expect(Object.hasOwn(bodies(azure())[0] ?? {}, "constructor")).toBe(true);
  });

  test("what the caller changes in them later is not sent", async () => {
    const modelKwargs: Record<string, unknown> = { seed: 1 };
    const llm = connect(azure(), { modelKwargs });
    modelKwargs["model"] = "other";
    await llm.invoke("Hello");
    expect(bodies(azure())[0]).toMatchObject({ model: "gpt-35-turbo-instruct-0914", seed: 1 });
  });
});

/** Each place that takes headers. */
const PLACES: readonly (readonly [string, (headers: unknown) => readonly [object, object]])[] = [
  ["configuration.defaultHeaders", (defaultHeaders) => [{ configuration: { defaultHeaders } }, {}]],
  ["headers", (headers) => [{}, { headers }]],
  ["options.headers", (headers) => [{}, { options: { headers } }]],
];

describe.each(PLACES)("%s", (place, put) => {
  test.each(["host", "Host", "content-length", "Transfer-Encoding", "connection", "upgrade", "trailer"])(
    "may not hold %s, which belongs to the connection",
    async (name) => {
      const error = await refusalOf(...put({ [name]: MARK }));
      expect(error).toMatchObject({
        code: "configuration",
        message: expect.stringContaining(`\`${name}\` in \`${place}\``),
      });
      expect(String(error)).not.toContain(MARK);
      expect(azure().requests).toEqual([]);
    },
  );

  test.each<[string, Record<string, unknown>]>([
    ["a line break in a value", { "x-a": `${MARK}\r\nx-b: 1` }],
    ["a line feed in a value", { "x-a": `${MARK}\nx-b: 1` }],
    ["a carriage return in a value", { "x-a": `${MARK}\rx-b: 1` }],
    ["a NUL in a value", { "x-a": `${MARK}\u0000` + "x" }],
    ["a letter beyond Latin-1 in a value", { "x-a": `${MARK}\u0416` }],
    ["half a character in a value", { "x-a": `${MARK}\ud800` }],
    ["a line break in a name", { [`x-${MARK}\r\nx-b`]: "1" }],
    ["a space in a name", { [`x ${MARK}`]: "1" }],
    ["a colon in a name", { [`x:${MARK}`]: "1" }],
    ["a letter beyond ASCII in a name", { [`x-\u212a-${MARK}`]: "1" }],
    ["no name", { "": MARK }],
    ["an object as a value", { "x-a": { toString: () => MARK } }],
  ])("may not hold %s, and the message does not print it", async (_, headers) => {
    const error = await refusalOf(...put(headers));
    expect(error).toMatchObject({ code: "configuration", message: expect.stringContaining(`\`${place}\``) });
    expect(String(error)).not.toContain(MARK);
    expect(azure().requests).toEqual([]);
  });

  test("may hold an authorization, which is the sign-in then and the only one", async () => {
    const [fields, call] = put({ Authorization: `Bearer ${azure().token}` });
    const other = place === "configuration.defaultHeaders" ? { apiKey: undefined } : {};
    await connect(azure(), { ...other, ...fields }).invoke("Hello", call);
    expect(azure().requests.map(({ authentication }) => authentication)).toEqual([
      { kind: "bearer", valid: true },
    ]);
  });
});

describe("what cannot be in a header is refused at once, and the message does not print it", () => {
  const BROKEN = [`${MARK}\r\nx-b: 1`, `${MARK}\nx`, `${MARK}\u0000x`, `${MARK}\u0416`, `\u200b${MARK}`];
  const noKey: AzureOpenAIInput = { apiKey: undefined };

  test.each<[string, (value: string) => AzureOpenAIInput]>([
    ["an API key", (apiKey) => ({ apiKey })],
    ["a token", (azureADToken) => ({ ...noKey, azureADToken })],
    [
      "a token from a provider",
      (token) => ({ ...noKey, azureADTokenProvider: () => Promise.resolve(token) }),
    ],
    [
      "a token from a credential",
      (token) => ({
        ...noKey,
        credential: {
          getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
        },
      }),
    ],
  ])("%s", async (_, give) => {
    for (const value of BROKEN) {
      const error = await refusalOf(give(value));
      expect(error).toMatchObject({ code: "configuration" });
      expect(String(error)).not.toContain(MARK);
    }
    expect(azure().requests).toEqual([]);
  });

  test.each(["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"])("%s", async (variable) => {
    process.env[variable] = BROKEN[0];
    const error = await refusalOf(noKey);
    expect(error).toMatchObject({ code: "configuration", message: expect.stringContaining(variable) });
    expect(String(error)).not.toContain(MARK);
  });
});

test("a `user` with line breaks stays inside the body", async () => {
  const user = "someone\r\nx-injected: 1\r\n\r\nPOST /openai/evil HTTP/1.1";
  await connect(azure(), { user }).invoke("Hello");
  const [asked, ...others] = azure().requests;
  const headers: IncomingHttpHeaders = asked?.headers ?? {};
  expect(headers).not.toHaveProperty("x-injected");
  expect(others).toEqual([]);
  expect(bodies(azure())[0]).toMatchObject({ user });
});
