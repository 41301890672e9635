import { shareFlight } from "../../src/client/flight.js";
import { failureOf } from "./support.js";

/** A shared function of which each run ends when the test says so. */
function control() {
  const runs: { end: (result: string) => void; signal: AbortSignal }[] = [];
  const shared = shareFlight(
    (signal) => new Promise<string>((resolve) => void runs.push({ end: resolve, signal })),
  );
  return { runs, shared };
}

const { signal: forever } = new AbortController();

test("a run that everybody has left is aborted, and the next call does not wait for its end", async () => {
  const { runs, shared } = control();
  const leaving = new AbortController();
  const left = failureOf(shared(leaving.signal));
  leaving.abort();
  expect((await left).name).toBe("AbortError");
  expect(runs[0]?.signal.aborted).toBe(true);

  const next = shared(forever);
  // The end of the abandoned run is not that of the one which took its place.
  runs[0]?.end("late");
  await Promise.resolve();
  const joined = shared(forever);
  runs[1]?.end("fresh");
  expect(await Promise.all([next, joined])).toEqual(["fresh", "fresh"]);
  expect(runs).toHaveLength(2);
});

test("a run that ends as its last caller leaves makes way for the next one", async () => {
  const { runs, shared } = control();
  const leaving = new AbortController();
  const left = failureOf(shared(leaving.signal));
  runs[0]?.end("too late for who left");
  leaving.abort();
  expect((await left).name).toBe("AbortError");
  const next = shared(forever);
  runs[1]?.end("fresh");
  expect(await next).toBe("fresh");
});
