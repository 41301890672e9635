import { InvalidRequestError, RateLimitError } from "../../src/errors.js";
import { deployment, results, stage } from "./script.js";

const parameters = Object.freeze({ maxTokens: 16 });

test("streams go in the order they came", async () => {
  const { clock, dispatcher, asked } = stage({ settings: { maxConcurrency: 1 } });
  const read = async (prompt: string): Promise<void> => {
    for await (const piece of dispatcher.stream({ prompt, parameters })) expect(piece.chunk).toBeDefined();
  };
  await results(clock, ["a", "b", "c", "d"].map(read));
  expect(asked.flatMap(({ prompts }) => prompts)).toEqual(["a", "b", "c", "d"]);
});

test("one choice that is refused fails a prompt of several, and the others are given up", async () => {
  const refusal = new InvalidRequestError("No.", { status: 400 });
  let requests = 0;
  const { clock, dispatcher, asked } = stage({
    deployments: [deployment("one", { operation: "responses" })],
    settings: { maxConcurrency: 1 },
    script: () => {
      if (++requests === 2) throw refusal;
    },
  });
  const [settled] = await results(clock, [
    dispatcher.submit({ prompt: "a", parameters: Object.freeze({ maxTokens: 16, n: 4 }) }),
  ]);
  expect((settled as PromiseRejectedResult).reason).toBe(refusal);
  expect(asked).toHaveLength(2);
});

describe("who is told to wait", () => {
  /** A stage on which some deployments rest until 5000. */
  async function rest(...resting: readonly string[]) {
    const scene = stage({
      deployments: [deployment("one"), deployment("two")],
      settings: { maxRetries: 0 },
      script: ({ at, deployment }) => {
        if (at === 0 && resting.includes(deployment)) {
          throw new RateLimitError("Busy.", { status: 429, retryAfterMs: 5000 });
        }
      },
    });
    const { clock, dispatcher } = scene;
    const waits: number[] = [];
    const submit = (prompt: string, signal?: AbortSignal) => {
      const more = signal === undefined ? {} : { signal };
      return dispatcher.submit({ prompt, parameters, onWait: (ms) => waits.push(ms), ...more });
    };
    for (const prompt of ["a", "b"]) void submit(prompt).catch(() => undefined);
    await clock.run(1000);
    return { ...scene, waits, submit };
  }

  test("is told how long, where all rest", async () => {
    const { clock, waits, submit } = await rest("one", "two");
    await results(clock, [submit("later")]);
    expect(waits).toEqual([4000]);
  });

  test("is nobody while one is ready", async () => {
    const { clock, waits, submit } = await rest("one");
    await results(clock, [submit("later")]);
    expect(waits).toEqual([]);
  });

  test("is nobody at the moment when the rest is over", async () => {
    const { clock, waits, submit } = await rest("one", "two");
    await clock.run(5000);
    await results(clock, [submit("later")]);
    expect(waits).toEqual([]);
  });

  test("is nobody who has given up before", async () => {
    const { clock, waits, submit } = await rest("one", "two");
    await results(clock, [submit("later", AbortSignal.abort())]);
    expect(waits).toEqual([]);
  });

  test("need not listen", async () => {
    const { clock, dispatcher } = await rest("one", "two");
    const [settled] = await results(clock, [dispatcher.submit({ prompt: "later", parameters })]);
    expect(settled?.status).toBe("fulfilled");
  });
});
