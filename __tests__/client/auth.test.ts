import { AuthenticationError, ConfigurationError } from "../../src/errors.js";
import type { SignIn, TokenCredential } from "../../src/settings/settings.js";
import {
  ANSWER,
  closeServices,
  connect,
  dated,
  echoOperation,
  failureOf,
  json,
  options,
  request,
  serve,
} from "./support.js";

afterEach(closeServices);

const SCOPE = "https://cognitiveservices.azure.com/.default";
const HOUR = 3_600_000;

function credential(getToken: TokenCredential["getToken"]): SignIn {
  return { kind: "credential", credential: { getToken } };
}

function provider(give: () => Promise<unknown>): SignIn {
  return { kind: "provider", provider: give as () => Promise<string> };
}

function ask(origin: string, signIn: SignIn, how = options()): Promise<unknown> {
  return connect(dated(origin), { signIn }).send(echoOperation, request(), how);
}

const unauthorized = {
  statusCode: 401,
  message: "Unauthorized. Access token is missing, invalid, or have expired.",
};

describe("a credential", () => {
  test("is asked for the deployment's scope, once by concurrent calls, and its token is used again", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const asked: unknown[] = [];
    const signIn = credential(async (scope) => {
      asked.push(scope);
      return { token: `T${asked.length}`, expiresOnTimestamp: Date.now() + HOUR };
    });
    const connection = connect(dated(service.origin), { signIn });
    await Promise.all(Array.from({ length: 20 }, () => connection.send(echoOperation, request(), options())));
    await connection.send(echoOperation, request(), options());
    expect(asked).toEqual([SCOPE]);
    expect(new Set(service.seen.map(({ headers }) => headers["authorization"]))).toEqual(
      new Set(["Bearer T1"]),
    );
    expect(service.seen.every(({ headers }) => headers["api-key"] === undefined)).toBe(true);
  });

  test("is asked anew shortly before its token expires", async () => {
    const service = await serve((response) => json(response, ANSWER));
    let count = 0;
    const signIn = credential(async () => ({
      token: `T${++count}`,
      expiresOnTimestamp: Date.now() + 110_000,
    }));
    const connection = connect(dated(service.origin), { signIn });
    await connection.send(echoOperation, request(), options());
    await connection.send(echoOperation, request(), options());
    expect(service.seen.map(({ headers }) => headers["authorization"])).toEqual(["Bearer T1", "Bearer T2"]);
  });

  test("that cannot renew its token is asked again every ten seconds, and the token is used until it expires", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const now = jest.spyOn(Date, "now");
    const began = Date.now();
    now.mockReturnValue(began);
    const asked: number[] = [];
    const answers = [
      async () => ({ token: "T1", expiresOnTimestamp: Date.now() + 110_000 }),
      async () => Promise.reject(new Error("The identity endpoint is down.")),
      async () => null,
      async () => ({ token: "T2", expiresOnTimestamp: Date.now() + HOUR }),
    ];
    const signIn = credential(async () => {
      asked.push((Date.now() - began) / 1000);
      return answers.shift()?.() ?? null;
    });
    const connection = connect(dated(service.origin), { signIn });
    for (const seconds of [0, 1, 2, 11, 12, 21]) {
      now.mockReturnValue(began + 1000 * seconds);
      await connection.send(echoOperation, request(), options());
    }
    now.mockRestore();
    expect(asked).toEqual([0, 1, 11, 21]);
    expect(service.seen.map(({ headers }) => headers["authorization"])).toEqual([
      ...Array<string>(5).fill("Bearer T1"),
      "Bearer T2",
    ]);
  });

  test("that cannot renew a token which has expired is an AuthenticationError", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const answers = [
      async () => ({ token: "T1", expiresOnTimestamp: Date.now() - 1 }),
      async () => Promise.reject(new Error("The identity endpoint is down.")),
    ];
    const signIn = credential(async () => answers.shift()?.() ?? null);
    const connection = connect(dated(service.origin), { signIn });
    await connection.send(echoOperation, request(), options());
    expect(await failureOf(connection.send(echoOperation, request(), options()))).toBeInstanceOf(
      AuthenticationError,
    );
  });

  test("is asked anew, once, when the service refuses its token", async () => {
    const service = await serve((response, { headers }) =>
      headers["authorization"] === "Bearer T2" ? json(response, ANSWER) : json(response, unauthorized, 401),
    );
    let count = 0;
    const signIn = credential(async () => ({ token: `T${++count}`, expiresOnTimestamp: Date.now() + HOUR }));
    const connection = connect(dated(service.origin), { signIn });
    await Promise.all(Array.from({ length: 10 }, () => connection.send(echoOperation, request(), options())));
    expect(count).toBe(2);
    expect(service.seen).toHaveLength(20);
  });

  test("keeps a token that was renewed while another call was on its way with the refused one", async () => {
    let refuseLate = (): void => undefined;
    const service = await serve((response, { headers }, count) => {
      const refuse = (): void => json(response, unauthorized, 401);
      if (headers["authorization"] === "Bearer T1") {
        if (count === 0) refuseLate = refuse;
        else refuse();
        return;
      }
      json(response, ANSWER);
      refuseLate();
      refuseLate = () => undefined;
    });
    let count = 0;
    const signIn = credential(async () => ({ token: `T${++count}`, expiresOnTimestamp: Date.now() + HOUR }));
    const connection = connect(dated(service.origin), { signIn });
    await Promise.all([1, 2].map(() => connection.send(echoOperation, request(), options())));
    expect(service.seen.map(({ headers }) => headers["authorization"]?.slice(-2))).toEqual([
      "T1",
      "T1",
      "T2",
      "T2",
    ]);
  });

  test("whose second token is refused, too, is an AuthenticationError", async () => {
    const service = await serve((response) => json(response, unauthorized, 401));
    let count = 0;
    const signIn = credential(async () => ({ token: `T${++count}`, expiresOnTimestamp: Date.now() + HOUR }));
    const error = await failureOf(ask(service.origin, signIn));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.message).toContain("azureADScope");
    expect(service.seen).toHaveLength(2);
  });

  test("that has only the refused token does not send it again", async () => {
    const service = await serve((response) => json(response, unauthorized, 401));
    const signIn = credential(async () => ({ token: "T1", expiresOnTimestamp: Date.now() + HOUR }));
    await failureOf(ask(service.origin, signIn));
    expect(service.seen).toHaveLength(1);
  });

  test("that gives null is an AuthenticationError", async () => {
    const error = await failureOf(
      ask(
        "http://127.0.0.1:1",
        credential(async () => null),
      ),
    );
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.message).toContain("null");
  });
});

