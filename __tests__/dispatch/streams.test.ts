import { InterruptedStreamError, ServiceError } from "../../src/errors.js";
import type { Chunk } from "../../src/operations/operation.js";
import { deployment, results, stage } from "./script.js";
import type { StageOptions } from "./script.js";
import { settle } from "./simulation/virtual-clock.js";

const parameters = Object.freeze({ maxTokens: 16 });
const two = [deployment("one"), deployment("two", { priority: 1 })];

async function collect(options: StageOptions, signal?: AbortSignal) {
  const scene = stage(options);
  const texts: string[] = [];
  const names: (string | undefined)[] = [];
  const run = async (): Promise<void> => {
    const work = { prompt: "a", parameters, ...(signal === undefined ? {} : { signal }) };
    for await (const { chunk, deploymentName } of scene.dispatcher.stream(work)) {
      texts.push(chunk.text);
      names.push(deploymentName);
    }
  };
  const [settled] = await results(scene.clock, [run()]);
  return { ...scene, texts, names, settled };
}

test("a stream gives each piece and who served it", async () => {
  const { texts, names } = await collect({});
  expect(texts).toEqual(["", "Hello", " there"]);
  expect(names).toEqual(["one", "one", "one"]);
});

test.each<[string, readonly Chunk[]]>([
  ["only that it ends", [{ index: 0, text: "", finishReason: "stop" }]],
  ["nothing at all", []],
])("a stream that says %s is whole", async (_what, chunks) => {
  const { texts, asked, settled } = await collect({
    words: async function* () {
      yield* chunks;
    },
  });
  expect(settled?.status).toBe("fulfilled");
  expect(texts).toEqual(chunks.map(({ text }) => text));
  expect(asked).toHaveLength(1);
});

test("nothing is sent before the first piece is asked for", () => {
  const { dispatcher, asked } = stage();
  dispatcher.stream({ prompt: "a", parameters });
  expect(asked).toHaveLength(0);
});

test("a stream fails over until its first text", async () => {
  const { texts, asked } = await collect({
    deployments: two,
    words: async function* ({ deployment }): AsyncIterable<Chunk> {
      yield { index: 0, text: "" };
      if (deployment === "one") throw new InterruptedStreamError("Cut.", { partialText: "" });
      yield { index: 0, text: "whole" };
    },
  });
  expect(texts).toEqual(["", "whole"]);
  expect(asked.map((one) => one.deployment)).toEqual(["one", "two"]);
});

test("a stream that is cut after its first text is not tried again", async () => {
  const { texts, asked, settled } = await collect({
    deployments: two,
    words: async function* (): AsyncIterable<Chunk> {
      yield { index: 0, text: "half" };
      throw new InterruptedStreamError("Cut.", { partialText: "half" });
    },
  });
  expect(texts).toEqual(["half"]);
  expect(asked).toHaveLength(1);
  expect(settled).toMatchObject({ reason: { code: "interrupted_stream", partialText: "half" } });
});

test("a stream that is refused is tried again", async () => {
  let first = true;
  const { texts } = await collect({
    script: () => {
      if (!first) return;
      first = false;
      throw new ServiceError("Failed.", { status: 503 });
    },
  });
  expect(texts.join("")).toBe("Hello there");
});

test("a stream keeps its slot until its end", async () => {
  const { clock, dispatcher, asked } = stage({ settings: { maxConcurrency: 1 } });
  const pieces = dispatcher.stream({ prompt: "a", parameters })[Symbol.asyncIterator]();
  const first = pieces.next();
  await clock.run();
  await first;
  const other = dispatcher.submit({ prompt: "b", parameters });
  await clock.run();
  expect(asked).toHaveLength(1);
  for (let done = false; !done;) {
    const next = pieces.next();
    await clock.run();
    done = (await next).done === true;
  }
  await results(clock, [other]);
  expect(asked).toHaveLength(2);
});

test("leaving the loop gives the slot back and closes the connection", async () => {
  const { clock, dispatcher, asked } = stage({ settings: { maxConcurrency: 1 } });
  const run = async (): Promise<void> => {
    for await (const { chunk } of dispatcher.stream({ prompt: "a", parameters })) {
      if (chunk.text !== "") break;
    }
  };
  await results<unknown>(clock, [run(), dispatcher.submit({ prompt: "b", parameters })]);
  expect(asked).toHaveLength(2);
  expect(asked[0]?.options.signal.aborted).toBe(true);
});

test("pieces asked for all at once come in order", async () => {
  const { clock, dispatcher } = stage();
  const pieces = dispatcher.stream({ prompt: "a", parameters })[Symbol.asyncIterator]();
  const settled = await results(clock, [pieces.next(), pieces.next(), pieces.next(), pieces.next()]);
  expect(
    settled.map((one) =>
      one.status === "fulfilled" && one.value.done !== true ? one.value.value.chunk.text : undefined,
    ),
  ).toEqual(["", "Hello", " there", undefined]);
});

