import { Deployment } from "../../src/dispatch/deployment.js";
import { Memory } from "../../src/dispatch/memory.js";
import { Room } from "../../src/dispatch/room.js";
import { deployment } from "./script.js";

/** Deployments that rest until these times. */
function resting(...until: readonly number[]): Deployment[] {
  const never = (): never => {
    throw new Error("Nothing is sent in this test.");
  };
  return until.map((restUntil, index) => {
    const settings = deployment(`${index}`);
    const connection = { send: never, stream: never };
    const one = new Deployment(index, settings, connection, new Memory().of(settings), 1000);
    one.restUntil = restUntil;
    return one;
  });
}

test("there is room at those that do not rest, until another one's rest is over", () => {
  const deployments = resting(-Infinity, 500, 100, 300);
  const room = new Room(deployments, 100);
  expect(room.open).toEqual([deployments[0], deployments[2]]);
  expect(room.until).toBe(300);
  room.endBy(400);
  expect(room.until).toBe(300);
  room.endBy(200);
  expect(room.until).toBe(200);
});

test("where all rest there is nothing to look for before the first is ready", () => {
  const room = new Room(resting(200, 300), 100);
  expect([room.isOpen(199), room.isOpen(200)]).toEqual([false, true]);
  expect(new Room(resting(100, 300), 100).isOpen(100)).toBe(true);
});

test("one that is closed gets nothing more, and the others stay open", () => {
  const deployments = resting(0, 0, 500);
  const room = new Room(deployments, 100);
  room.close(deployments[2]!);
  expect(room.open).toHaveLength(2);
  room.close(deployments[0]!);
  expect(room.open).toEqual([deployments[1]]);
});

test("requests of a form are held once one of that form waits for its turn", () => {
  const room = new Room(resting(0), 0);
  expect(room.holds("a")).toBe(false);
  room.hold("a");
  expect([room.holds("a"), room.holds("b")]).toEqual([true, false]);
});
