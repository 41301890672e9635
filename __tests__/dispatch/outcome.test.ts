import { deployment, results, stage } from "./script.js";

test("what is known of an answer is told, and what is not is absent", async () => {
  const { deploymentName: _name, ...nameless } = deployment("one");
  const scene = stage({ deployments: [nameless] });
  const [outcome] = await results(scene.clock, [
    scene.dispatcher.submit({ prompt: "a", parameters: Object.freeze({}) }),
  ]);
  expect(outcome).toEqual({
    status: "fulfilled",
    value: {
      choices: [{ text: "re a" }],
      usage: { promptTokens: 10, completionTokens: 7, totalTokens: 17 },
      report: {},
      host: "one.openai.azure.com",
      operation: "completions",
      attempts: 1,
      groupSize: 1,
    },
  });
});
