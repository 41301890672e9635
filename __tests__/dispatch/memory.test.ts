import { OperationNotSupportedError } from "../../src/errors.js";
import { Memory } from "../../src/dispatch/memory.js";
import { deployment } from "./script.js";

test("settings that reach the same deployment share what is known of it, others do not", () => {
  const memory = new Memory();
  const known = memory.of(deployment("one"));
  expect(memory.of(deployment("one", { priority: 3 }))).toBe(known);
  expect(memory.of(deployment("one", { apiVersion: "preview" }))).not.toBe(known);
  const { deploymentName: _name, ...nameless } = deployment("one");
  expect(memory.of(nameless)).not.toBe(known);
});

test("the deployment that was not used for longest is forgotten first", () => {
  const memory = new Memory(2);
  const one = memory.of(deployment("one"));
  const two = memory.of(deployment("two"));
  expect(memory.of(deployment("one"))).toBe(one);
  memory.of(deployment("three"));
  expect(memory.of(deployment("one"))).toBe(one);
  expect(memory.of(deployment("two"))).not.toBe(two);
});

test("of a deployment so many kinds of request are remembered, then it is learnt anew", () => {
  const known = new Memory().of(deployment("one"));
  for (let kind = 0; kind < 200; kind++) known.prove(`${kind}`);
  expect(known.isProven("0")).toBe(true);
  known.prove("one more");
  expect([known.isProven("0"), known.isProven("one more")]).toEqual([false, true]);
});

test("a request that found out is over once, whoever says so again, and how long it took is kept", () => {
  const known = new Memory().of(deployment("one"));
  const endFirst = known.startProbe(100);
  endFirst(150);
  const endSecond = known.startProbe(200);
  endFirst(900);
  expect([known.probing, known.probingSince, known.probedForMs]).toEqual([true, 200, 50]);
  endSecond(230);
  expect([known.probing, known.probedForMs]).toEqual([false, 30]);
});

describe("what a deployment cannot do", () => {
  const refusal = new OperationNotSupportedError("No.");

  test("is known until its time has come", () => {
    const known = new Memory().of(deployment("one"));
    known.noteImpossible("a", refusal, 1000);
    expect([known.impossibility("a", 999), known.impossibility("b", 999)]).toEqual([refusal, undefined]);
    expect(known.impossibility("a", 1000)).toBeUndefined();
  });

  test("is remembered of so many requests, then learnt anew", () => {
    const known = new Memory().of(deployment("one"));
    for (let kind = 0; kind < 200; kind++) known.noteImpossible(`${kind}`, refusal, 1000);
    expect(known.impossibility("0", 0)).toBe(refusal);
    known.noteImpossible("one more", refusal, 1000);
    expect(known.impossibility("0", 0)).toBeUndefined();
    expect(known.impossibility("one more", 0)).toBe(refusal);
  });
});
