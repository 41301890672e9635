import { deployment, results, stage } from "./script.js";

const parameters = Object.freeze({ maxTokens: 100 }); // 101 tokens, with a prompt of a letter or two

test("a request holds no more prompts of a group than the tokens of a minute allow", async () => {
  const { clock, dispatcher, asked } = stage({ deployments: [deployment("one", { tokensPerMinute: 350 })] });
  const group = dispatcher.openGroup({ expected: 7 });
  await results(
    clock,
    ["a", "b", "c", "d", "e", "f", "g"].map((prompt) => dispatcher.submit({ prompt, parameters, group })),
  );
  expect(asked.map(({ prompts }) => prompts)).toEqual([["a", "b", "c"], ["d", "e", "f"], ["g"]]);
});

test("a group of more kinds of calls than are kept apart at a time gets each answer, asked as it said", async () => {
  const { clock, dispatcher, asked } = stage();
  const kinds = Array.from({ length: 40 }, (_, kind) => Object.freeze({ temperature: kind / 40 }));
  const group = dispatcher.openGroup({ expected: 2 * kinds.length });
  const calls = [...kinds, ...kinds].map((one) =>
    dispatcher.submit({ prompt: String(one.temperature), parameters: one, group }),
  );
  const settled = await results(clock, calls);
  expect(settled).toHaveLength(80);
  for (const one of settled) expect(one.status).toBe("fulfilled");
  expect(asked.flatMap(({ prompts }) => prompts)).toHaveLength(80);
  for (const { prompts, request } of asked) {
    for (const prompt of prompts) expect(prompt).toBe(String(request.parameters.temperature));
  }
});
