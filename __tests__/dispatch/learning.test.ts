import {
  DeploymentNotFoundError,
  InvalidRequestError,
  OperationNotSupportedError,
} from "../../src/errors.js";
import { Memory } from "../../src/dispatch/memory.js";
import type { OperationName } from "../../src/settings/settings.js";
import { deployment, results, stage } from "./script.js";
import type { Asked, Script } from "./script.js";
import { VirtualClock } from "./simulation/virtual-clock.js";

const parameters = Object.freeze({ maxTokens: 16 });
const unknown = (name: string) => deployment(name, { operation: "auto" });

const refusal = (): Error =>
  new OperationNotSupportedError("Another operation, please.", {
    status: 400,
    service: { code: "OperationNotSupported" },
  });

const renamed = (): Error =>
  new InvalidRequestError("No.", {
    status: 400,
    service: {
      code: "unsupported_parameter",
      param: "max_tokens",
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    },
  });

/** A deployment that serves one operation. */
function serving(operation: () => OperationName): Script {
  return async (asked, clock) => {
    await clock.sleep(20);
    if (asked.operation !== operation()) throw refusal();
    await clock.sleep(80);
  };
}

function count(asked: readonly Asked[], operation: OperationName): number {
  return asked.filter((one) => one.operation === operation).length;
}

test("a first batch of a thousand on a completions deployment costs two refused guesses at most", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: [unknown("one")],
    script: serving(() => "completions"),
  });
  const group = dispatcher.openGroup({ expected: 1000 });
  const settled = await results(
    clock,
    Array.from({ length: 1000 }, (_, index) => dispatcher.submit({ prompt: `p${index}`, parameters, group })),
  );
  expect(settled.every((one) => one.status === "fulfilled")).toBe(true);
  expect([count(asked, "chat"), count(asked, "responses")]).toEqual([1, 1]);
  expect(asked.length).toBeLessThanOrEqual(2 + 51);
});

test("a first batch of a thousand on a chat deployment named like another costs one refused request", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: [unknown("instruct")],
    script: serving(() => "chat"),
  });
  await results(
    clock,
    Array.from({ length: 1000 }, (_, index) => dispatcher.submit({ prompt: `p${index}`, parameters })),
  );
  expect(count(asked, "completions")).toBe(1);
  expect(asked).toHaveLength(1001);
});

test("what was learnt costs a new instance nothing, and instances that start together one guess", async () => {
  const clock = new VirtualClock();
  const memory = new Memory();
  const shared = { clock, memory, deployments: [unknown("instruct")], script: serving(() => "chat") };
  const [first, second] = [stage(shared), stage(shared)];
  await results(clock, [
    first.dispatcher.submit({ prompt: "a", parameters }),
    second.dispatcher.submit({ prompt: "b", parameters }),
  ]);
  expect(count([...first.asked, ...second.asked], "completions")).toBe(1);
  const third = stage(shared);
  await results(clock, [third.dispatcher.submit({ prompt: "c", parameters })]);
  expect(third.asked.map((one) => one.operation)).toEqual(["chat"]);
});

test("a deployment that changes is learnt anew", async () => {
  let operation: OperationName = "chat";
  const { clock, dispatcher, asked } = stage({
    deployments: [unknown("one")],
    script: serving(() => operation),
  });
  await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
  operation = "responses";
  const settled = await results(
    clock,
    ["b", "c"].map((prompt) => dispatcher.submit({ prompt, parameters })),
  );
  expect(settled.map((one) => one.status)).toEqual(["fulfilled", "fulfilled"]);
  expect(asked.at(-1)?.operation).toBe("responses");
});

/** Thirty calls at once on a deployment that was changed a moment ago, while one from before is still answered. */
async function redeploy(before: Script, after: Script): Promise<readonly Asked[]> {
  const changed = 1000;
  const { clock, dispatcher, asked } = stage({
    deployments: [unknown("one")],
    script: (one, clock) => (one.at < changed ? before : after)(one, clock),
  });
  const submit = (prompt: string) => dispatcher.submit({ prompt, parameters });
  await results(clock, [submit("first")]);
  await clock.run(changed - 1);
  const early = submit("early");
  await clock.run(changed);
  const began = asked.length;
  const calls = Array.from({ length: 30 }, (_, index) => submit(`p${index}`));
  const settled = await results(clock, [early, ...calls]);
  expect(settled.filter((one) => one.status === "rejected")).toEqual([]);
  return asked.slice(began);
}

const answeredLate: Script = (_, clock) => clock.sleep(60);

test.each<OperationName>(["responses", "completions"])(
  "a deployment that comes to serve %s under load is found out about by one request for all",
  async (next) => {
    let refused = 0;
    const asked = await redeploy(answeredLate, async ({ operation }, clock) => {
      // Each is refused at another time.
      await clock.sleep(10 + refused++);
      if (operation !== next) throw refusal();
      await clock.sleep(100);
    });
    const guesses = asked.slice(30);
    expect(asked.slice(0, 30).every((one) => one.operation === "chat")).toBe(true);
    expect(count(guesses, "chat")).toBe(0);
    expect(count(guesses, "responses")).toBe(next === "responses" ? 30 : 1);
    const [probe, ...followers] = guesses.filter(({ operation }) => operation === next);
    expect(followers).toHaveLength(29);
    expect(followers.every(({ at }) => at >= (probe?.at ?? Infinity) + 100)).toBe(true);
  },
);

