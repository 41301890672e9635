import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseLLM, BaseLLMParams } from "@langchain/core/language_models/llms";
import { HumanMessage } from "@langchain/core/messages";
import {
  CommaSeparatedListOutputParser,
  StringOutputParser,
  StructuredOutputParser,
} from "@langchain/core/output_parsers";
import { ChatPromptValue, StringPromptValue } from "@langchain/core/prompt_values";
import { FewShotPromptTemplate, PromptTemplate } from "@langchain/core/prompts";
import type { LLMResult } from "@langchain/core/outputs";
import {
  type Runnable,
  RunnableLambda,
  RunnableParallel,
  RunnablePassthrough,
  RunnableSequence,
} from "@langchain/core/runnables";

/** What the contract asks of a model's options; LangChain's own, and a stop sequence. */
export type ContractOptions = Pick<BaseLLMParams, "callbacks" | "tags" | "metadata"> & {
  readonly stop?: string[];
  /** Ask for streams in `invoke`, too, so that callbacks see tokens. */
  readonly streaming?: boolean;
};

/** Makes the model under test. It does not try again by itself. */
export type MakeModel = (options?: ContractOptions) => BaseLLM;

/** The service behind the model, as far as the contract decides what it does. */
export interface ContractService {
  /** Answers prompts that contain the words, after a moment in which other requests may come. */
  answer(words: string, text: string): void;
  /** Refuses prompts that contain the words, for good: trying again is no use. */
  refuse(words: string): void;
  /** Fails the next request with such a prompt; the one after it goes well. */
  failOnce(words: string): void;
  /** Never answers prompts that contain the words. */
  stall(words: string): void;
  /** Settles once so many requests have come. */
  received(requests: number): Promise<void>;
  /** How many requests have come. */
  requests(): number;
  /** How many requests were at work at the same time, at most. */
  mostAtOnce(): number;
}

type Event = readonly [name: string, ...told: unknown[]];

/** Notes what a model tells, and takes a turn of the event loop over each. */
class Listener extends BaseCallbackHandler {
  name = "listener";
  override awaitHandlers = true;
  readonly events: Event[] = [];
  /** True while something is being told. */
  #busy = false;

  async #note(...event: Event): Promise<void> {
    if (this.#busy) this.events.push(["told two things at a time"]);
    this.#busy = true;
    await new Promise(setImmediate);
    this.#busy = false;
    this.events.push(event);
  }

  override handleLLMStart(
    _llm: unknown,
    prompts: string[],
    runId: string,
    _parent?: string,
    _extra?: unknown,
    tags?: string[],
    metadata?: Record<string, unknown>,
    runName?: string,
  ): Promise<void> {
    return this.#note("start", { prompts, runId, tags, metadata, runName });
  }

  override handleLLMNewToken(token: string, indices: unknown, runId: string): Promise<void> {
    return this.#note("token", { token, indices, runId });
  }

  override handleLLMEnd(output: LLMResult, runId: string): Promise<void> {
    return this.#note("end", { output, runId });
  }

  override handleLLMError(error: Error, runId: string): Promise<void> {
    return this.#note("error", { error, runId });
  }

  /** What was told under a name. */
  told<Told>(name: string): Told[] {
    return this.events.filter(([event]) => event === name).map(([, told]) => told as Told); // by #note
  }

  get names(): string[] {
    return this.events.map(([name]) => name);
  }
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The error that something ends with. */
async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error; // what LangChain rejects with
  }
  throw new Error("It did not fail.");
}

const SEA = "The sea is wide, deep and blue.";

/**
 * Holds an LLM to what LangChain's users do with one: LangChain has standard tests for chat models only.
 *
 * @param makeModel - makes the model, on the service.
 * @param service - the service; set back before each test by the caller.
 */
