import { HumanMessage } from "@langchain/core/messages";
import { PromptTemplate } from "@langchain/core/prompts";

import {
  AzureOpenAI,
  type AzureOpenAIInput,
  ConfigurationError,
  OperationNotSupportedError,
} from "../../src/index.js";
import type { ParametersInput } from "../../src/settings/options.js";
import { bodies, collect, connect, useEmulator } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { EVERYWHERE, failureOf, OPERATIONS, WAYS } from "./matrix.js";

const azure = useEmulator();
useCleanEnvironment();

type Sampling = ParametersInput & { readonly stop?: string[] };

/** Option, value and what is on the wire, by operation. */
const COMMON: readonly (readonly [Sampling, Record<string, unknown>])[] = [
  [{ temperature: 0 }, { temperature: 0 }],
  [{ temperature: 1.5 }, { temperature: 1.5 }],
  [{ topP: 0 }, { top_p: 0 }],
  [{ user: "reader" }, { user: "reader" }],
  [{ user: "" }, { user: "" }],
];
const CHOICES: typeof COMMON = [
  ...COMMON,
  [{ maxTokens: 1 }, { max_tokens: 1 }],
  [{ frequencyPenalty: -2 }, { frequency_penalty: -2 }],
  [{ frequencyPenalty: 0 }, { frequency_penalty: 0 }],
  [{ presencePenalty: 0 }, { presence_penalty: 0 }],
  [{ logitBias: { "50256": -100 } }, { logit_bias: { "50256": -100 } }],
  [{ logitBias: { "50256": 0 } }, { logit_bias: { "50256": 0 } }],
  [{ seed: 0 }, { seed: 0 }],
  [{ seed: -7 }, { seed: -7 }],
  [{ stop: ["a", "b", "c", "d"] }, { stop: ["a", "b", "c", "d"] }],
  [{ n: 1 }, { n: 1 }],
];
const TABLE: readonly (readonly [keyof typeof OPERATIONS, Sampling, Record<string, unknown>])[] = [
  ...CHOICES.map((row) => ["completions", ...row] as const),
  ["completions", { maxTokens: 0 }, { max_tokens: 0 }],
  ["completions", { logprobs: 0 }, { logprobs: 0 }],
  ["completions", { logprobs: 5 }, { logprobs: 5 }],
  ["completions", { echo: true }, { echo: true }],
  ["completions", { echo: false }, { echo: false }],
  ["completions", { suffix: " The end." }, { suffix: " The end." }],
  ["completions", { suffix: "" }, { suffix: "" }],
  ["completions", { modelKwargs: { cache_level: 0 } }, { cache_level: 0 }],
  ...CHOICES.map((row) => ["chat", ...row] as const),
  ["chat", { logprobs: 0 }, { logprobs: true, top_logprobs: 0 }],
  ["chat", { logprobs: 2 }, { logprobs: true, top_logprobs: 2 }],
  [
    "chat",
    { systemMessage: "" },
    {
      messages: [
        { role: "system", content: "" },
        { role: "user", content: "Hello" },
      ],
    },
  ],
  ["chat", { modelKwargs: { response_format: { type: "text" } } }, { response_format: { type: "text" } }],
  ...COMMON.map((row) => ["responses", ...row] as const),
  ["responses", { maxTokens: 16 }, { max_output_tokens: 16 }],
  ["responses", { logprobs: 0 }, { top_logprobs: 0, include: ["message.output_text.logprobs"] }],
  ["responses", { systemMessage: "Be brief." }, { instructions: "Be brief." }],
  ["responses", { modelKwargs: { store: true } }, { store: true }],
];
const SENT = TABLE.map(
  ([operation, option, wire]) => [operation, JSON.stringify(option), option, wire] as const,
);

describe.each(SENT)("%s sends %s", (operation, _, option, wire) => {
  const place = { ...OPERATIONS[operation], apiVersion: "2025-04-01-preview" };

  test.each(WAYS)("of the constructor, by %s", async (__, ask) => {
    await ask(connect(azure(), { ...place, ...option }), "Hello");
    expect(bodies(azure())).toEqual([expect.objectContaining(wire)]);
  });

  test.each(WAYS)("of the call, by %s", async (__, ask) => {
    await ask(connect(azure(), place), "Hello", option);
    expect(bodies(azure())).toEqual([expect.objectContaining(wire)]);
  });
});

