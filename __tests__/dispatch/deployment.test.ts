import { Deployment } from "../../src/dispatch/deployment.js";
import { Memory } from "../../src/dispatch/memory.js";
import { OperationNotSupportedError, RateLimitError } from "../../src/errors.js";
import type { OperationChoice } from "../../src/settings/settings.js";
import { deployment } from "./script.js";

function create(operation: OperationChoice = "auto", memory = new Memory()): Deployment {
  const settings = deployment("one", { operation });
  const never = (): never => {
    throw new Error("Nothing is sent in this test.");
  };
  return new Deployment(0, settings, { send: never, stream: never }, memory.of(settings), 1000);
}

const refusal = (message: string) => new OperationNotSupportedError(message, { status: 404 });

test("each operation is asked for in turn, until none is left", () => {
  const one = create();
  expect(one.operation).toBe("chat");
  expect(one.refuseOperation("chat", refusal("chat"))).toBe(true);
  expect(one.operation).toBe("responses");
  expect(one.refuseOperation("responses", refusal("responses"))).toBe(true);
  expect(one.operation).toBe("completions");
  expect(one.refuseOperation("completions", refusal("completions"))).toBe(false);
});

test("the operation that is set is asked for, whatever others have learnt", () => {
  const memory = new Memory();
  create("auto", memory).knowledge.learnOperation("responses");
  expect([create("auto", memory).operation, create("chat", memory).operation]).toEqual(["responses", "chat"]);
});

test("a late refusal of another operation takes nothing back that was learnt", () => {
  const one = create();
  one.knowledge.learnOperation("responses");
  expect(one.refuseOperation("chat", refusal("chat"))).toBe(true);
  expect([one.operation, one.isGuess, one.knowledge.refusals.size]).toEqual(["responses", false, 0]);
});

test("a refusal of the operation that was learnt takes that back", () => {
  const one = create();
  one.knowledge.learnOperation("chat");
  expect(one.refuseOperation("chat", refusal("chat"))).toBe(true);
  expect([one.operation, one.isGuess]).toEqual(["responses", true]);
});

test("one that answers no operation has one error for all who came before that was found, and is asked anew", () => {
  const one = create();
  const errors = [refusal("first"), refusal("second")] as const;
  one.refuseOperation("chat", errors[0]);
  one.refuseOperation("responses", errors[1]);
  const last = refusal("last");
  expect(one.condemn(5, ([first]) => first, last)).toBe(errors[0]);
  expect([one.verdictOn(4), one.verdictOn(5), one.operation]).toEqual([errors[0], undefined, "chat"]);
  expect(one.condemn(5, () => undefined, last)).toBe(last);
  one.knowledge.learnOperation("chat");
  expect(one.verdictOn(4)).toBeUndefined();
});

test("while one request finds out, those of a kind that is understood need not wait for it", () => {
  const one = create();
  one.knowledge.learnOperation("chat");
  one.knowledge.prove("known");
  expect(one.awaitsProbe("new")).toBe(false);
  const end = one.knowledge.startProbe(0);
  expect([one.awaitsProbe("known"), one.awaitsProbe("new")]).toEqual([false, true]);
  end(10);
  expect(one.awaitsProbe("new")).toBe(false);
});

test("an answer to a request from before a rest says nothing of why it rests", () => {
  const one = create();
  const before = one.depart(0, 0);
  const busy = new RateLimitError("Busy.", { status: 429, retryAfterMs: 500 });
  one.suffer("limit", busy, before, 0, () => 0.5);
  one.succeed(before);
  expect(one.restCause).toBe(busy);
  one.succeed(one.depart(0, 500));
  expect(one.restCause).toBeUndefined();
});
