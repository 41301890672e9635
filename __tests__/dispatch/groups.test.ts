import { answerTo, deployment, results, stage } from "./script.js";

const parameters = Object.freeze({ maxTokens: 16 });

function texts(settled: readonly PromiseSettledResult<{ choices: readonly { text: string }[] }>[]): string[] {
  return settled.map((one) =>
    one.status === "fulfilled" ? (one.value.choices[0]?.text ?? "") : String(one.reason),
  );
}

test("a thousand prompts of a group go in fifty requests, each answer in its place", async () => {
  const { clock, dispatcher, asked } = stage();
  const prompts = Array.from({ length: 1000 }, (_, index) => `p${index}`);
  const group = dispatcher.openGroup({ expected: 1000 });
  const settled = await results(
    clock,
    prompts.map((prompt) => dispatcher.submit({ prompt, parameters, group })),
  );
  expect(texts(settled)).toEqual(prompts.map((prompt) => `re ${prompt}`));
  expect(asked).toHaveLength(50);
  expect(clock.now()).toBeLessThanOrEqual(200);
  expect(clock.pending).toBe(0);
});

test("a prompt without a group goes at once and alone", () => {
  const { dispatcher, asked } = stage({ deployments: [deployment("one", { operation: "completions" })] });
  void dispatcher.submit({ prompt: "a", parameters });
  expect(asked.map(({ prompts }) => prompts)).toEqual([["a"]]);
});

test("the fake answers as many choices as asked for", () => {
  expect(answerTo({ prompts: ["a"], parameters: { n: 2 } } as never).choices[0]).toHaveLength(2);
});
