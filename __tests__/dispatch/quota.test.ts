import { Quota } from "../../src/dispatch/quota.js";

test("without a limit tokens go at any time", () => {
  expect(new Quota({}).tokensAt(1_000_000, 5)).toBe(5);
});

test("tokens wait for others' to be forgotten where they leave too little, for our own where those go first", () => {
  const others = new Quota({ tokensPerMinute: 1000 });
  others.correct({ limitTokens: 1000, remainingTokens: 50 }, 0);
  // Of 950 tokens 900 may stay: that is so after a nineteenth of the minute.
  expect(others.tokensAt(100, 0)).toBeCloseTo(60_000 / 19, 0);

  const own = new Quota({ tokensPerMinute: 1000 });
  own.take(800, 0);
  own.correct({ limitTokens: 1000, remainingTokens: 100, resetTokensMs: 60_000 }, 50_000);
  // Our 800 are forgotten soon after the minute; the 100 of others alone would take until later.
  const at = own.tokensAt(900, 50_000);
  expect(at).toBeGreaterThan(61_000);
  expect(at).toBeLessThan(110_000);
});

test("a slow deployment's requests are counted over ten seconds", () => {
  const quota = new Quota({ requestsPerMinute: 30 });
  quota.correct({ limitRequests: 30, remainingRequests: 0, resetRequestsMs: 4000 }, 0);
  expect(quota.requestAt()).toBe(4000);
  const busy = new Quota({ requestsPerMinute: 30 });
  for (let count = 0; count < 3; count++) busy.take(0, 0);
  const before = busy.requestAt();
  busy.correct({ limitRequests: 30, remainingRequests: 0, resetRequestsMs: 9000 }, 0);
  // It was we who used them: the pace is enough.
  expect(busy.requestAt()).toBe(before);
});

test("requests that go a little more than a second apart are our own where nothing remains", () => {
  // The even pace of 60 a minute: the second just past holds none, though we use all there is.
  const quota = new Quota({ requestsPerMinute: 60 });
  let now = 0;
  for (let count = 0; count < 10; count++) {
    now = Math.max(now, quota.requestAt());
    quota.take(0, now);
  }
  const next = quota.requestAt();
  quota.correct({ limitRequests: 60, remainingRequests: 0 }, next - 1);
  expect(quota.requestAt()).toBe(next);
});

test("of a limit that others use as well what they leave is left, and a twentieth at least", () => {
  const quota = new Quota({});
  quota.correct({ limitTokens: 1000, remainingTokens: 400 }, 0);
  expect(quota.tokensLeft(0)).toBe(400);
  quota.correct({ limitTokens: 1000, remainingTokens: 0 }, 0);
  expect(quota.tokensLeft(0)).toBeCloseTo(50, 6);
});

describe("after a refusal in spite of the pace", () => {
  const EVEN_MS = 627.5; // 100 a minute: 16 in each ten seconds
  const STRICT_MS = 1040; // and one in each second

  function refuseAt(quota: Quota, at: number): number {
    quota.refuse(at);
    const next = at + 1000;
    quota.take(0, next);
    return Math.round((quota.requestAt() - (next - 20)) * 10) / 10; // a late timer may catch up by 20 ms
  }

  test("no second holds more than a whole number of requests, for ten minutes", () => {
    const quota = new Quota({ requestsPerMinute: 100 });
    expect(refuseAt(quota, 0)).toBe(STRICT_MS);
    quota.take(0, 700_000);
    expect(Math.round((quota.requestAt() - 699_980) * 10) / 10).toBe(EVEN_MS);
  });

  test.each([
    [5000, EVEN_MS, "which what came before it explains"],
    [12_000, STRICT_MS, "though the limit was told again meanwhile"],
  ])("%d ms since the limit is known requests go %d ms apart, %s", (at, apart) => {
    const quota = new Quota({});
    quota.correct({ limitRequests: 100 }, 0);
    quota.correct({ limitRequests: 100 }, 4000);
    expect(refuseAt(quota, at)).toBe(apart);
  });
});

test("a refusal from before a limit was known says nothing of the pace that keeps it", () => {
  // 75 a minute are 12.5 in ten seconds: a strict pace holds 12, the even one goes on.
  const distanceAfter = (refused: boolean): number => {
    const quota = new Quota({});
    if (refused) quota.refuse(0);
    quota.correct({ limitRequests: 75 }, 60_000);
    quota.take(0, 60_000);
    return quota.requestAt();
  };
  expect(distanceAfter(true)).toBe(distanceAfter(false));
});
