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
