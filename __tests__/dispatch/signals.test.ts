import { getEventListeners } from "node:events";
import { Signals } from "../../src/dispatch/signals.js";
import { connect, useEmulator } from "../support/emulator.js";

const azure = useEmulator();

// Else the second request of a kind would wait until the first is understood, which a stalled one is after ten seconds.
beforeEach(async () => {
  await connect(azure(), { operation: "completions" }).invoke("first");
  azure().reset();
});

/** More than Node lets listen before it warns of a leak. */
const MODELS = 20;

test("many models share one listener on a signal, and take it away when they are done", async () => {
  const controller = new AbortController();
  const stall = azure().fail({ kind: "stall", times: MODELS });
  const calls = Array.from({ length: MODELS }, (_, index) =>
    connect(azure(), { operation: "completions" }).invoke(`prompt ${index}`, { signal: controller.signal }),
  );
  await azure().received(MODELS);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);

  stall.release();
  await Promise.all(calls);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
});

test("a signal ends the calls of every model that shares it", async () => {
  const controller = new AbortController();
  azure().fail({ kind: "stall", times: MODELS });
  const calls = Array.from({ length: MODELS }, (_, index) =>
    connect(azure(), { operation: "completions" }).invoke(`prompt ${index}`, { signal: controller.signal }),
  );
  const outcomes = Promise.allSettled(calls);
  await azure().received(MODELS);
  controller.abort();
  const names = (await outcomes).map((outcome) =>
    outcome.status === "rejected" ? (outcome.reason as Error).name : "answered",
  );
  expect(new Set(names)).toEqual(new Set(["AbortError"]));
});

test("who is done leaves the signal to the others, of its own model and of another one", () => {
  const controller = new AbortController();
  const { signal } = controller;
  const ended: string[] = [];
  const [one, other, third] = Array.from(
    { length: 3 },
    () => new Signals<string>((waiting) => void ended.push(...waiting)),
  );
  for (const call of ["done", "waits"]) one?.watch(signal, call);
  other?.watch(signal, "waits as well");
  third?.watch(signal, "done");
  one?.unwatch(signal, "done");
  third?.unwatch(signal, "done");
  controller.abort();
  expect(ended).toEqual(["waits", "waits as well"]);
});
