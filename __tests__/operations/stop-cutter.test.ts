import { createStopCutter } from "../../src/operations/stop-cutter.js";

/** What comes out of a cutter, piece by piece and at the end. */
function cut(stop: readonly string[] | undefined, pieces: readonly string[]) {
  const cutter = createStopCutter(stop);
  const out = pieces.map((piece) => cutter.push(piece));
  return { out, rest: cutter.flush(), found: cutter.found };
}

test("what may be the beginning of a stop sequence waits, and what cannot be does not", () => {
  const cutter = createStopCutter(["END"]);
  expect(cutter.push("text E")).toBe("text ");
  expect(cutter.holding).toBe(true);
  expect(cutter.push("xit")).toBe("Exit");
  expect(cutter.holding).toBe(false);
  expect(cutter.push("E")).toBe("");
  expect(cutter.flush()).toBe("E");
  expect(cutter.flush()).toBe("");
});

test("nothing comes after a stop sequence", () => {
  expect(cut(["END"], ["a E", "ND b", "c"])).toEqual({ out: ["a ", "", ""], rest: "", found: true });
});

test("a whole stop sequence is found, not held back as a beginning of itself", () => {
  expect(cut(["ab", "abab"], ["xab"])).toEqual({ out: ["x"], rest: "", found: true });
});

test("of two sequences that end together the longer wins", () => {
  expect(cut(["b", "ab"], ["xab"]).out).toEqual(["x"]);
  expect(cut(["ab", "b"], ["xab"]).out).toEqual(["x"]);
});

test.each([[undefined], [[]], [[""]]])("nothing is cut without a stop sequence: %j", (stop) => {
  expect(cut(stop, ["once upon", " a time"])).toEqual({
    out: ["once upon", " a time"],
    rest: "",
    found: false,
  });
});
