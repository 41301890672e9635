import { Job } from "../../src/dispatch/job.js";
import type { Delivery } from "../../src/dispatch/job.js";
import { cutIntoShares } from "../../src/dispatch/shares.js";
import type { OpenStream, Outcome } from "../../src/dispatch/work.js";
import type { Chunk } from "../../src/operations/operation.js";
import type { Parameters } from "../../src/settings/settings.js";

const FIVE: Parameters = Object.freeze({ maxTokens: 16, n: 5 });

function cut(delivery: Delivery, parameters: Parameters = FIVE) {
  const ended: unknown[] = [];
  const job = new Job(
    { prompt: "a", parameters },
    parameters,
    7,
    delivery,
    (error) => void ended.push(error),
  );
  const shares = cutIntoShares(job, 2, {
    settle: () => void ended.push("settled"),
    fail: (error) => void ended.push(error),
  });
  return { job, shares, ended };
}

const ignored: Delivery = { kind: "answer", deliver: () => undefined };

function answer(text: string): Outcome {
  return { choices: [{ text }], report: {}, host: "host", operation: "chat", attempts: 1, groupSize: 1 };
}

function hand(share: Job | undefined, outcome: Outcome): void {
  if (share?.delivery.kind !== "answer") throw new Error("It wants a stream.");
  share.delivery.deliver(outcome);
}

test("the choices are cut into as few shares as can be, the last one gets the rest", () => {
  const { shares } = cut(ignored);
  expect(shares.map(({ parameters, isShare, sequence }) => [parameters.n, isShare, sequence])).toEqual([
    [2, true, 7],
    [2, true, 7],
    [1, true, 7],
  ]);
  expect(shares[0]?.parameters).toEqual({ maxTokens: 16, n: 2 });
});

test("shares of the same size of prompts with the same parameters can share a request", () => {
  const [one, other] = [cut(ignored), cut(ignored)];
  expect(one.shares[0]?.parameters).toBe(one.shares[1]?.parameters);
  expect(other.shares[2]?.parameters).toBe(one.shares[2]?.parameters);
  expect(Object.isFrozen(one.shares[0]?.parameters)).toBe(true);
  const apart = cut(ignored, Object.freeze({ maxTokens: 1, n: 5 }));
  expect(apart.shares[0]?.parameters).toEqual({ maxTokens: 1, n: 2 });
});

test("a share that fails fails the whole", () => {
  const { shares, ended } = cut(ignored);
  const error = new Error("no");
  shares[1]?.reject(error);
  expect(ended).toEqual([error]);
});

describe("answers", () => {
  test("are joined in the order of the shares, once all are there", () => {
    const given: Outcome[] = [];
    const { shares, ended } = cut({ kind: "answer", deliver: (outcome) => void given.push(outcome) });
    hand(shares[2], answer("c"));
    hand(shares[0], answer("a"));
    expect([given, ended]).toEqual([[], []]);
    hand(shares[1], answer("b"));
    expect(given.map(({ choices, attempts }) => [choices.map(({ text }) => text), attempts])).toEqual([
      [["a", "b", "c"], 3],
    ]);
    expect(ended).toEqual(["settled"]);
  });

  test("for who has given up are nobody's", () => {
    const given: Outcome[] = [];
    const { job, shares, ended } = cut({ kind: "answer", deliver: (outcome) => void given.push(outcome) });
    job.settled = true;
    for (const share of shares) hand(share, answer("a"));
    expect([given, ended]).toEqual([[], []]);
  });
});

describe("streams", () => {
  function say(...words: readonly string[]): { stream: OpenStream; closed: unknown[] } {
    const closed: unknown[] = [];
    const chunks = words.map((text): Chunk => ({ index: 0, text }));
    const stream: OpenStream = {
      report: {},
      host: "host",
      operation: "chat",
      early: chunks.slice(0, 1),
      rest: chunks.slice(1).values() as unknown as AsyncIterator<Chunk>, // awaited, it is one
      close: (error) => void closed.push(error ?? "at its end"),
    };
    return { stream, closed };
  }

  function open(share: Job | undefined, stream: OpenStream): void {
    if (share?.delivery.kind !== "stream") throw new Error("It wants an answer.");
    share.delivery.deliver(stream);
  }

  test("are one, opened by the first, with each choice at its own index", async () => {
    const opened: OpenStream[] = [];
    const { shares, ended } = cut({ kind: "stream", deliver: (stream) => void opened.push(stream) });
    const parts = [say("a", "A"), say("b"), say("c")];
    shares.forEach((share, place) => {
      open(share, parts[place]!.stream);
    });
    expect(opened).toHaveLength(1);
    const [whole] = opened;
    expect(whole?.early).toEqual([]);
    const texts: string[][] = [[], [], [], [], []];
    for (let next = await whole?.rest?.next(); next?.done === false; next = await whole?.rest?.next()) {
      texts[next.value.index]?.push(next.value.text);
    }
    expect(texts).toEqual([["a", "A"], [], ["b"], [], ["c"]]);
    expect(parts.map(({ closed }) => closed)).toEqual([["at its end"], ["at its end"], ["at its end"]]);
    whole?.close();
    expect(ended).toEqual(["settled"]);
  });
});
