import type { Answer } from "../../src/operations/operation.js";
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

describe("of a request of several prompts", () => {
  const parameters = Object.freeze({ maxTokens: 16 });
  const ask = (answer: Answer) => {
    const { clock, dispatcher } = stage({
      answer: () => answer,
      report: () => ({ requestId: "r1" }),
      settings: { maxRetries: 0 },
    });
    const group = dispatcher.openGroup({ expected: 2 });
    const calls = ["a", "bbb"].map((prompt) => dispatcher.submit({ prompt, parameters, group }));
    return results(clock, calls);
  };

  test("each gets as many of the tokens as its own texts are long", async () => {
    const usage = { promptTokens: 4, completionTokens: 10, totalTokens: 14 };
    const settled = await ask({ choices: [[{ text: "1" }, { text: "2345678" }], [{ text: "90" }]], usage });
    expect(settled.map((one) => one.status === "fulfilled" && one.value.usage)).toEqual([
      { promptTokens: 1, completionTokens: 8, totalTokens: 9, estimated: true },
      { promptTokens: 3, completionTokens: 2, totalTokens: 5, estimated: true },
    ]);
  });

  test("none gets any where the service does not tell them", async () => {
    const settled = await ask({ choices: [[{ text: "1" }], [{ text: "2" }]] });
    for (const one of settled) expect(one.status === "fulfilled" && "usage" in one.value).toBe(false);
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  });

  test("all fail where answers are missing, and the error tells how many and which answer it was", async () => {
    const settled = await ask({ choices: [[{ text: "1" }]] });
    expect(settled).toMatchObject([
      { reason: { code: "service", report: { requestId: "r1" } } },
      { reason: { code: "service" } },
    ]);
    expect(String((settled[0] as PromiseRejectedResult).reason)).toContain("answered 1 of 2 prompts");
  });
});
