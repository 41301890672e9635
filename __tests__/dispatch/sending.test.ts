import { results, stage } from "./script.js";

const parameters = Object.freeze({ maxTokens: 16 });

test.each([true, false])(
  "whether usage is wanted of streams (%j) is in each request",
  async (streamUsage) => {
    const { clock, dispatcher, asked } = stage({ settings: { streamUsage } });
    await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
    expect(asked.map(({ request }) => request.streamUsage)).toEqual([streamUsage]);
  },
);

test("a request is sent with its call's headers, and with the times that are set", async () => {
  const headers = { "x-tenant": "1" };
  const { clock, dispatcher, asked } = stage({ settings: { timeoutMs: 5000, idleTimeoutMs: 300 } });
  await results(clock, [dispatcher.submit({ prompt: "a", parameters, headers })]);
  expect(asked[0]?.options).toMatchObject({ headers, timeoutMs: 5000, idleTimeoutMs: 300 });
});

test("what is not set is not sent along", async () => {
  const { clock, dispatcher, asked } = stage();
  await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
  expect(Object.keys(asked[0]?.options ?? {})).toEqual(["signal", "timeoutMs"]);
});
