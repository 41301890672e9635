import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { LLMResult } from "@langchain/core/outputs";
import { PromptTemplate } from "@langchain/core/prompts";
import type { AzureOpenAICallOptions, AzureOpenAIInput } from "../../src/index.js";
import { connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { OPERATIONS, WAYS } from "../llms/matrix.js";

const azure = useEmulator();
useCleanEnvironment();

class Listener extends BaseCallbackHandler {
  name = "listener";
  readonly metadata: Record<string, unknown>[] = [];
  readonly ends: LLMResult[] = [];
  override handleLLMStart(
    _llm: unknown,
    _prompts: string[],
    _runId: string,
    _parent?: string,
    _extra?: unknown,
    _tags?: string[],
    metadata?: Record<string, unknown>,
  ): void {
    this.metadata.push({ ...metadata });
  }
  override handleLLMEnd(output: LLMResult): void {
    this.ends.push(output);
  }
}

const expected: readonly (readonly [string, AzureOpenAIInput, Partial<AzureOpenAICallOptions>, object])[] = [
  [
    "completions by default",
    OPERATIONS.completions,
    {},
    { ls_model_name: "instruct", ls_temperature: 0.7, ls_max_tokens: 256 },
  ],
  [
    "what is set",
    { ...OPERATIONS.chat, model: "gpt-4o", temperature: 0, maxTokens: 9, stop: ["x"] },
    {},
    { ls_model_name: "gpt-4o", ls_temperature: 0, ls_max_tokens: 9, ls_stop: ["x"] },
  ],
  [
    "the call's over the constructor's",
    { ...OPERATIONS.responses, temperature: 0, maxTokens: 99 },
    { temperature: 1, stop: ["y"] },
    { ls_temperature: 1, ls_max_tokens: 99, ls_stop: ["y"] },
  ],
];

describe.each(WAYS)("%s tells tracers", (_, ask) => {
  test.each(expected)("%s", async (__, fields, call, metadata) => {
    const listener = new Listener();
    await ask(connect(azure(), { ...fields, callbacks: [listener] }), "Hello", call);
    expect(listener.metadata).toMatchObject([{ ls_provider: "azure", ls_model_type: "llm", ...metadata }]);
  });

  test("no default that is not sent", async () => {
    const listener = new Listener();
    await ask(connect(azure(), { ...OPERATIONS.chat, callbacks: [listener] }), "Hello");
    expect(Object.keys(listener.metadata[0] ?? {}).filter((name) => name.startsWith("ls_"))).toEqual([
      "ls_provider",
      "ls_model_type",
      "ls_model_name",
    ]);
  });

  test("the model that served last, where none is named", async () => {
    const listener = new Listener();
    const llm = connect(azure(), { ...OPERATIONS.chat, callbacks: [listener] });
    await ask(llm, "Hello");
    await ask(llm, "Hello");
    expect(listener.metadata.map((each) => each["ls_model_name"])).toEqual(["chat", "gpt-4o-2024-11-20"]);
  });

  test.each(Object.entries(OPERATIONS))("usage, request id and model at the end of %s", async (__, place) => {
    const listener = new Listener();
    await ask(connect(azure(), { ...place, callbacks: [listener] }), "Hello");
    expect(listener.ends).toMatchObject([
      {
        generations: [
          [
            {
              generationInfo: {
                tokenUsage: { totalTokens: expect.any(Number) },
                requestId: expect.any(String),
                region: "East US",
                modelName: expect.any(String),
              },
            },
          ],
        ],
      },
    ]);
  });
});

test("the caller's own metadata is kept and wins", async () => {
  const listener = new Listener();
  await connect(azure(), { ...OPERATIONS.chat, callbacks: [listener] }).invoke("Hello", {
    metadata: { team: "search", ls_provider: "mine" },
  });
  expect(listener.metadata).toMatchObject([{ team: "search", ls_provider: "mine", ls_model_type: "llm" }]);
});

test("a chain's metadata goes to the model's run and the model's not to the chain's", async () => {
  const listener = new Listener();
  const chains: unknown[] = [];
  listener.handleChainStart = (...args: unknown[]): void => void chains.push(args[5]);
  await PromptTemplate.fromTemplate("{x}")
    .pipe(connect(azure(), OPERATIONS.chat))
    .invoke({ x: "Hello" }, { metadata: { team: "search" }, callbacks: [listener] });
  expect(listener.metadata).toMatchObject([{ team: "search", ls_provider: "azure" }]);
  expect(JSON.stringify(chains)).not.toContain("ls_provider");
});
