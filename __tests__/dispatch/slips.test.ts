import { results, stage } from "./script.js";

test("what is thrown and is no failure of the service ends its calls as it is, and is not tried again", async () => {
  const slip = new TypeError("A slip of the program.");
  let count = 0;
  const { clock, dispatcher, asked } = stage({
    settings: { maxConcurrency: 1 },
    script: () => {
      if (count++ === 0) throw slip;
    },
  });
  const submit = (prompt: string) => dispatcher.submit({ prompt, parameters: Object.freeze({}) });
  const [first, second] = await results(clock, [submit("a"), submit("b")]);
  expect(first).toEqual({ status: "rejected", reason: slip });
  expect(second).toMatchObject({ status: "fulfilled", value: { choices: [{ text: "re b" }] } });
  expect(asked.map(({ prompts }) => prompts)).toEqual([["a"], ["b"]]);
});

test("a stream that does not heed its abort is closed when it says something, and nobody gets it", async () => {
  let closed = false;
  const { clock, dispatcher } = stage({
    words: async function* (_, clock) {
      try {
        await clock.sleep(1000);
        yield { index: 0, text: "late" };
      } finally {
        closed = true;
      }
    },
  });
  const controller = new AbortController();
  const pieces = dispatcher.stream({
    prompt: "a",
    parameters: Object.freeze({}),
    signal: controller.signal,
  });
  const first = pieces[Symbol.asyncIterator]().next();
  void clock.sleep(500).then(() => controller.abort());
  const [outcome] = await results(clock, [first]);
  expect(outcome).toMatchObject({ status: "rejected", reason: { name: "AbortError" } });
  expect(closed).toBe(true);
});
