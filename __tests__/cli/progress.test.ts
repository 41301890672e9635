import { formatProgress } from "../../src/cli/progress.js";

const COUNT = { total: 1000, before: 0, answered: 100, failed: 0, retries: 0 };

test.each([
  ["seconds", 1_000, "100/1000 (10%), 100/s, 9s left"],
  ["minutes and seconds", 14_000, "100/1000 (10%), 7.1/s, 2m06s left"],
  ["hours and minutes", 1_000_000, "100/1000 (10%), 0.1/s, 2h30m left"],
])("what is left is told in %s", (_what, elapsedMs, line) => {
  expect(formatProgress(COUNT, elapsedMs)).toBe(line);
});

test("as long as nothing was done, nobody knows how long it takes", () => {
  expect(formatProgress({ ...COUNT, before: 500, answered: 0 }, 0)).toBe("500/1000 (50%), 0.0/s");
});

test.each([
  [{ retries: 1 }, ", 1 retry"],
  [{ retries: 2 }, ", 2 retries"],
  [{ failed: 3 }, ", 3 failed"],
  [{ retries: 2, failed: 3 }, ", 2 retries, 3 failed"],
])("what did not go smoothly is told: %j", (trouble, ending) => {
  expect(formatProgress({ ...COUNT, ...trouble }, 1_000)).toMatch(new RegExp(`left${ending}$`));
});
