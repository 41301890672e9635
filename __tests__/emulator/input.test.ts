import { startEmulator, type Emulator } from "../../src/emulator/index.js";

/** A call as plain JavaScript makes it, past the compiler. */
function loosen(azure: Emulator, method: keyof Emulator): (...given: unknown[]) => unknown {
  return (...given) => Reflect.apply(Object(azure[method]), azure, given);
}

const start = (options: unknown): Promise<Emulator> => Reflect.apply(startEmulator, undefined, [options]);

describe("what an emulator is started with", () => {
  test.each([
    [{ deployment: {} }, /no option "deployment"\. Did you mean "deployments"\?/],
    [{ api_key: "x" }, /Did you mean "apiKey"\?/],
    [{ zzzzzz: 1 }, /no option "zzzzzz"\. Known: "deployments", "apiKey"/],
    [{ filter: { promt: "x" } }, /filter: there is no option "promt"\. Did you mean "prompt"\?/],
    [{ deployments: ["chat"] }, /expected `deployments` to be an object, got an array/],
    [{ deployments: { chat: "gpt-4o" } }, /deployment "chat": expected an object, got string/],
    [{ deployments: { chat: { modell: "gpt-4o" } } }, /deployment "chat": .*Did you mean "model"\?/],
    [{ apiKey: 5 }, /startEmulator: expected `apiKey` to be a string, got 5\./],
    [{ port: 70_000 }, /expected `port` to be a whole number from 0 to 65535, got 70000\./],
    [{ tokens: "t" }, /expected `tokens` to be an array, each item a string or a function, got "t"\./],
    [{ keyAuthentication: "no" }, /expected `keyAuthentication` to be true or false, got "no"\./],
    [{ filter: { prompt: 1 } }, /filter: expected `prompt` to be a string or an expression or a function/],
    [
      { deployments: { chat: { contentFilter: "async" } } },
      /deployment "chat": contentFilter: "async" is not known\. Known: "default", "asynchronous", "unavailable"\./,
    ],
    [{ deployments: { chat: { streamUsage: "acept" } } }, /streamUsage: .*Did you mean "accept"\?/],
    [
      { deployments: { chat: { operations: "chat" } } },
      /expected `operations` to be an array, each item one of/,
    ],
    [
      { deployments: { chat: { operations: ["edit"] } } },
      /each item one of "completions", "chat", "responses"/,
    ],
    [{ deployments: { chat: { rateLimitHints: ["header"] } } }, /"retry-after-ms", "retry-after", "text"/],
    [
      { deployments: { chat: { requestsPerMinute: 0 } } },
      /`requestsPerMinute` to be a number above 0, got 0/,
    ],
    [
      { deployments: { chat: { latencyMs: -1 } } },
      /`latencyMs` to be a number of at least 0 or an object, got -1/,
    ],
    [{ deployments: { chat: { model: {} } } }, /expected `model` to be a string, got object/],
    [null, /startEmulator: expected an object, got null/],
  ])("%j is refused", async (options, message) => {
    const started = start(options);
    await expect(started).rejects.toThrow(TypeError);
    await expect(started).rejects.toThrow(message);
  });
});

