import { freezeCopy } from "../../src/settings/freeze.js";
import { refusalOf } from "./resolving.js";

test("plain objects and arrays are copied and frozen, all the way down", () => {
  const original = { list: [{ a: 1 }], bare: Object.assign(Object.create(null) as object, { b: 2 }) };
  const copy = freezeCopy(original, "modelKwargs");
  expect(copy).toEqual({ list: [{ a: 1 }], bare: { b: 2 } });
  original.list[0]!.a = 9;
  expect(copy.list[0]).toEqual({ a: 1 });
  for (const part of [copy, copy.list, copy.list[0], copy.bare]) expect(Object.isFrozen(part)).toBe(true);
});

test("what is neither is kept as it is, and not frozen", () => {
  const date = new Date(0);
  const run = (): number => 1;
  const copy = freezeCopy({ date, run }, "modelKwargs");
  expect(copy.date).toBe(date);
  expect(copy.run).toBe(run);
  expect(Object.isFrozen(date)).toBe(false);
});

test.each([1, "text", null, undefined, true])("%p is itself", (value) => {
  expect(freezeCopy(value, "stop")).toBe(value);
});

test("the same object twice is no circle; one that holds itself is refused", () => {
  const shared = { a: 1 };
  expect(freezeCopy({ x: shared, y: shared }, "modelKwargs")).toEqual({ x: { a: 1 }, y: { a: 1 } });
  const circle: Record<string, unknown> = {};
  circle["list"] = [circle];
  expect(refusalOf(() => freezeCopy(circle, "modelKwargs"))).toContain("`modelKwargs` contains itself");
});