test.each(EVERYWHERE)(
  "%s: a call's option wins over withConfig's, and that over the constructor's",
  async (_, place) => {
    const llm = connect(azure(), { ...place, temperature: 0.1, topP: 0.1, user: "own" });
    const bound = llm.withConfig({ temperature: 0, topP: 0.5 });

    await bound.invoke("Hello", { temperature: 1 });
    await llm.invoke("Hello");

    expect(bodies(azure())).toMatchObject([
      { temperature: 1, top_p: 0.5, user: "own" },
      { temperature: 0.1, top_p: 0.1, user: "own" },
    ]);
  },
);

test.each(EVERYWHERE)("%s: two calls at a time do not mix their options", async (_, place) => {
  const llm = connect(azure(), place);
  await Promise.all([llm.invoke("one", { user: "one" }), llm.invoke("two", { user: "two" })]);
  for (const { prompts, body } of azure().requests) expect(body).toMatchObject({ user: prompts[0] });
});

test("a batch's inputs with options of their own do not mix in one request", async () => {
  await connect(azure(), OPERATIONS.completions).batch(
    ["a", "b", "c", "d"],
    [{ seed: 1 }, { seed: 0 }, { seed: 1 }, { seed: 0 }],
  );
  expect(bodies(azure())).toMatchObject([
    { prompt: ["a", "c"], seed: 1 },
    { prompt: ["b", "d"], seed: 0 },
  ]);
});

test("one stop sequence needs no list", async () => {
  await connect(azure(), { ...OPERATIONS.completions, stop: "." }).invoke("Hello");
  expect(bodies(azure())).toMatchObject([{ stop: ["."] }]);
});

test("no stop takes the constructor's away for one call", async () => {
  await connect(azure(), { ...OPERATIONS.completions, stop: ["."] }).invoke("Hello", { stop: [] });
  expect(bodies(azure())[0]).not.toHaveProperty("stop");
});

test("modelKwargs of a call join the constructor's", async () => {
  const llm = connect(azure(), { ...OPERATIONS.chat, modelKwargs: { metadata: { a: "1" }, store: false } });
  await llm.invoke("Hello", { modelKwargs: { store: true } });
  expect(bodies(azure())).toMatchObject([{ metadata: { a: "1" }, store: true }]);
});

describe("completions", () => {
  test("sends bestOf above n only", async () => {
    const llm = connect(azure(), OPERATIONS.completions);
    await llm.invoke("Hello", { n: 2, bestOf: 3 });
    await llm.invoke("Hello", { n: 2, bestOf: 2 });
    expect(bodies(azure())).toMatchObject([{ n: 2, best_of: 3 }, { n: 2 }]);
    expect(bodies(azure())[1]).not.toHaveProperty("best_of");
  });

  test("gives n completions of each prompt, in their order", async () => {
    azure().respond(/./, (prompt, { index }) => `${prompt}${index}`);
    const { generations } = await connect(azure(), { ...OPERATIONS.completions, n: 3 }).generate(["a", "b"]);
    expect(generations.map((each) => each.map(({ text }) => text))).toEqual([
      ["a0", "a1", "a2"],
      ["b0", "b1", "b2"],
    ]);
    expect(azure().requests).toHaveLength(1);
  });

  test("echoes the prompt when asked to", async () => {
    azure().respond("Hello", " there");
    await expect(connect(azure(), OPERATIONS.completions).invoke("Hello", { echo: true })).resolves.toBe(
      "Hello there",
    );
  });

  test("sends its defaults, and none of the others do", async () => {
    for (const place of Object.values(OPERATIONS)) await connect(azure(), place).invoke("Hello");
    expect(bodies(azure()).map((body) => Object.keys(body).sort())).toEqual([
      ["frequency_penalty", "max_tokens", "model", "n", "presence_penalty", "prompt", "temperature", "top_p"],
      ["messages", "model"],
      ["input", "model", "store"],
    ]);
  });
});

