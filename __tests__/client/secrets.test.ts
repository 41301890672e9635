import { inspect } from "node:util";

import { createRedactor } from "../../src/client/secrets.js";
import type { Redactor } from "../../src/client/secrets.js";
import type { SignIn } from "../../src/settings/settings.js";
import {
  ANSWER,
  closeServices,
  collect,
  connect,
  dated,
  echoOperation,
  events,
  failureOf,
  frame,
  json,
  options,
  request,
  serve,
} from "./support.js";
import type { Answerer } from "./support.js";

afterEach(closeServices);

const SECRETS = [
  "marked-key-1",
  "marked-token-2",
  "marked-header-3",
  "marked-query-4",
  "marked-call-5",
  "marked-provider-6",
  "marked-credential-7",
];

const signIns: readonly (readonly [string, SignIn])[] = [
  ["key", { kind: "key", key: "marked-key-1" }],
  ["token", { kind: "token", token: "marked-token-2" }],
  ["provider", { kind: "provider", provider: async () => "marked-provider-6" }],
  [
    "credential",
    {
      kind: "credential",
      credential: {
        getToken: async () => ({ token: "marked-credential-7", expiresOnTimestamp: Date.now() + 3_600_000 }),
      },
    },
  ],
];

/** Services that echo what they were sent, each its own way. */
const services: readonly (readonly [string, Answerer])[] = [
  [
    "refuses and echoes everything",
    (response, seen) => json(response, { error: { code: "401", message: echo(seen) } }, 401),
  ],
  [
    "refuses with a page that echoes",
    (response, seen) => void response.writeHead(500).end(`<p>${echo(seen)}</p>`),
  ],
  [
    "redirects to what it was sent",
    (response, seen) =>
      void response
        .writeHead(302, { location: `http://x.invalid/${seen.headers["x-gateway"] as string}` })
        .end(),
  ],
  ["answers nonsense", (response, seen) => json(response, echo(seen))],
  ["echoes as JSON without choices", (response, seen) => json(response, { echo: echo(seen) })],
  ["resets", (response) => response.socket?.resetAndDestroy()],
  ["never answers", () => undefined],
];

function echo(seen: unknown): string {
  return JSON.stringify(seen);
}

function leaks(value: unknown): readonly string[] {
  const shown = [
    inspect(value, { showHidden: true, depth: 10, getters: true }),
    String(value),
    JSON.stringify(value),
    value instanceof Error ? `${value.message} ${value.stack} ${String(value.cause)}` : "",
  ].join("\n");
  return SECRETS.filter((secret) => shown.includes(secret));
}

describe.each(signIns)("with a secret %s", (_name, signIn) => {
  const held = { signIn, headers: { "x-gateway": "marked-header-3" }, query: { sig: "marked-query-4" } };
  const call = { headers: { "x-call": "marked-call-5" } };
  const hasty = { ...call, timeoutMs: 300 };

  test.each(services)("an error holds none when the service %s", async (_what, answer) => {
    const service = await serve(answer);
    const connection = connect(dated(service.origin), held);
    expect(leaks(await failureOf(connection.send(echoOperation, request(), options(hasty))))).toEqual([]);
    expect(
      leaks(
        await failureOf(
          connection
            .stream(echoOperation, request(true), options(hasty))
            .then(({ chunks }) => collect(chunks)),
        ),
      ),
    ).toEqual([]);
  });

  test("an error in a stream holds none", async () => {
    const service = await serve(
      (response, seen) =>
        void events(response).end(frame({ text: "a" }) + frame({ error: { message: echo(seen) } })),
    );
    const { chunks } = await connect(dated(service.origin), held).stream(
      echoOperation,
      request(true),
      options(call),
    );
    expect(leaks(await failureOf(collect(chunks)))).toEqual([]);
  });

  test("a connection shows none", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const connection = connect(dated(service.origin), held);
    await connection.send(echoOperation, request(), options(call));
    expect(leaks(connection)).toEqual([]);
  });

  test("what a fetch throws is not passed on with what it holds", async () => {
    const connection = connect(dated("http://127.0.0.1:1"), {
      ...held,
      fetch: async (_input, init) => {
        const config = { headers: init?.headers };
        throw Object.assign(
          new TypeError(`failed: ${JSON.stringify(config)}`, {
            cause: Object.assign(new Error("x"), { config }),
          }),
          { config },
        );
      },
    });
    const error = await failureOf(connection.send(echoOperation, request(), options(call)));
    expect(error).toMatchObject({ code: "connection", cause: { name: "TypeError" } });
    expect(leaks(error)).toEqual([]);
  });
});

