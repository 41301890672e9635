import {
  type AnswerText,
  type CompletionFilterOptions,
  type DeploymentOptions,
  type Emulator,
  type EmulatorOptions,
  type LoggedRequest,
  startEmulator,
} from "langchain-azure-openai/emulator";
import { describe, expect, test } from "tstyche";

declare const azure: Emulator;

describe("the options of the emulator", () => {
  test("may all be left out", () => {
    expect(startEmulator()).type.toBe<Promise<Emulator>>();
    expect(startEmulator).type.toBeCallableWith({});
  });

  test("may all be undefined, also where optional properties are exact", () => {
    expect<Record<keyof EmulatorOptions, undefined>>().type.toBeAssignableTo<EmulatorOptions>();
    expect<Record<keyof DeploymentOptions, undefined>>().type.toBeAssignableTo<DeploymentOptions>();
    expect<Record<keyof AnswerText, undefined>>().type.toBeAssignableTo<AnswerText>();
    expect<
      Record<keyof CompletionFilterOptions, undefined>
    >().type.toBeAssignableTo<CompletionFilterOptions>();
    expect(azure.fail).type.toBeCallableWith({ status: 429, times: undefined, match: undefined });
  });

  test("are refused where they are misspelt or have another type", () => {
    expect(startEmulator).type.not.toBeCallableWith({ deployment: {} });
    expect(startEmulator).type.not.toBeCallableWith({ port: "8080" });
    expect(startEmulator).type.not.toBeCallableWith({ deployments: { instruct: { modl: "gpt-4o" } } });
  });

  test("of a deployment have the literals that they take", () => {
    expect<DeploymentOptions["contentFilter"]>().type.toBe<
      "default" | "asynchronous" | "unavailable" | undefined
    >();
    expect<DeploymentOptions["streamUsage"]>().type.toBe<"accept" | "refuse" | "ignore" | undefined>();
    expect(startEmulator).type.toBeCallableWith({
      deployments: { instruct: { model: "gpt-35-turbo-instruct", operations: ["completions"] } },
    });
    expect(startEmulator).type.not.toBeCallableWith({
      deployments: { instruct: { operations: ["embeddings"] } },
    });
  });
});

describe("the emulator", () => {
  test("answers with a text, with pieces or with what a function makes of the prompt", () => {
    expect(azure.respond).type.toBeCallableWith(/joke/, "Knock, knock.");
    expect(azure.respond).type.toBeCallableWith("joke", {
      chunks: ["Knock, ", "knock."],
      chunkDelayMs: 5,
    } as const);
    expect(azure.respond).type.toBeCallableWith(
      (prompt: string) => prompt.length > 3,
      (prompt: string) => prompt.toUpperCase(),
    );
    expect(azure.respond).type.not.toBeCallableWith(/joke/, 42);
  });

  test("takes the faults that it knows, each with its own details", () => {
    expect(azure.fail).type.toBeCallableWith({ status: 429, retryAfterMs: 200, times: 2 });
    expect(azure.fail).type.toBeCallableWith({ kind: "cut-stream", afterChunks: 3, match: /story/ });
    expect(azure.fail).type.toBeCallableWith({ kind: "redirect", location: "https://elsewhere.example" });
    expect(azure.fail).type.not.toBeCallableWith({ kind: "redirect" });
    expect(azure.fail).type.not.toBeCallableWith({ kind: "explode" });
    expect(azure.fail).type.not.toBeCallableWith({});
  });

  test("shows what it was asked, which nobody can change", () => {
    expect(azure.requests).type.toBe<readonly LoggedRequest[]>();
    expect<LoggedRequest["operation"]>().type.toBe<
      "completions" | "chat" | "responses" | "models" | undefined
    >();
  });

  test("is closed by close and at the end of await using", () => {
    expect(azure.close()).type.toBe<Promise<void>>();
    expect<Emulator>().type.toBeAssignableTo<AsyncDisposable>();
  });
});
