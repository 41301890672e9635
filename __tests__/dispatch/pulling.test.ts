import { Deployment } from "../../src/dispatch/deployment.js";
import { Job } from "../../src/dispatch/job.js";
import { Memory } from "../../src/dispatch/memory.js";
import type { Source } from "../../src/dispatch/parcel.js";
import { Placement } from "../../src/dispatch/placement.js";
import { Pulling } from "../../src/dispatch/pulling.js";
import { operations } from "../../src/operations/operations.js";
import { defaults, deployment } from "./script.js";
import { VirtualClock } from "./simulation/virtual-clock.js";

const parameters = Object.freeze({ maxTokens: 16 });

test("however many wait that cannot go, each change looks at so many of them at most", () => {
  const settings = deployment("one");
  const never = (): never => {
    throw new Error("Nothing is sent in this test.");
  };
  const deployments = [
    new Deployment(0, settings, { send: never, stream: never }, new Memory().of(settings), 1000),
  ];
  const pulling = new Pulling({
    deployments,
    placement: new Placement(operations, defaults, deployments),
    clock: new VirtualClock(),
    hasSlot: () => true,
    send: never,
    refuse: never,
    giveUp: never,
  });
  const job = new Job({ prompt: "a", parameters }, parameters, 0, { kind: "answer", deliver: never }, never);
  let looks = 0;
  const waiting = (sequence: number): Source => ({
    priority: 0,
    sequence,
    group: undefined,
    parameters,
    streams: false,
    limit: 1,
    size: 1,
    ripe: true,
    get held() {
      looks++;
      return true;
    },
    allowedAt: () => -Infinity,
    peek: () => [job],
    take: never,
  });
  const count = 10_000;
  for (let sequence = 0; sequence < count; sequence++) pulling.offer(waiting(sequence));
  expect(looks).toBe(count);
  looks = 0;
  for (let change = 0; change < 10; change++) pulling.changed();
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBeLessThanOrEqual(count + count / 10);
});
