import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseLLM } from "@langchain/core/language_models/llms";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { PromptTemplate } from "@langchain/core/prompts";
import type { Runnable } from "@langchain/core/runnables";
import type { AzureOpenAI } from "langchain-azure-openai";
import { type AzureOpenAICallOptions, type BatchProgress } from "langchain-azure-openai";
import { describe, expect, test } from "tstyche";

declare const llm: AzureOpenAI;
const prompt = PromptTemplate.fromTemplate<{ topic: string }>("Tell me a joke about {topic}");

describe("the model", () => {
  test("goes wherever LangChain takes an LLM", () => {
    expect<AzureOpenAI>().type.toBeAssignableTo<BaseLLM>();
    expect<AzureOpenAI>().type.toBeAssignableTo<Runnable<BaseLanguageModelInput, string>>();
  });

  test("answers with the text", () => {
    expect(llm.invoke("Tell me a joke")).type.toBe<Promise<string>>();
  });

  test("takes what LangChain's prompts make, and nothing else", async () => {
    expect(llm.invoke).type.toBeCallableWith("Tell me a joke");
    expect(llm.invoke).type.toBeCallableWith([["human", "Tell me a joke"]]);
    expect(llm.invoke).type.toBeCallableWith(await prompt.invoke({ topic: "bears" }));
    expect(llm.invoke).type.not.toBeCallableWith(42);
    expect(llm.invoke).type.not.toBeCallableWith();
  });

  test("streams the text in pieces", async () => {
    for await (const piece of await llm.stream("Tell me a joke")) expect(piece).type.toBe<string>();
  });

  test("answers a batch with the texts", () => {
    expect(llm.batch(["one", "two"])).type.toBe<Promise<string[]>>();
    expect(llm.batch(["one"], { temperature: 0 })).type.toBe<Promise<string[]>>();
    expect(llm.batch(["one"], {}, { returnExceptions: false })).type.toBe<Promise<string[]>>();
  });

  test("puts errors among the texts of a batch where they are asked for", () => {
    expect(llm.batch(["one"], {}, { returnExceptions: true })).type.toBe<Promise<(string | Error)[]>>();
  });

  test("counts tokens", () => {
    expect(llm.getNumTokens("Tell me a joke")).type.toBe<Promise<number>>();
  });
});

describe("a chain", () => {
  test("with the model at its end takes what the prompt takes and gives text", () => {
    const chain = prompt.pipe(llm);
    expect(chain.invoke({ topic: "bears" })).type.toBe<Promise<string>>();
    expect(chain.invoke).type.not.toBeCallableWith({ subject: "bears" });
  });

  test("goes on from the text", () => {
    expect(prompt.pipe(llm).pipe(new StringOutputParser()).invoke({ topic: "bears" })).type.toBe<
      Promise<string>
    >();
    expect(llm.pipe((text) => text.length).invoke("Tell me a joke")).type.toBe<Promise<number>>();
  });

  test("keeps the call options with withConfig, withRetry and withFallbacks", () => {
    expect(llm.withConfig({ temperature: 0, stop: ["\n"] }).invoke("Hi")).type.toBe<Promise<string>>();
    expect(llm.withRetry({ stopAfterAttempt: 2 }).invoke("Hi")).type.toBe<Promise<string>>();
    expect(llm.withFallbacks([llm]).invoke("Hi")).type.toBe<Promise<string>>();
  });

  test("takes a batch's own options where the model is", () => {
    const onProgress = ({ done }: BatchProgress): void => console.log(done);
    const chain = prompt.pipe(llm.withConfig({ onProgress, priority: 1 }));
    expect(chain.batch([{ topic: "bears" }])).type.toBe<Promise<string[]>>();
  });
});

describe("the options of a call", () => {
  test("are those that shape the answer, and LangChain's", () => {
    expect(llm.invoke).type.toBeCallableWith("Hi", {
      temperature: 0,
      maxTokens: 100,
      stop: ["\n"],
      seed: 1,
      priority: -1,
      headers: { "x-request": "1" },
      modelKwargs: { store: true },
      signal: AbortSignal.timeout(1_000),
      timeout: 1_000,
      tags: ["evaluation"],
      runName: "joke",
    });
  });

  test("are accepted as @langchain/openai nests them", () => {
    expect(llm.invoke).type.toBeCallableWith("Hi", { options: { headers: { "x-request": "1" } } });
  });

  test("take readonly lists of stop sequences", () => {
    const stopSequences = ["\n", "END"] as const;
    expect(llm.invoke).type.toBeCallableWith("Hi", { stopSequences });
  });

  test("may be undefined, also where optional properties are exact", () => {
    // `stop` and the rest of LangChain's are LangChain's to declare.
    type Own =
      "temperature" | "maxTokens" | "topP" | "n" | "seed" | "headers" | "options" | "priority" | "onProgress";
    expect<Record<Own, undefined>>().type.toBeAssignableTo<AzureOpenAICallOptions>();
    expect(llm.invoke).type.toBeCallableWith("Hi", { options: { headers: undefined, signal: undefined } });
  });

  test("are refused where they are misspelt or the constructor's alone", () => {
    expect(llm.invoke).type.not.toBeCallableWith("Hi", { temprature: 0 });
    expect(llm.invoke).type.not.toBeCallableWith("Hi", { apiKey: "key" });
    expect(llm.invoke).type.not.toBeCallableWith("Hi", { deploymentName: "instruct" });
    expect(llm.withConfig).type.not.toBeCallableWith({ temprature: 0 });
    expect(llm.stream).type.not.toBeCallableWith("Hi", { temprature: 0 });
    expect(llm.batch).type.not.toBeCallableWith(["Hi"], { temprature: 0 });
  });

  test("tell a batch's progress", () => {
    expect<Parameters<NonNullable<AzureOpenAICallOptions["onProgress"]>>>().type.toBe<
      [progress: BatchProgress]
    >();
  });
});