export function describeLLMContract(name: string, makeModel: MakeModel, service: ContractService): void {
  describe(name, () => {
    beforeEach(() => {
      service.answer("the sea", SEA);
      service.answer("a number", "one two three");
      service.answer("another number", "four");
    });

    describe("invocation", () => {
      const inputs: readonly (readonly [string, BaseLanguageModelInput])[] = [
        ["a string", "Describe the sea"],
        ["a string prompt value", new StringPromptValue("Describe the sea")],
        ["a chat prompt value", new ChatPromptValue([new HumanMessage("Describe the sea")])],
        ["a message", [new HumanMessage("Describe the sea")]],
        ["messages as pairs", [["human", "Describe the sea"]]],
      ];

      test.each(inputs)("answers %s", async (_, input) => {
        await expect(makeModel().invoke(input)).resolves.toBe(SEA);
      });

      test.each(inputs)("streams the answer to %s", async (_, input) => {
        const pieces = await collect(await makeModel().stream(input));
        expect(pieces.join("")).toBe(SEA);
        expect(pieces.filter((piece) => piece !== "").length).toBeGreaterThan(1);
      });

      test("generates for several prompts, in their order", async () => {
        const { generations } = await makeModel().generate(["Tell a number", "Describe the sea"]);
        expect(generations.map(([first]) => first?.text)).toEqual(["one two three", SEA]);
      });

      test("takes stop sequences for generate in LangChain's short form", async () => {
        const { generations } = await makeModel().generate(["Tell a number"], [" three"]);
        expect(generations[0]?.[0]?.text).toBe("one two");
      });

      test("streams events from start to end", async () => {
        const events = await collect(makeModel().streamEvents("Describe the sea", { version: "v2" }));
        const names = events.map(({ event }) => event);
        expect(names[0]).toBe("on_llm_start");
        expect(names.at(-1)).toBe("on_llm_end");
        expect(new Set(names.slice(1, -1))).toEqual(new Set(["on_llm_stream"]));
        const texts = events.slice(1, -1).map(({ data }) => (data.chunk as { text: string }).text);
        expect(texts.join("")).toBe(SEA);
        expect(events.at(-1)?.data.output).toMatchObject({ generations: [[{ text: SEA }]] });
      });

      test("streams events of an invoke inside a chain", async () => {
        const model = makeModel();
        const chain = RunnableLambda.from((text: string, config) => model.invoke(text, config)).withConfig({
          runName: "outer",
        });
        const events = await collect(chain.streamEvents("Describe the sea", { version: "v2" }));
        const texts = events
          .filter(({ event }) => event === "on_llm_stream")
          .map(({ data }) => (data.chunk as { text: string }).text);
        expect(texts.join("")).toBe(SEA);
        expect(events.at(-1)?.data.output).toBe(SEA);
      });
    });

    describe("batch", () => {
      test("answers in the order of the inputs, with one config", async () => {
        const answers = await makeModel().batch(["a number", "the sea", "a number"], { stop: [" three"] });
        expect(answers).toEqual(["one two", SEA, "one two"]);
      });

      test("gives each input its own config", async () => {
        const answers = await makeModel().batch(
          ["a number", "a number", "a number"],
          [{ stop: [" two"] }, {}, { stop: [" three"] }],
        );
        expect(answers).toEqual(["one", "one two three", "one two"]);
      });

      test("answers no inputs with no request", async () => {
        await expect(makeModel().batch([])).resolves.toEqual([]);
        expect(service.requests()).toBe(0);
      });

      test("fails when one input fails", async () => {
        service.refuse("forbidden");
        await expect(makeModel().batch(["the sea", "something forbidden"])).rejects.toThrow();
      });

      test("returns an input's failure in its place when asked to", async () => {
        service.refuse("forbidden");
        const answers = await makeModel().batch(
          ["the sea", "something forbidden", "a number"],
          {},
          { returnExceptions: true },
        );
        expect(answers).toEqual([SEA, expect.any(Error), "one two three"]);
      });

      test.each([
        ["the model", (model: BaseLLM): Runnable<BaseLanguageModelInput, string> => model],
        ["a streaming chain", (model: BaseLLM) => model.pipe(new StringOutputParser())],
      ])("has no more requests at a time than maxConcurrency allows, of %s", async (_, wrap) => {
        const inputs = Array.from({ length: 90 }, (__, index) => `the sea ${index}`);
        const answers = await wrap(makeModel()).batch(inputs, { maxConcurrency: 3 });
        expect(answers).toEqual(inputs.map(() => SEA));
        expect(service.mostAtOnce()).toBeLessThanOrEqual(3);
      });

      test("has no more streams at a time than maxConcurrency allows", async () => {
        const inputs = Array.from({ length: 30 }, (_, index) => `the sea ${index}`);
        const answers = await makeModel({ streaming: true }).batch(inputs, { maxConcurrency: 3 });
        expect(answers).toEqual(inputs.map(() => SEA));
        expect(service.mostAtOnce()).toBeLessThanOrEqual(3);
      });

      test("gives each input a run of its own", async () => {
        const listener = new Listener();
        await makeModel().batch(["the sea", "a number"], { callbacks: [listener] });
        const starts = listener.told<{ runId: string; prompts: string[] }>("start");
        const ends = listener.told<{ runId: string; output: LLMResult }>("end");
        expect(starts.map(({ prompts }) => prompts)).toEqual([["the sea"], ["a number"]]);
        expect(new Set(starts.map(({ runId }) => runId)).size).toBe(2);
        const textOf = new Map(ends.map(({ runId, output }) => [runId, output.generations[0]?.[0]?.text]));
        expect(starts.map(({ runId }) => textOf.get(runId))).toEqual([SEA, "one two three"]);
      });
    });

    describe("composition", () => {
      const ask = PromptTemplate.fromTemplate("Describe {thing}");

      test("pipes from a prompt and into a parser", async () => {
        const chain = ask.pipe(makeModel()).pipe(new StringOutputParser());
        await expect(chain.invoke({ thing: "the sea" })).resolves.toBe(SEA);
      });

      test("streams through a chain as the text arrives", async () => {
        const chain = ask.pipe(makeModel()).pipe(new StringOutputParser());
        const pieces = await collect(await chain.stream({ thing: "the sea" }));
        expect(pieces.join("")).toBe(SEA);
        expect(pieces.filter((piece) => piece !== "").length).toBeGreaterThan(1);
      });

      test("batches through a sequence", async () => {
        const chain = RunnableSequence.from([ask, makeModel(), new StringOutputParser()]);
        const answers = await chain.batch([{ thing: "the sea" }, { thing: "a number" }]);
        expect(answers).toEqual([SEA, "one two three"]);
      });

      test("returns a failure in its place from a sequence that ends in it", async () => {
        service.refuse("forbidden");
        const answers = await ask
          .pipe(makeModel())
          .batch([{ thing: "the forbidden" }, { thing: "the sea" }], {}, { returnExceptions: true });
        expect(answers).toEqual([expect.any(Error), SEA]);
      });

      test("runs in parallel branches", async () => {
        const model = makeModel();
        const chain = RunnableParallel.from({
          sea: ask.pipe(model),
          number: RunnableLambda.from(() => "a number").pipe(model),
        });
        await expect(chain.invoke({ thing: "the sea" })).resolves.toEqual({
          sea: SEA,
          number: "one two three",
        });
      });

      test("runs between lambdas", async () => {
        const chain = RunnableLambda.from((thing: string) => `Describe ${thing}`)
          .pipe(makeModel())
          .pipe((text: string) => text.length);
        await expect(chain.invoke("the sea")).resolves.toBe(SEA.length);
      });

      test("runs when a lambda returns it", async () => {
        const model = makeModel();
        const chain = RunnableLambda.from<string, string>(() => model);
        await expect(chain.invoke("the sea")).resolves.toBe(SEA);
      });

      test("is assigned to a key", async () => {
        const chain = RunnablePassthrough.assign({ description: ask.pipe(makeModel()) });
        await expect(chain.invoke({ thing: "the sea" })).resolves.toEqual({
          thing: "the sea",
          description: SEA,
        });
      });

      test("keeps what withConfig binds, in invoke, stream and batch", async () => {
        const model = makeModel().withConfig({ stop: [" three"] });
        await expect(model.invoke("a number")).resolves.toBe("one two");
        expect((await collect(await model.stream("a number"))).join("")).toBe("one two");
        await expect(model.batch(["a number"])).resolves.toEqual(["one two"]);
      });

      test("is tried again by withRetry, in invoke and batch", async () => {
        service.failOnce("the sea");
        service.failOnce("a number");
        const model = makeModel().withRetry({ stopAfterAttempt: 2 });
        await expect(
          Promise.all([model.invoke("the sea"), model.batch(["a number", "another number"])]),
        ).resolves.toEqual([SEA, ["one two three", "four"]]);
      });

      test("falls back to another, in invoke, stream and batch", async () => {
        service.refuse("the sea");
        const spare = RunnableLambda.from(() => "The spare answer.");
        const model = makeModel().withFallbacks([spare]);
        await expect(model.invoke("the sea")).resolves.toBe("The spare answer.");
        expect((await collect(await model.stream("the sea"))).join("")).toBe("The spare answer.");
        await expect(model.batch(["the sea"])).resolves.toEqual(["The spare answer."]);
        await expect(model.batch(["a number"])).resolves.toEqual(["one two three"]);
      });

      test("is another's fallback", async () => {
        const broken = RunnableLambda.from<BaseLanguageModelInput, string>(() => {
          throw new Error("broken");
        });
        await expect(broken.withFallbacks([makeModel()]).invoke("the sea")).resolves.toBe(SEA);
      });

      test("tells listeners of start and end, and of an error", async () => {
        service.refuse("forbidden");
        const told: string[] = [];
        const model = makeModel().withListeners({
          onStart: () => void told.push("start"),
          onEnd: () => void told.push("end"),
          onError: () => void told.push("error"),
        });
        await model.invoke("the sea");
        await failureOf(model.invoke("something forbidden"));
        expect(told).toEqual(["start", "end", "start", "error"]);
      });
    });

    describe("prompts and parsers", () => {
      test("answers a few-shot prompt", async () => {
        service.answer("big: small\ntall: short\nfull:", " empty");
        const prompt = new FewShotPromptTemplate({
          examples: [
            { word: "big", opposite: "small" },
            { word: "tall", opposite: "short" },
          ],
          examplePrompt: PromptTemplate.fromTemplate("{word}: {opposite}"),
          exampleSeparator: "\n",
          suffix: "{word}:",
          inputVariables: ["word"],
        });
        await expect(prompt.pipe(makeModel()).invoke({ word: "full" })).resolves.toBe(" empty");
      });

      test("feeds a structured output parser", async () => {
        service.answer("capital", '```json\n{"city": "Rome", "river": "Tiber"}\n```');
        const parser = StructuredOutputParser.fromNamesAndDescriptions({
          city: "the capital",
          river: "its river",
        });
        const prompt = PromptTemplate.fromTemplate("The capital of {country}?\n{format}");
        const chain = prompt.pipe(makeModel()).pipe(parser);
        await expect(
          chain.invoke({ country: "Italy", format: parser.getFormatInstructions() }),
        ).resolves.toEqual({ city: "Rome", river: "Tiber" });
      });

      test("feeds a list parser, whole and streamed", async () => {
        service.answer("colours", "red, green, blue");
        const chain = makeModel().pipe(new CommaSeparatedListOutputParser());
        await expect(chain.invoke("Three colours")).resolves.toEqual(["red", "green", "blue"]);
        const streamed = await collect(await chain.stream("Three colours"));
        expect(streamed.flat()).toEqual(["red", "green", "blue"]);
      });
    });

    describe("abort and timeout", () => {
      const ways: readonly (readonly [string, (model: BaseLLM, config: object) => Promise<unknown>])[] = [
        ["invoke", (model, config) => model.invoke("stalled", config)],
        ["stream", async (model, config) => collect(await model.stream("stalled", config))],
        ["batch", (model, config) => model.batch(["stalled", "stalled"], config)],
        ["chain", (model, config) => model.pipe(new StringOutputParser()).invoke("stalled", config)],
        ["withConfig", (model, config) => model.withConfig(config).invoke("stalled")],
      ];

      test.each(ways)("%s ends when its signal is aborted", async (_, call) => {
        service.stall("stalled");
        const controller = new AbortController();
        const ended = failureOf(call(makeModel(), { signal: controller.signal }));
        await service.received(1);
        controller.abort();
        const { message, name } = await ended;
        expect(`${name} ${message}`).toMatch(/abort/i);
      });

      test.each(ways)("%s sends nothing under an aborted signal", async (_, call) => {
        const error = await failureOf(call(makeModel(), { signal: AbortSignal.abort() }));
        expect(`${error.name} ${error.message}`).toMatch(/abort/i);
        expect(service.requests()).toBe(0);
      });

      test.each(ways)("%s ends when its timeout is over", async (_, call) => {
        service.stall("stalled");
        const error = await failureOf(call(makeModel(), { timeout: 50 }));
        expect(`${error.name} ${error.message}`).toMatch(/abort|timeout|longer/i);
      });
    });

    describe("callbacks", () => {
      test("are told of start and end, one after the other, before invoke resolves", async () => {
        const listener = new Listener();
        await makeModel().invoke("the sea", { callbacks: [listener] });
        expect(listener.names).toEqual(["start", "end"]);
      });

      test("hear the prompt and the answer with its tokens", async () => {
        const listener = new Listener();
        await makeModel().invoke("the sea", { callbacks: [listener] });
        expect(listener.told("start")).toMatchObject([{ prompts: ["the sea"] }]);
        expect(listener.told("end")).toMatchObject([
          {
            output: {
              generations: [[{ text: SEA, generationInfo: { finishReason: "stop" } }]],
              llmOutput: {
                tokenUsage: {
                  promptTokens: expect.any(Number),
                  completionTokens: expect.any(Number),
                  totalTokens: expect.any(Number),
                },
              },
            },
          },
        ]);
      });

      test.each([
        [
          "stream",
          async (listener: Listener) =>
            collect(await makeModel().stream("the sea", { callbacks: [listener] })),
        ],
        [
          "a streaming invoke",
          (listener: Listener) => makeModel({ streaming: true }).invoke("the sea", { callbacks: [listener] }),
        ],
      ])("hear each token of %s with its indices, in order", async (_, call) => {
        const listener = new Listener();
        await call(listener);
        const tokens = listener.told<{ token: string; indices: unknown }>("token");
        expect(listener.names).toEqual(["start", ...tokens.map(() => "token"), "end"]);
        expect(tokens.map(({ token }) => token).join("")).toBe(SEA);
        for (const { indices } of tokens) expect(indices).toEqual({ prompt: 0, completion: 0 });
      });

      test("hear the usage at the end of a stream", async () => {
        const listener = new Listener();
        await collect(await makeModel().stream("the sea", { callbacks: [listener] }));
        const [end] = listener.told<{ output: LLMResult }>("end");
        expect(end?.output.generations[0]?.[0]?.generationInfo).toMatchObject({
          finishReason: "stop",
          tokenUsage: { totalTokens: expect.any(Number) },
        });
      });

      test("hear of a failure, before the call rejects with it", async () => {
        service.refuse("forbidden");
        const listener = new Listener();
        const error = await failureOf(makeModel().invoke("forbidden", { callbacks: [listener] }));
        expect(listener.names).toEqual(["start", "error"]);
        expect(listener.told("error")).toMatchObject([{ error }]);
      });

      test("hear of a stream's failure", async () => {
        service.refuse("forbidden");
        const listener = new Listener();
        await failureOf(
          makeModel()
            .stream("forbidden", { callbacks: [listener] })
            .then(collect),
        );
        expect(listener.names).toEqual(["start", "error"]);
      });

      test("are those of the model, of withConfig and of the call together", async () => {
        const [own, bound, called] = [new Listener(), new Listener(), new Listener()];
        await makeModel({ callbacks: [own] })
          .withConfig({ callbacks: [bound] })
          .invoke("the sea", { callbacks: [called] });
        for (const listener of [own, bound, called]) expect(listener.names).toEqual(["start", "end"]);
      });

      test("hear the tags, metadata and name of the run", async () => {
        const listener = new Listener();
        await makeModel({ tags: ["own"], metadata: { team: "search" } })
          .withConfig({ tags: ["bound"] })
          .invoke("the sea", {
            callbacks: [listener],
            tags: ["called"],
            metadata: { user: "7" },
            runName: "describe",
            runId: "7f2c9a4e-54ab-4b0e-9d7c-0a4f35a0f3de",
          });
        const [start] = listener.told<{ tags: string[]; metadata: object; runName: string; runId: string }>(
          "start",
        );
        expect(new Set(start?.tags)).toEqual(new Set(["own", "bound", "called"]));
        expect(start?.metadata).toMatchObject({ team: "search", user: "7" });
        expect(start?.runName).toBe("describe");
        expect(start?.runId).toBe("7f2c9a4e-54ab-4b0e-9d7c-0a4f35a0f3de");
      });
    });

    test("two instances with different settings do not mix", async () => {
      const [one, other] = [new Listener(), new Listener()];
      const short = makeModel({ stop: [" two"], callbacks: [one], tags: ["short"] });
      const long = makeModel({ callbacks: [other] });
      await expect(Promise.all([short.invoke("a number"), long.invoke("a number")])).resolves.toEqual([
        "one",
        "one two three",
      ]);
      expect([one.names, other.names]).toEqual([
        ["start", "end"],
        ["start", "end"],
      ]);
      expect(other.told("start")).not.toMatchObject([{ tags: ["short"] }]);
    });
  });
}
