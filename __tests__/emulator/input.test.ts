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
    [{ deployments: ["chat"] }, /deployments: expected an object, got an array/],
    [{ deployments: { chat: "gpt-4o" } }, /deployment "chat": expected an object, got string/],
    [{ deployments: { chat: { modell: "gpt-4o" } } }, /deployment "chat": .*Did you mean "model"\?/],
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
    ["fail", [{ status: "429" }], /`status` to be a number, such as 429, got string/],
    ["fail", [{ kind: "reset", afterChunks: 2 }], /kind "reset": there is no option "afterChunks"/],
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