describe("what a running emulator is told", () => {
  let azure: Emulator;
  beforeAll(async () => {
    azure = await startEmulator();
  });
  beforeEach(() => {
    azure.reset();
  });
  afterAll(() => azure.close());

  test.each<[keyof Emulator, unknown[], RegExp]>([
    ["fail", [{ kind: "reseet" }], /kind: "reseet" is not known\. Did you mean "reset"\?/],
    ["fail", [{ kind: null }], /kind: expected one of "status", .*got null/],
    ["fail", [{ stauts: 429 }], /no option "stauts"\. Did you mean "status"\?/],
    ["fail", [{ status: 429, retry_after_ms: 1 }], /Did you mean "retryAfterMs"\?/],
    ["fail", [{ status: "429" }], /`status` to be a whole number from 200 to 599, got "429"/],
    ["fail", [{ kind: "reset", afterChunks: 2 }], /kind "reset": there is no option "afterChunks"/],
    ["fail", [{ status: 99 }], /`status` to be a whole number from 200 to 599, got 99/],
    ["fail", [{ status: 500, times: "2" }], /`times` to be a number of at least 0, got "2"/],
    ["fail", [{ status: 500, probability: 2 }], /`probability` to be a number from 0 to 1, got 2/],
    ["fail", [{ status: 500, operation: "edit" }], /operation: "edit" is not known\. .*"responses"/],
    ["fail", [{ status: 500, headers: { a: 1 } }], /`headers` to be an object of strings, got object/],
    [
      "fail",
      [{ kind: "bad-choices", how: "mising" }],
      /how: "mising" is not known\. Did you mean "missing"\?/,
    ],
    ["fail", [{ kind: "bad-choices" }], /`how` to be one of "missing", "doubled", .*got undefined/],
    ["fail", [{ kind: "redirect" }], /`location` to be a string, got undefined/],
    [
      "fail",
      [{ kind: "redirect", location: "/", status: 200 }],
      /`status` to be a whole number from 300 to 399/,
    ],
    ["fail", [{ kind: "slow-first-token" }], /`delayMs` to be a number of at least 0, got undefined/],
    ["fail", [{ kind: "cut-stream", afterChunks: -1 }], /`afterChunks` to be a number of at least 0, got -1/],
    ["respond", [42, "x"], /respond: expected `match` to be a string or an expression or a function, got 42/],
    ["respond", [/x/, { finishReason: "stopp" }], /finishReason: .*Did you mean "stop"\?/],
    ["respond", [/x/, { chunks: "a b" }], /`chunks` to be an array, each item a string, got "a b"/],
    ["filterPrompt", [undefined], /filterPrompt: expected `match` to be .*got undefined/],
    ["filterPrompt", ["x", { annotateOnly: 1 }], /`annotateOnly` to be true or false, got 1/],
    ["fail", [{}], /Give a `status`, such as 429, or a `kind`: "status", "reset"/],
    ["fail", [{ times: 2 }], /nothing says what goes wrong/],
    ["fail", [], /fail: expected an object, got undefined/],
    ["respond", [/x/], /the answer is missing\. Give a string, a function or an object/],
    ["respond", [/x/, 42], /the answer: expected an object, got number/],
    ["respond", [/x/, { txt: "y" }], /the answer: there is no option "txt"\. Did you mean "text"\?/],
    ["filterPrompt", ["x", { category: "violense" }], /category: .*Did you mean "violence"\?/],
    ["filterPrompt", ["x", { severity: "hihg" }], /severity: "hihg" is not known/],
    ["filterPrompt", ["x", { late: true }], /filterPrompt: there is no option "late"/],
    ["filterCompletion", ["x", { categry: "hate" }], /filterCompletion: .*Did you mean "category"\?/],
    ["deploy", ["y", "gpt-4o"], /deploy "y": expected an object, got string/],
    ["deploy", ["y", { requestPerMinute: 1 }], /Did you mean "requestsPerMinute"\?/],
    ["deploy", ["y", { latencyMs: { frist: 1 } }], /latencyMs: there is no option "frist"/],
  ])("%s refuses %j", (method, given, message) => {
    const call = (): unknown => loosen(azure, method)(...given);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });

  test("a deployment that is refused is not there", () => {
    expect(() => loosen(azure, "deploy")("y", { modle: "gpt-4o" })).toThrow(TypeError);
    expect(azure.deployments).not.toContain("y");
  });

  test("a fault may name a deployment that is not there yet", () => {
    expect(azure.fail({ status: 500, deployment: "later" }).hits).toBe(0);
    expect(azure.fail({ kind: "status", status: 500 }).hits).toBe(0);
  });

  test("a deployment needs no options, and its model may be any", () => {
    azure.deploy("y", {});
    azure.deploy("z");
    azure.deploy("made-up", { model: "no-such-model", latencyMs: { first: 0 } });
    expect(azure.deployments).toEqual(expect.arrayContaining(["y", "z", "made-up"]));
  });
});
