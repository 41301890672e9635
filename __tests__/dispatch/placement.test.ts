import { AuthenticationError, OperationNotSupportedError, TimeoutError } from "../../src/errors.js";
import { deployment, results, stage } from "./script.js";

const parameters = Object.freeze({ maxTokens: 16 });

const refused = (): Error => new AuthenticationError("No.", { status: 401 });

test("where no deployment could be used lately, each is tried again all the same", async () => {
  let left = 1;
  const { clock, dispatcher, asked } = stage({
    script: () => {
      if (left-- > 0) throw refused();
    },
  });
  const first = await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
  const later = await results(clock, [dispatcher.submit({ prompt: "b", parameters })]);
  expect([...first, ...later].map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  expect(asked.map(({ at }) => at)).toEqual([0, 0]);
});

test("a prompt that may go to no other deployment is sent to one that could not be used lately", async () => {
  const left = { one: 1, two: 1 };
  const { clock, dispatcher, asked } = stage({
    deployments: [deployment("one"), deployment("two", { priority: 1 })],
    script: ({ deployment, prompts }) => {
      if (deployment === "one" && left.one-- > 0) throw refused();
      if (deployment === "two" && prompts[0] === "b" && left.two-- > 0) {
        throw new TimeoutError("Slow.", { scope: "attempt" });
      }
    },
  });
  await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
  const [settled] = await results(clock, [dispatcher.submit({ prompt: "b", parameters })]);
  expect(settled?.status).toBe("fulfilled");
  expect(asked.map(({ deployment, prompts }) => [deployment, ...prompts])).toEqual([
    ["one", "a"],
    ["two", "a"],
    ["two", "b"],
    ["one", "b"],
  ]);
});

describe("under a limit of tokens", () => {
  const costly = Object.freeze({ maxTokens: 100 }); // 101 tokens, with a prompt of a letter or two

  /** Has groups of so many prompts answered, one after the other; tells how many went at a time. */
  async function ask(tokensPerMinute: number, ...sizes: readonly number[]): Promise<readonly number[]> {
    const { clock, dispatcher, asked } = stage({ deployments: [deployment("one", { tokensPerMinute })] });
    const calls: Promise<unknown>[] = [];
    for (const [place, size] of sizes.entries()) {
      const group = dispatcher.openGroup({ expected: size });
      for (let count = 0; count < size; count++) {
        calls.push(dispatcher.submit({ prompt: `p${count}`, parameters: costly, group }));
      }
      await clock.run(1000 * (place + 1));
    }
    await results(clock, calls);
    return asked.map(({ prompts }) => prompts.length);
  }

  test("a request may use the last token", async () => {
    expect(await ask(303, 4)).toEqual([3, 1]);
  });

  test("what is more than the limit by itself goes alone", async () => {
    expect(await ask(50, 2)).toEqual([1, 1]);
  });

  test("a prompt that counts nothing waits like others while the limit is exceeded", async () => {
    const { clock, dispatcher, asked } = stage({
      deployments: [deployment("one", { tokensPerMinute: 50 })],
    });
    const calls = [
      dispatcher.submit({ prompt: "p", parameters: costly }),
      dispatcher.submit({ prompt: "", parameters: Object.freeze({ maxTokens: 0 }) }),
    ];
    await results(clock, calls);
    expect(asked.map(({ prompts }) => prompts)).toEqual([["p"], [""]]);
  });

  test.each([
    ["three of eight prompts, goes by itself", 1000, 6, 8, [6, 3, 5]],
    ["a quarter of a request, goes by itself", 2121, 20, 4, [20, 1, 3]],
    ["a twentieth of the limit, goes by itself", 2020, 19, 8, [19, 1, 7]],
    ["less than both, waits", 2121, 20, 5, [20, 5]],
  ])("what is left for %s", async (_what, tokensPerMinute, first, next, sizes) => {
    expect(await ask(tokensPerMinute, first, next)).toEqual(sizes);
  });
});

describe("where a model is known to refuse what is asked", () => {
  const refusal = (): Error => new OperationNotSupportedError("Not this model.", { status: 400 });

  async function ask(refusing: readonly string[], silent: readonly string[] = []) {
    const told: string[] = [];
    const { clock, dispatcher, asked } = stage({
      deployments: [deployment("one", { operation: "chat" }), deployment("two", { operation: "chat" })],
      settings: { onRetry: ({ deploymentName = "" }) => void told.push(deploymentName) },
      script: async ({ deployment, prompts }, clock) => {
        await clock.sleep(10);
        if (refusing.includes(deployment)) throw refusal();
        if (prompts[0] === "b" && silent.includes(deployment)) {
          throw new TimeoutError("Slow.", { scope: "attempt" });
        }
      },
    });
    await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
    const before = asked.length;
    told.length = 0;
    const [settled] = await results(clock, [dispatcher.submit({ prompt: "b", parameters })]);
    return { settled, told, asked: asked.slice(before).map(({ deployment }) => deployment) };
  }

  test("another gets it, and nobody hears of a failure", async () => {
    const { settled, told, asked } = await ask(["one"]);
    expect(settled?.status).toBe("fulfilled");
    expect([asked, told]).toEqual([["two"], []]);
  });

  test("it fails once the other has failed", async () => {
    const { settled, asked } = await ask(["one"], ["two"]);
    expect(settled).toMatchObject({ reason: { code: "operation_not_supported" } });
    expect(asked).toEqual(["two"]);
  });

  test("it fails at once where the other is known to refuse it as well", async () => {
    const { settled, asked } = await ask(["one", "two"]);
    expect(settled).toMatchObject({ reason: { code: "operation_not_supported" } });
    expect(asked).toEqual([]);
  });
});

test.each([
  ["that tell their usage are found out about by one", true, [100, 200]],
  ["that do not are like answers, which are understood", false, [100, 100]],
])("streams %s", async (_what, streamUsage, times) => {
  const { clock, dispatcher, asked } = stage({ settings: { streamUsage } });
  await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
  const read = async (prompt: string): Promise<void> => {
    for await (const _piece of dispatcher.stream({ prompt, parameters })) continue;
  };
  await results(clock, [read("b"), read("c")]);
  expect(asked.slice(1).map(({ at }) => at)).toEqual(times);
});