test("an abort ends a stream that says nothing", async () => {
  const controller = new AbortController();
  const { clock, dispatcher } = stage({
    words: async function* (_, clock): AsyncIterable<Chunk> {
      yield { index: 0, text: "x" };
      await clock.sleep(1e6);
    },
  });
  const stream = dispatcher.stream({ prompt: "a", parameters, signal: controller.signal });
  const pieces = stream[Symbol.asyncIterator]();
  const first = pieces.next();
  await clock.run(200);
  await first;
  const second = pieces.next().catch((error: unknown) => error);
  controller.abort();
  await settle();
  expect(await second).toMatchObject({ name: "AbortError" });
});

describe("a stream of more choices than a request of the operation gives", () => {
  const three = Object.freeze({ maxTokens: 16, n: 3 });
  const deployments = [deployment("one", { operation: "responses" })];
  const usage = { promptTokens: 2, completionTokens: 5, totalTokens: 7 };

  /** Streams three choices from a deployment that is known already; tells what each piece says. */
  async function streamThree(options: StageOptions) {
    const scene = stage({ deployments, ...options });
    const { clock, dispatcher, asked } = scene;
    const chunks: Chunk[] = [];
    await results(clock, [dispatcher.submit({ prompt: "first", parameters: three })]);
    const before = asked.length;
    const run = async (): Promise<void> => {
      for await (const { chunk } of dispatcher.stream({ prompt: "a", parameters: three })) chunks.push(chunk);
    };
    const [settled] = await results(clock, [run()]);
    return { ...scene, chunks, settled, asked: asked.slice(before) };
  }

  test("is asked for side by side, and is one stream of all choices and all tokens", async () => {
    const { asked, chunks, settled } = await streamThree({
      settings: { streamUsage: false },
      words: async function* (_, clock): AsyncIterable<Chunk> {
        for (const text of ["a", "b"]) {
          await clock.sleep(10);
          yield { index: 0, text };
        }
        yield { index: 0, text: "", usage };
      },
    });
    expect(settled?.status).toBe("fulfilled");
    expect(new Set(asked.map(({ at }) => at)).size).toBe(1);
    expect(asked.map(({ request }) => request.parameters.n)).toEqual([1, 1, 1]);
    const said = chunks.filter(({ text }) => text !== "").map(({ text, index }) => `${text}${index}`);
    expect(said).toEqual(["a0", "a1", "a2", "b0", "b1", "b2"]);
    expect(chunks.at(-1)?.usage).toEqual({ promptTokens: 6, completionTokens: 15, totalTokens: 21 });
  });

  test("comes through one slot, one choice after the other", async () => {
    const { chunks, settled, most } = await streamThree({ settings: { maxConcurrency: 1 } });
    expect(settled?.status).toBe("fulfilled");
    expect(most()).toBe(1);
    const choices = [0, 1, 2].map((choice) => chunks.filter(({ index }) => index === choice));
    expect(choices.map((each) => each.map(({ text }) => text).join(""))).toEqual(
      Array.from({ length: 3 }, () => "Hello there"),
    );
  });

  test("ends whole when one choice breaks off, and closes the others", async () => {
    let streams = 0;
    const { asked, settled } = await streamThree({
      settings: { streamUsage: false },
      words: async function* (_, clock): AsyncIterable<Chunk> {
        const breaks = streams++ === 1;
        yield { index: 0, text: "some" };
        await clock.sleep(breaks ? 10 : 5000);
        if (breaks) throw new InterruptedStreamError("Cut.", { partialText: "some" });
      },
    });
    expect(settled).toMatchObject({ reason: { code: "interrupted_stream" } });
    expect(asked.map(({ options }) => options.signal.aborted)).toEqual([true, false, true]);
  });
});

test.each([
  ["holds back no others", "chat", [0, 100]],
  ["holds back others where its operation is only guessed", "auto", [0, 5100]],
] as const)(
  "a stream that the service has taken, and that says nothing yet, %s",
  async (_what, operation, times) => {
    const { clock, dispatcher, asked } = stage({
      deployments: [deployment("one", { operation })],
      words: async function* ({ prompts }, clock) {
        if (prompts[0] === "slow") await clock.sleep(5000);
        yield { index: 0, text: "Hello", finishReason: "stop" };
      },
    });
    const read = async (prompt: string): Promise<number> => {
      for await (const _piece of dispatcher.stream({ prompt, parameters })) return clock.now();
      throw new Error("The stream said nothing.");
    };
    const [slow, quick] = await results(clock, [read("slow"), read("quick")]);
    expect(slow?.status).toBe("fulfilled");
    expect(quick).toMatchObject({ status: "fulfilled" });
    expect(asked.map(({ at }) => at)).toEqual(times);
  },
);