describe("maxTokens -1", () => {
  test("is what the context leaves of the named model", async () => {
    await connect(azure(), { ...OPERATIONS.completions, model: "gpt-3.5-turbo-instruct" }).invoke("one two", {
      maxTokens: -1,
    });
    expect(bodies(azure())).toMatchObject([{ max_tokens: 4096 - 2 }]);
  });

  test("is what a given context window leaves, and reaches the end of it", async () => {
    await connect(azure(), { ...OPERATIONS.completions, contextWindow: 4097, maxTokens: -1 }).invoke(
      "one two",
    );
    expect(azure().requests).toMatchObject([{ status: 200, body: { max_tokens: 4097 - 2 } }]);
  });

  test("is what is left in a stream, too", async () => {
    const llm = connect(azure(), { ...OPERATIONS.completions, contextWindow: 4097, maxTokens: -1 });
    await collect(await llm.stream("one two"));
    expect(bodies(azure())).toMatchObject([{ stream: true, max_tokens: 4097 - 2 }]);
  });

  test("needs to know the context window, before any request", async () => {
    const error = await failureOf(connect(azure(), OPERATIONS.completions).invoke("one", { maxTokens: -1 }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(/`contextWindow`.*`model`.*`maxTokens`/);
    expect(azure().requests).toHaveLength(0);
  });

  test("sends prompts one a request, each with its own room", async () => {
    const llm = connect(azure(), { ...OPERATIONS.completions, contextWindow: 100, maxTokens: -1 });
    await llm.batch(["one", "one two three"]);
    expect(
      bodies(azure())
        .map((body) => body["max_tokens"])
        .sort(),
    ).toEqual([97, 99]);
  });

  test.each(["chat", "responses"] as const)("is no limit on %s", async (operation) => {
    await connect(azure(), { ...OPERATIONS[operation], maxTokens: -1 }).invoke("Hello");
    expect(Object.keys(bodies(azure())[0] ?? {}).filter((name) => name.startsWith("max_"))).toEqual([]);
  });
});

describe("what an operation lacks", () => {
  const lacking: readonly (readonly [keyof typeof OPERATIONS, Sampling])[] = [
    ["chat", { suffix: "." }],
    ["chat", { echo: true }],
    ["chat", { bestOf: 2 }],
    ["responses", { suffix: "." }],
    ["responses", { echo: true }],
    ["responses", { bestOf: 2 }],
    ["responses", { seed: 1 }],
    ["responses", { logitBias: { "1": 1 } }],
    ["responses", { frequencyPenalty: 1 }],
    ["responses", { presencePenalty: 1 }],
  ];

  test.each(lacking.map(([operation, option]) => [operation, Object.keys(option)[0], option] as const))(
    "%s: %s is an error that names option, operation and way out, without a request",
    async (operation, name, option) => {
      const error = await failureOf(
        connect(azure(), { ...OPERATIONS[operation], ...option }).invoke("Hello"),
      );
      expect(error).toBeInstanceOf(OperationNotSupportedError);
      expect(String(error)).toContain(`\`${name}\``);
      expect(String(error)).toContain(operation);
      expect(String(error)).toMatch(/Leave .* out|use `operation/);
      expect(azure().requests).toHaveLength(0);
    },
  );

  test("on a detected chat deployment, too", async () => {
    const error = await failureOf(
      connect(azure(), { deploymentName: "chat", suffix: "The end." }).invoke("Hello"),
    );
    expect(error).toBeInstanceOf(OperationNotSupportedError);
    expect(String(error)).toContain("`suffix`");
  });

  test("on responses, n is given by requests side by side", async () => {
    azure().respond(/./, (_, { index }) => `answer ${index}`);
    const { generations, llmOutput } = await connect(azure(), { ...OPERATIONS.responses, n: 3 }).generate([
      "Hi",
    ]);
    expect(generations[0]).toHaveLength(3);
    expect(azure().requests).toHaveLength(3);
    expect(bodies(azure()).some((body) => "n" in body)).toBe(false);
    expect(llmOutput?.["tokenUsage"]).toMatchObject({ totalTokens: expect.any(Number) });
  });

  test.each(WAYS)("on responses, %s cuts the text at a stop sequence", async (_, ask) => {
    azure().respond("count", "one two three four");
    const llm = connect(azure(), { ...OPERATIONS.responses, stop: [" three"] });
    await expect(ask(llm, "count")).resolves.toBe("one two");
    expect(bodies(azure())[0]).not.toHaveProperty("stop");
  });

  test("responses are not kept on the service", async () => {
    await connect(azure(), OPERATIONS.responses).invoke("Hello");
    await collect(await connect(azure(), OPERATIONS.responses).stream("Hello"));
    expect(bodies(azure())).toMatchObject([{ store: false }, { store: false }]);
  });
});

test.each([
  ["temperature", { temperature: 2.1 }],
  ["maxTokens", { maxTokens: -2 }],
  ["n", { n: 0 }],
  ["logprobs", { logprobs: 6 }],
  ["stop", { stop: ["1", "2", "3", "4", "5"] }],
  ["bestOf", { n: 3, bestOf: 2 }],
  ["modelKwargs", { modelKwargs: { model: "another" } }],
])("a bad %s is an error of the constructor and of the call, that names it", async (name, option) => {
  const fromConstructor = await failureOf(
    Promise.resolve().then(() => connect(azure(), { ...OPERATIONS.completions, ...option })),
  );
  const fromCall = await failureOf(connect(azure(), OPERATIONS.completions).invoke("Hello", option));
  for (const error of [fromConstructor, fromCall]) {
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain(`\`${name}`);
  }
  expect(azure().requests).toHaveLength(0);
});

test.each([
  ["a number", 5],
  ["undefined", undefined],
  ["null", null],
  ["an object", { text: "Hello" }],
  ["a message", new HumanMessage("Hello")],
])("%s for a prompt is an error before any request", async (_, given) => {
  const llm = connect(azure(), OPERATIONS.completions);
  const prompt = given as unknown as string; // what a program without types may give
  const calls: readonly (() => Promise<unknown>)[] = [
    () => llm.invoke(prompt),
    () => llm.stream(prompt),
    () => llm.batch(["Hello", prompt]),
    () => llm.generate([prompt]),
  ];
  for (const call of calls) {
    const error = await failureOf(call());
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(/prompt( at 1 \(from 0\))? must be a string/);
  }
  await azure().settled();
  expect(azure().requests).toHaveLength(0);
});

test.each([
  ["batch", (llm: AzureOpenAI, prompts: string[]) => llm.batch(prompts)],
  ["generate", (llm: AzureOpenAI, prompts: string[]) => llm.generate(prompts)],
] as const)("of several prompts, %s says which is none", async (_, ask) => {
  const given = ["a", "b", null, "d"] as unknown as string[]; // what a program without types may give
  const error = await failureOf(ask(connect(azure(), OPERATIONS.completions), given));
  expect(String(error)).toContain("The prompt at 2 (from 0) must be a string");
});

test.each([
  ["Hello", "not a string"],
  [null, "not null"],
  [undefined, "not undefined"],
])("a batch of %j is an error, and not one of characters", async (given, words) => {
  const inputs = given as unknown as string[]; // what a program without types may give
  const error = await failureOf(connect(azure(), OPERATIONS.completions).batch(inputs));
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(String(error)).toContain(`takes an array of prompts, ${words}`);
  expect(azure().requests).toHaveLength(0);
});

test("options that are no object are refused as what they are", () => {
  const name = "chat" as unknown as AzureOpenAIInput; // what a program without types may give
  expect(() => new AzureOpenAI(name)).toThrow("must be an object, not a string");
});

test("messages and prompt values are prompts, too, and so is no text at all", async () => {
  const llm = connect(azure(), OPERATIONS.completions);
  await llm.invoke([new HumanMessage("Hello")]);
  await llm.invoke(await PromptTemplate.fromTemplate("Hello {name}").invoke({ name: "you" }));
  await llm.invoke("");
  await llm.invoke(" \n");
  expect(azure().requests.map(({ prompts }) => prompts)).toEqual([
    ["Human: Hello"],
    ["Hello you"],
    [""],
    [" \n"],
  ]);
});
