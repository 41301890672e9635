import { Deployment } from "../../src/dispatch/deployment.js";
import { type Flight, Flights } from "../../src/dispatch/flight.js";
import { Job } from "../../src/dispatch/job.js";
import { Memory } from "../../src/dispatch/memory.js";
import { Parcel } from "../../src/dispatch/parcel.js";
import { Turn } from "../../src/dispatch/turn.js";
import { plainDialect } from "../../src/operations/detect.js";
import { deployment } from "./script.js";
import { VirtualClock } from "./simulation/virtual-clock.js";

const parameters = Object.freeze({ maxTokens: 16 });

function send(prompts: number) {
  const clock = new VirtualClock();
  let freed = 0;
  const flights = new Flights(clock, () => {
    freed++;
  });
  const never = (): never => {
    throw new Error("Nothing is sent in this test.");
  };
  const settings = deployment("one");
  const one = new Deployment(0, settings, { send: never, stream: never }, new Memory().of(settings), 1000);
  const jobs = Array.from({ length: prompts }, (_, sequence) => {
    const delivery = { kind: "answer", deliver: never } as const;
    return new Job({ prompt: "a", parameters }, parameters, sequence, delivery, never);
  });
  const flight: Flight = {
    parcel: new Parcel(jobs),
    deployment: one,
    operation: "chat",
    dialect: plainDialect,
    era: 0,
    kind: "",
    turn: new Turn([one]),
    controller: new AbortController(),
    size: prompts,
    wanted: prompts,
    over: false,
  };
  flights.depart(flight);
  return { clock, flights, flight, jobs, freed: () => freed };
}

test("a request that is out is its prompts', until it comes back", () => {
  const { flights, flight, jobs, freed } = send(2);
  expect([flights.size, flights.of(jobs[0]!), flights.of(jobs[1]!)]).toEqual([1, flight, flight]);
  flights.arrive(flight);
  flights.arrive(flight);
  expect([flights.size, flights.of(jobs[0]!), freed()]).toEqual([0, undefined, 0]);
});

test("a slot is free only after the turn in which the connection is closed, and once", async () => {
  const { clock, flights, flight, freed } = send(1);
  flights.arriveSoon(flight);
  flights.arriveSoon(flight);
  flights.arrive(flight);
  expect([flights.size, freed()]).toEqual([1, 0]);
  await clock.run();
  expect([flights.size, freed()]).toEqual([0, 1]);
});

test("a request is given up when nobody wants it any more, and not before", async () => {
  const { clock, flights, flight, jobs, freed } = send(2);
  flights.drop(jobs[0]!);
  flights.drop(jobs[0]!);
  expect([flight.controller.signal.aborted, flights.of(jobs[0]!)]).toEqual([false, undefined]);
  flights.drop(jobs[1]!);
  expect(flight.controller.signal.aborted).toBe(true);
  await clock.run();
  expect([flights.size, freed()]).toEqual([0, 1]);
});

test("a request that has come back is not given up", () => {
  const { flights, flight, jobs } = send(1);
  flight.over = true;
  flights.drop(jobs[0]!);
  expect(flight.controller.signal.aborted).toBe(false);
});
