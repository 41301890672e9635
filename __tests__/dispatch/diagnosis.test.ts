import { Deployment } from "../../src/dispatch/deployment.js";
import type { Flight } from "../../src/dispatch/flight.js";
import { Job } from "../../src/dispatch/job.js";
import { diagnose, noteUnderstood } from "../../src/dispatch/learning.js";
import { Memory } from "../../src/dispatch/memory.js";
import { Parcel } from "../../src/dispatch/parcel.js";
import { Turn } from "../../src/dispatch/turn.js";
import {
  AuthenticationError,
  type AzureOpenAIError,
  ContentFilterError,
  DeploymentNotFoundError,
  InvalidRequestError,
  RateLimitError,
  ServiceError,
} from "../../src/errors.js";
import { plainDialect } from "../../src/operations/detect.js";
import type { OperationChoice } from "../../src/settings/settings.js";
import { deployment } from "./script.js";

const parameters = Object.freeze({ maxTokens: 16, logitBias: { "50256": -100 } });

function send(operation: OperationChoice = "auto") {
  const never = (): never => {
    throw new Error("Nothing is sent in this test.");
  };
  const settings = deployment("one", { operation });
  const one = new Deployment(0, settings, { send: never, stream: never }, new Memory().of(settings), 1000);
  const delivery = { kind: "answer", deliver: never } as const;
  const flight: Flight = {
    parcel: new Parcel([new Job({ prompt: "a", parameters }, parameters, 0, delivery, never)]),
    deployment: one,
    operation: "chat",
    dialect: plainDialect,
    era: 0,
    kind: "chat",
    turn: new Turn([one]),
    controller: new AbortController(),
    size: 1,
    wanted: 1,
    over: false,
  };
  const { knowledge } = one;
  const meet = (error: AzureOpenAIError) => diagnose(flight, error, 1, 0);
  return { flight, knowledge, meet, isUnderstood: () => knowledge.isProven("chat") };
}

const invalid = (service: { message?: string; param?: string; code?: string }) =>
  new InvalidRequestError("No.", { status: 400, service });
const tooManyTokens = () => invalid({ code: "unsupported_parameter", param: "max_tokens" });

test.each([
  ["a prompt", new ContentFilterError("No.", { source: "prompt", categories: {}, status: 400 }), "prompt"],
  ["the request or a prompt", invalid({}), "request"],
  ["a field", invalid({ param: "metadata" }), "caller"],
  ["an option", invalid({ code: "unsupported_parameter", param: "logit_bias" }), "unsupported"],
])("a refusal of %s shows that the request was understood", (_, error, cause) => {
  const { meet, isUnderstood, knowledge } = send();
  expect(meet(error)).toMatchObject({ cause });
  expect([isUnderstood(), knowledge.operation]).toEqual([true, "chat"]);
});

test.each([
  ["a limit", new RateLimitError("No.", { status: 429 }), "limit"],
  ["trouble", new ServiceError("No.", { status: 503 }), "trouble"],
  ["a sign-in", new AuthenticationError("No.", { status: 401 }), "access"],
  ["ours, of no answer", new ContentFilterError("No.", { source: "prompt", categories: {} }), "prompt"],
])("a failure for %s shows nothing of the kind", (_, error, cause) => {
  const { meet, isUnderstood, knowledge } = send();
  expect(meet(error)).toMatchObject({ error, cause });
  expect([isUnderstood(), knowledge.operation]).toEqual([false, undefined]);
});

test("an answer of an operation that another one has taken the place of shows nothing of the kind", () => {
  const { flight, knowledge, isUnderstood } = send();
  knowledge.learnOperation("responses");
  noteUnderstood(flight);
  expect([isUnderstood(), knowledge.operation]).toEqual([false, "responses"]);
});

test("a request is put right twelve times, and then its failure is the answer", () => {
  const { flight, meet } = send();
  flight.parcel.note({ lessons: 11 });
  expect(meet(tooManyTokens())).toBe("learnt");
  flight.parcel.note({ lessons: 12 });
  expect(meet(tooManyTokens())).not.toBe("learnt");
});

test("what was learnt since a request was sent is not replaced by what it was taught", () => {
  const { knowledge, meet } = send();
  const since = { ...plainDialect, streamUsage: false };
  knowledge.learnDialect("chat", since);
  expect(meet(tooManyTokens())).toBe("learnt");
  expect(knowledge.dialect("chat")).toBe(since);
});

test("a deployment whose operation was said is asked for no other", () => {
  const { knowledge, meet } = send("chat");
  const error = new DeploymentNotFoundError("No.", { status: 404, service: { code: "404" } });
  expect(meet(error)).toMatchObject({ error, cause: "access" });
  expect(knowledge.refusals.size).toBe(0);
});
