import { Group } from "../../src/dispatch/group.js";

function open(expected?: number) {
  const changes: boolean[] = [];
  const group: Group = new Group(
    expected === undefined ? {} : { expected },
    () => undefined,
    () => void changes.push(group.complete),
  );
  return { group, changes };
}

test("a group is complete once everybody who is expected has joined or left", () => {
  const { group, changes } = open(2);
  group.leave();
  expect(changes).toEqual([]);
  group.leave();
  expect(changes).toEqual([true]);
});

test("who is expected may become more, and fewer", () => {
  const { group, changes } = open(1);
  group.expect(1);
  group.join();
  expect(group.complete).toBe(false);
  group.expect(-1);
  expect(changes).toEqual([true]);
});

test("a group that expects nobody in particular does not count", () => {
  const { group, changes } = open();
  group.expect(5);
  expect([group.complete, changes]).toEqual([false, []]);
});

test("a group counts the prompts of the requests that are out", () => {
  const { group } = open();
  group.depart(3);
  group.depart(2);
  group.arrive(3);
  expect([group.inFlight, group.promptsInFlight]).toEqual([1, 2]);
});

describe("a turn of the event loop", () => {
  function watch(expected?: number) {
    const turns: (() => void)[] = [];
    const options = expected === undefined ? {} : { expected };
    const group = new Group(
      options,
      (run) => void turns.push(run),
      () => undefined,
    );
    return { group, turns, pass: () => turns.shift()?.() };
  }

  test("is waited for once, however many join in it", () => {
    const { group, turns } = watch();
    group.join();
    group.join();
    expect(turns).toHaveLength(1);
  });

  test("is waited for by nobody where all who are expected are there", () => {
    const { group, turns } = watch(1);
    group.join();
    expect(turns).toHaveLength(0);
  });

  test("in which some joined promises others, where more are expected", () => {
    const { group, pass } = watch(5);
    group.join();
    group.join();
    pass();
    expect([group.complete, group.turns]).toEqual([false, 0]);
    pass();
    expect([group.complete, group.turns]).toEqual([true, 1]);
  });

  test("is enough where nobody in particular is expected, and nobody is by saying that more come", () => {
    const { group, pass } = watch();
    group.expect(5);
    group.join();
    group.join();
    pass();
    expect([group.complete, group.turns]).toEqual([true, 1]);
  });
});
