import { checkBatch, checkTimeout } from "../../src/settings/call-limits.js";
import { refusalOf } from "./resolving.js";

const LONGEST_MS = 2 ** 32 - 1; // the platform refuses a signal that takes longer

test.each([undefined, null, 1, 60_000, LONGEST_MS])("%p is a timeout of a call", (timeout) => {
  expect(() => {
    checkTimeout(timeout);
  }).not.toThrow();
});

test.each([
  [0, "0"],
  [1.5, "1.5"],
  [LONGEST_MS + 1, "4294967296"],
  [Infinity, "Infinity"],
  ["5", "a string"],
])("%p is none, and the error says what is", (timeout, words) => {
  const refusal = refusalOf(() => {
    checkTimeout(timeout);
  });
  expect(refusal).toContain(
    `The \`timeout\` of a call must be a whole number of milliseconds from 1 to ${LONGEST_MS}; leave it out for no limit, not ${words}.`,
  );
});

test.each([
  [undefined, undefined],
  [null, null],
  [1, () => undefined],
  [Infinity, undefined],
])("a batch runs with a maxConcurrency of %p and an onProgress of %p", (maxConcurrency, onProgress) => {
  expect(() => {
    checkBatch({ maxConcurrency, onProgress });
  }).not.toThrow();
});

test.each([
  [
    { maxConcurrency: 0 },
    "`maxConcurrency` of a call must be a whole number of at least 1, or Infinity, not 0.",
  ],
  [{ maxConcurrency: "5" }, "`maxConcurrency` of a call must be"],
  [{ onProgress: 5 }, "`onProgress` of a call must be a function, not 5."],
])("a batch does not run with %p", (options, words) => {
  const refusal = refusalOf(() => {
    checkBatch({ maxConcurrency: undefined, onProgress: undefined, ...options });
  });
  expect(refusal).toContain(words);
});