describe("a provider", () => {
  test("is asked at every attempt, once by concurrent ones", async () => {
    const service = await serve((response) => json(response, ANSWER));
    let count = 0;
    const connection = connect(dated(service.origin), { signIn: provider(async () => `T${++count}`) });
    await Promise.all(Array.from({ length: 10 }, () => connection.send(echoOperation, request(), options())));
    await connection.send(echoOperation, request(), options());
    expect(count).toBe(2);
    expect(service.seen.at(-1)?.headers["authorization"]).toBe("Bearer T2");
  });

  test.each([
    ["undefined", undefined],
    ["an empty text", ""],
    ["object", { token: "marked" }],
  ])("that gives %s is an AuthenticationError", async (what, value) => {
    const error = await failureOf(
      ask(
        "http://127.0.0.1:1",
        provider(async () => value),
      ),
    );
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.message).toContain(what);
    expect(error.message).not.toContain("marked");
  });

  test("that throws is an AuthenticationError with the ways to sign in", async () => {
    const signIn = provider(async () => {
      throw Object.assign(new Error("vault is closed"), { code: "EVAULT" });
    });
    const error = await failureOf(ask("http://127.0.0.1:1", signIn));
    expect(error).toBeInstanceOf(AuthenticationError);
    for (const words of [
      "vault is closed",
      "az login",
      "AZURE_TOKEN_CREDENTIALS",
      "Cognitive Services OpenAI User",
      SCOPE,
    ]) {
      expect(error.message).toContain(words);
    }
    expect(error.cause).toMatchObject({ message: "vault is closed", code: "EVAULT" });
  });

  test("that failed is asked again by the next call", async () => {
    const service = await serve((response) => json(response, ANSWER));
    let count = 0;
    const signIn = provider(async () => {
      if (++count === 1) throw new Error("not yet");
      return "T";
    });
    const connection = connect(dated(service.origin), { signIn });
    await failureOf(connection.send(echoOperation, request(), options()));
    await connection.send(echoOperation, request(), options());
    expect(service.seen).toHaveLength(1);
  });
});

describe("waiting for a token", () => {
  test("ends with the caller's signal, while others wait on; the last to leave aborts it", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const first = new AbortController();
    const second = new AbortController();
    let begun: () => void = () => undefined;
    const asking = new Promise<void>((resolve) => (begun = resolve));
    const signIn = credential((_scope, how) => {
      signals.push(how?.abortSignal);
      begun();
      return new Promise(() => undefined);
    });
    const connection = connect(dated("http://127.0.0.1:1"), { signIn });
    const one = failureOf(connection.send(echoOperation, request(), options({ signal: first.signal })));
    const two = failureOf(connection.send(echoOperation, request(), options({ signal: second.signal })));
    await asking;
    first.abort();
    expect((await one).name).toBe("AbortError");
    expect(signals[0]?.aborted).toBe(false);
    second.abort();
    expect((await two).name).toBe("AbortError");
    expect(signals).toHaveLength(1);
    expect(signals[0]?.aborted).toBe(true);
  });

  test("ends with the attempt's time, and the next call asks anew", async () => {
    const service = await serve((response) => json(response, ANSWER));
    let count = 0;
    const signIn = provider(() => (++count === 1 ? new Promise(() => undefined) : Promise.resolve("T")));
    const connection = connect(dated(service.origin), { signIn });
    const error = await failureOf(connection.send(echoOperation, request(), options({ timeoutMs: 30 })));
    expect(error).toMatchObject({ code: "timeout", scope: "attempt" });
    await connection.send(echoOperation, request(), options());
    expect(service.seen).toHaveLength(1);
  });
});

test("a refused key is not sent again", async () => {
  const service = await serve((response) => json(response, unauthorized, 401));
  await failureOf(ask(service.origin, { kind: "key", key: "K" }));
  expect(service.seen).toHaveLength(1);
});

test("an @azure/identity that is there and broken is not taken for a missing one", async () => {
  jest.doMock("@azure/identity", () => {
    throw new SyntaxError("Unexpected token");
  });
  const error = await failureOf(ask("http://127.0.0.1:1", { kind: "default" }));
  jest.dontMock("@azure/identity");
  expect(error.message).toContain("SyntaxError: Unexpected token");
  expect(error.message).not.toContain("npm install");
});

test("a missing @azure/identity is a ConfigurationError that says how to install it", async () => {
  jest.doMock("@azure/identity", () => {
    throw Object.assign(new Error("Cannot find module '@azure/identity'"), { code: "MODULE_NOT_FOUND" });
  });
  const error = await failureOf(ask("http://127.0.0.1:1", { kind: "default" }));
  jest.dontMock("@azure/identity");
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(error.message).toContain("npm install @azure/identity");
});
