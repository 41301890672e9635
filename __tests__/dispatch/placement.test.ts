import { AuthenticationError, TimeoutError } from "../../src/errors.js";
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