test("what a credential throws is not passed on with what it holds", async () => {
  const signIn: SignIn = {
    kind: "credential",
    credential: {
      getToken: async () => {
        throw Object.assign(new Error("no"), { response: { token: "marked-credential-7" } });
      },
    },
  };
  expect(
    leaks(
      await failureOf(
        connect(dated("http://127.0.0.1:1"), { signIn }).send(echoOperation, request(), options()),
      ),
    ),
  ).toEqual([]);
});

describe("a redactor", () => {
  const redactor = (): Redactor => createRedactor({ signIn: { kind: "headers" }, headers: {}, query: {} });

  test("knows a call's secrets for that call alone, so that calls do not add up", () => {
    const whole = redactor();
    const ofCall = whole.including(["marked-call-8"]);
    whole.learn("marked-token-9");
    expect(ofCall.mask("marked-call-8 marked-token-9")).toBe("*** ***");
    expect(whole.mask("marked-call-8 marked-token-9")).toBe("marked-call-8 ***");
  });

  const secret = `a+b/c==!x y~(1)&<\\"'>é`;
  const form = new URLSearchParams({ sig: secret }).toString();
  const entities = (spelled: (point: number) => string): string =>
    secret.replace(/[^\w.-]/g, (character) => `&#${spelled(character.codePointAt(0) ?? 0)};`);

  test.each([
    ["bare", secret],
    ["in the query that this client sends", form.slice("sig=".length)],
    ["in a query of lower case", form.slice("sig=".length).replace(/%../g, (byte) => byte.toLowerCase())],
    ["as `encodeURIComponent` has it", encodeURIComponent(secret)],
    ["in JSON", JSON.stringify(secret).slice(1, -1)],
    ["in JSON that escapes slashes", JSON.stringify(secret).slice(1, -1).replaceAll("/", "\\/")],
    [
      "in JSON that escapes all but letters",
      secret.replace(/\W/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`),
    ],
    [
      "in HTML by names",
      secret
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&apos;"),
    ],
    ["in HTML by numbers", entities((point) => String(point))],
    ["in HTML by hexadecimal numbers", entities((point) => `x${point.toString(16).toUpperCase()}`)],
  ])("finds a secret %s", (_where, spelled) => {
    const whole = createRedactor({ signIn: { kind: "headers" }, headers: {}, query: { sig: secret } });
    expect(whole.mask(`?sig=${spelled}&next`)).toBe("?sig=***&next");
  });

  test.each(["ab\ud800cd-ef", "(((((((", "a|b|c|d|e", "[a-z]{6}$", "😀😀😀"])(
    "takes the secret %j as it is written",
    (odd) => {
      const whole = createRedactor({ signIn: { kind: "key", key: odd }, headers: {}, query: {} });
      expect(whole.mask(`x ${odd} y`)).toBe("x *** y");
      expect(whole.mask("a (b) abcdefg")).toBe("a (b) abcdefg");
    },
  );

  // Tried in each way that they could be read, they would take minutes.
  test.each(["\\\\\\\\\\\\\\\\x", "////////////////x", "&&&&&&&&&&&&&&&&x", "                x"])(
    "looks for the secret %j in a text that nearly holds it in no more time than its length takes",
    (secret) => {
      const whole = createRedactor({ signIn: { kind: "key", key: secret }, headers: {}, query: {} });
      const near = secret.slice(0, 1).repeat(200_000);
      expect(whole.mask(near)).toBe(near);
    },
  );

  test("leaves no rest of a secret that begins with another", () => {
    const whole = createRedactor({
      signIn: { kind: "key", key: "marked-key" },
      headers: { "x-sub": "marked-key-0123456789" },
      query: {},
    });
    whole.learn("marked-key-0123456789-abcdef");
    expect(whole.mask("marked-key marked-key-0123456789 marked-key-0123456789-abcdef")).toBe("*** *** ***");
  });

  test("forgets the tokens of long ago", () => {
    const whole = redactor();
    for (let token = 0; token < 5000; token++) whole.learn(`marked-${token}`);
    expect(whole.mask("marked-4999 marked-4000")).toBe("*** ***");
    expect(whole.mask("marked-1")).toBe("marked-1");
  });
});