test("a deployment that comes to want a parameter spoken otherwise is asked so by one request for all", async () => {
  let refused = 0;
  const asked = await redeploy(answeredLate, async ({ request }, clock) => {
    await clock.sleep(10 + refused++);
    if (request.dialect.maxTokensField !== "max_completion_tokens") throw renamed();
    await clock.sleep(100);
  });
  const [probe, ...followers] = asked.slice(30);
  expect(asked.slice(30).every(({ request }) => request.dialect.maxTokensField !== undefined)).toBe(true);
  expect(followers).toHaveLength(29);
  expect(followers.every(({ at }) => at >= (probe?.at ?? Infinity) + 100)).toBe(true);
});

test("when no operation is answered, the most telling error is everybody's, and nobody else asks", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: [unknown("one")],
    script: async ({ operation }, clock) => {
      await clock.sleep(5);
      if (operation === "chat") throw new DeploymentNotFoundError("No route.", { status: 404 });
      throw refusal();
    },
  });
  const settled = await results(
    clock,
    Array.from({ length: 50 }, (_, index) => dispatcher.submit({ prompt: `p${index}`, parameters })),
  );
  expect(settled.every((one) => one.status === "rejected")).toBe(true);
  expect(settled[49]).toMatchObject({ reason: { code: "operation_not_supported" } });
  expect(asked).toHaveLength(3);
});

test("an unknown deployment is not asked for another operation", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: [unknown("one")],
    script: () => {
      throw new DeploymentNotFoundError("No such deployment.", {
        status: 404,
        service: { code: "DeploymentNotFound" },
      });
    },
  });
  const [settled] = await results(clock, [dispatcher.submit({ prompt: "a", parameters })]);
  expect(settled).toMatchObject({ status: "rejected", reason: { code: "deployment_not_found" } });
  expect(asked).toHaveLength(1);
});

test("a refused parameter is learnt by one request for all", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: [deployment("one", { operation: "chat" })],
    script: async ({ request }, clock) => {
      await clock.sleep(20);
      if (request.dialect.maxTokensField === "max_completion_tokens") return;
      throw renamed();
    },
  });
  const settled = await results(
    clock,
    Array.from({ length: 100 }, (_, index) => dispatcher.submit({ prompt: `p${index}`, parameters })),
  );
  expect(settled.every((one) => one.status === "fulfilled")).toBe(true);
  expect(asked).toHaveLength(101);
});

test("others do not wait for a slow first answer for long", async () => {
  const { clock, dispatcher, asked } = stage({
    deployments: [deployment("one", { operation: "chat" })],
    script: (_, clock) => clock.sleep(60_000),
  });
  void dispatcher.submit({ prompt: "a", parameters });
  void dispatcher.submit({ prompt: "b", parameters });
  await clock.run();
  expect(asked.map(({ at }) => at)).toEqual([0, 10_000]);
});

describe("an option that a model refuses", () => {
  const warm = Object.freeze({ maxTokens: 16, temperature: 0.2 });
  const refused = (): Error =>
    new InvalidRequestError("No.", {
      status: 400,
      service: {
        code: "unsupported_value",
        param: "temperature",
        message:
          "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
      },
    });
  const script: Script = async ({ deployment, request }, clock) => {
    await clock.sleep(20);
    if (deployment === "reasoning" && request.parameters.temperature === 0.2) throw refused();
  };
  const reasoning = deployment("reasoning", { operation: "chat" });
  const chat = deployment("chat", { operation: "chat" });
  const submit = (
    scene: Pick<ReturnType<typeof stage>, "dispatcher">,
    count: number,
    parameters: object = warm,
  ) =>
    Array.from({ length: count }, (_, index) => scene.dispatcher.submit({ prompt: `p${index}`, parameters }));

  test("is asked of it once, and then left to the others", async () => {
    const scene = stage({ deployments: [reasoning, chat], script });
    const settled = await results(scene.clock, submit(scene, 100));
    expect(settled.every((one) => one.status === "fulfilled")).toBe(true);
    expect(scene.asked.filter((one) => one.deployment === "reasoning")).toHaveLength(1);
    expect(scene.asked).toHaveLength(101);
  });

  test("is asked of it once where there is no other, and each prompt fails of what it said", async () => {
    const scene = stage({ deployments: [reasoning], script });
    const settled = await results(scene.clock, submit(scene, 50));
    const errors = settled.map((one) => (one.status === "rejected" ? (one.reason as Error) : undefined));
    expect(errors.every((error) => error instanceof OperationNotSupportedError)).toBe(true);
    expect(new Set(errors).size).toBe(50);
    expect(new Set(errors.map((error) => error?.message)).size).toBe(1);
    expect(scene.asked).toHaveLength(1);
  });

  test("is asked of it again after a minute, and with another value at once", async () => {
    const scene = stage({ deployments: [reasoning], script });
    await results(scene.clock, submit(scene, 2));
    await results(scene.clock, submit(scene, 1, Object.freeze({ ...warm, temperature: 1 })));
    expect(scene.asked).toHaveLength(2);
    await Promise.all([scene.clock.sleep(60_000), scene.clock.run()]);
    await results(scene.clock, submit(scene, 1));
    expect(scene.asked).toHaveLength(3);
  });
});
