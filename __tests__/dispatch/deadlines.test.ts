import { results, stage } from "./script.js";

test("each call has its own total time, from when it was made", async () => {
  const { clock, dispatcher } = stage({
    settings: { totalTimeoutMs: 1000 },
    script: () => new Promise(() => undefined),
  });
  const startedAt = clock.now();
  const failedAfter = async (prompt: string): Promise<number> => {
    await expect(dispatcher.submit({ prompt, parameters: Object.freeze({}) })).rejects.toMatchObject({
      code: "timeout",
      scope: "total",
    });
    return clock.now() - startedAt;
  };
  const later = clock.sleep(400).then(() => failedAfter("b"));
  const ends = await results(clock, [failedAfter("a"), later]);
  expect(ends.map((end) => end.status === "fulfilled" && end.value)).toEqual([1000, 1400]);
});
