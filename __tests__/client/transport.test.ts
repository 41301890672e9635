import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";

import {
  AzureOpenAIError,
  ConfigurationError,
  ConnectionError,
  ServiceError,
  TimeoutError,
} from "../../src/errors.js";
import type { Secrets } from "../../src/settings/settings.js";
import {
  ANSWER,
  closeServices,
  connect,
  dated,
  echoOperation,
  failureOf,
  gzipped,
  json,
  options,
  request,
  serve,
} from "./support.js";

const environment = { ...process.env };
const servers: Server[] = [];
afterEach(async () => {
  process.env = { ...environment };
  await closeServices();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** A server of bytes. */
async function serveBytes(answer: (count: number) => string | undefined): Promise<string> {
  let count = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      const bytes = answer(count++);
      if (bytes === undefined) socket.resetAndDestroy();
      else socket.end(bytes);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ways: readonly (readonly [string, Partial<Secrets>])[] = [
  ["Node's own client", {}],
  ["fetch", { fetch: (input, init) => fetch(input, init) }],
];

describe.each(ways)("by %s", (_way, held) => {
  test("an answer that switches to another protocol is a ConnectionError", async () => {
    const origin = await serveBytes(
      () => "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    );
    const error = await failureOf(connect(dated(origin), held).send(echoOperation, request(), options()));
    expect(error).toBeInstanceOf(ConnectionError);
  });

  test("a refused connection is a ConnectionError that names host and port", async () => {
    const { origin, port, close } = await serve(() => undefined);
    await close();
    const error = await failureOf(connect(dated(origin), held).send(echoOperation, request(), options()));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain(`127.0.0.1:${port} refused the connection (ECONNREFUSED)`);
  });

  test("an unknown host is a ConnectionError that says so", async () => {
    const settings = dated("http://no-such-host.invalid");
    const error = await failureOf(connect(settings, held).send(echoOperation, request(), options()));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(/no-such-host\.invalid was not found \((?:ENOTFOUND|EAI_AGAIN)\)/);
    expect(error.message).toContain("AZURE_OPENAI_ENDPOINT");
  });

  test("a reset before the headers is a ConnectionError", async () => {
    const origin = await serveBytes(() => undefined);
    const error = await failureOf(connect(dated(origin), held).send(echoOperation, request(), options()));
    expect(error).toBeInstanceOf(ConnectionError);
  });

  test("an answer cut short is a ConnectionError", async () => {
    const origin = await serveBytes(() => 'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"choices":');
    const error = await failureOf(connect(dated(origin), held).send(echoOperation, request(), options()));
    expect(error).toBeInstanceOf(ConnectionError);
  });

  test("provisional answers are passed over", async () => {
    const body = JSON.stringify(ANSWER);
    const origin = await serveBytes(
      () =>
        `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    );
    const sent = await connect(dated(origin), held).send(echoOperation, request(), options());
    expect(sent.answer.choices[0]?.[0]?.text).toBe("Ha.");
  });

  test("an answer that is compressed all the same is read", async () => {
    const service = await serve((response) => gzipped(response, ANSWER));
    const sent = await connect(dated(service.origin), held).send(echoOperation, request(), options());
    expect(sent.answer.choices[0]?.[0]?.text).toBe("Ha.");
    expect(service.seen[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test("a very long answer in letters of several bytes is read whole", async () => {
    const text = "žluťoučký 🐎 ".repeat(200_000);
    const service = await serve((response) => json(response, { choices: [{ text }] }));
    const sent = await connect(dated(service.origin), held).send(echoOperation, request(), options());
    expect(sent.answer.choices[0]?.[0]?.text === text).toBe(true);
  });

  test("an attempt that takes too long ends as a TimeoutError, and its connection is closed", async () => {
    const service = await serve(() => undefined);
    const error = await failureOf(
      connect(dated(service.origin), held).send(echoOperation, request(), options({ timeoutMs: 50 })),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ scope: "attempt", deploymentName: "instruct" });
    expect(error.message).toContain("`timeout`");
    await service.idle();
  });

  test("a body that stalls ends as a TimeoutError of silence", async () => {
    const service = await serve((response) => void response.writeHead(200).write('{"choices":'));
    const error = await failureOf(
      connect(dated(service.origin), held).send(echoOperation, request(), options({ idleTimeoutMs: 50 })),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ scope: "idle" });
    await service.idle();
  });

  test("an abort ends the request as an AbortError, and its connection is closed", async () => {
    const controller = new AbortController();
    const service = await serve(() => controller.abort());
    const error = await failureOf(
      connect(dated(service.origin), held).send(
        echoOperation,
        request(),
        options({ signal: controller.signal }),
      ),
    );
    expect(error.name).toBe("AbortError");
    expect(AzureOpenAIError.isInstance(error)).toBe(false);
    await service.idle();
  });

  test("a deadline that the caller's signal holds is a TimeoutError of the whole call", async () => {
    const service = await serve(() => undefined);
    const error = await failureOf(
      connect(dated(service.origin), held).send(
        echoOperation,
        request(),
        options({ signal: AbortSignal.timeout(50) }),
      ),
    );
    expect(error).toMatchObject({ code: "timeout", scope: "total" });
  });

  test("a signal that is aborted already sends nothing", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const error = await failureOf(
      connect(dated(service.origin), held).send(
        echoOperation,
        request(),
        options({ signal: AbortSignal.abort() }),
      ),
    );
    expect(error.name).toBe("AbortError");
    expect(service.connections()).toBe(0);
  });
});

test("connections are used again", async () => {
  const service = await serve((response, _seen, count) =>
    count % 2 === 0 ? json(response, ANSWER) : json(response, { error: { message: "no" } }, 400),
  );
  const connection = connect(dated(service.origin));
  for (let index = 0; index < 6; index += 1) {
    await connection.send(echoOperation, request(), options()).catch(() => undefined);
  }
  expect(service.seen).toHaveLength(6);
  expect(service.connections()).toBe(1);
});

test("a kept connection that the server has closed meanwhile is replaced, once", async () => {
  const service = await serve((response, _seen, count) => {
    if (count !== 1) json(response, ANSWER);
    else response.socket?.resetAndDestroy();
  });
  const connection = connect(dated(service.origin));
  await connection.send(echoOperation, request(), options());
  const sent = await connection.send(echoOperation, request(), options());
  expect(sent.answer.choices[0]?.[0]?.text).toBe("Ha.");
  expect(service.seen).toHaveLength(3);
  expect(service.connections()).toBe(2);
});

test("a new connection that is reset is not tried again", async () => {
  const service = await serve((response) => response.socket?.resetAndDestroy());
  const error = await failureOf(connect(dated(service.origin)).send(echoOperation, request(), options()));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(service.seen).toHaveLength(1);
});

test("nothing caps how many requests are on their way", async () => {
  const waiting: (() => void)[] = [];
  const service = await serve((response) => {
    waiting.push(() => json(response, ANSWER));
    if (waiting.length === 300) waiting.forEach((answer) => answer());
  });
  const connection = connect(dated(service.origin));
  const sent = await Promise.all(
    Array.from({ length: 300 }, () => connection.send(echoOperation, request(), options())),
  );
  expect(sent).toHaveLength(300);
});

test("no listener stays on the caller's signal", async () => {
  const service = await serve((response) => json(response, ANSWER));
  const { signal } = new AbortController();
  const added = jest.spyOn(signal, "addEventListener");
  const removed = jest.spyOn(signal, "removeEventListener");
  await connect(dated(service.origin)).send(echoOperation, request(), options({ signal }));
  expect(added).toHaveBeenCalledTimes(1);
  expect(removed).toHaveBeenCalledWith(...(added.mock.calls[0]?.slice(0, 2) ?? []));
});

describe("fetch is what sends", () => {
  test("when the caller gives one, with the caller's options, and exactly our headers", async () => {
    const service = await serve((response) => json(response, ANSWER));
    const calls: RequestInit[] = [];
    const connection = connect(dated(service.origin), {
      fetch: (input, init) => {
        calls.push(init ?? {});
        return fetch(input, init);
      },
      fetchOptions: {
        dispatcher: undefined,
        keepalive: false,
        redirect: "follow",
        headers: { "x-other": "1" },
      },
    });
    await connection.send(echoOperation, request(), options());
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ keepalive: false, redirect: "manual", method: "POST" });
    expect(service.seen[0]?.headers).not.toHaveProperty("x-other");
  });

  test.each(["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])("when %s names a proxy", async (variable) => {
    process.env[variable] = "http://127.0.0.1:9";
    const service = await serve((response) => json(response, ANSWER));
    const spy = jest.spyOn(globalThis, "fetch");
    await connect(dated(service.origin)).send(echoOperation, request(), options());
    expect(spy).toHaveBeenCalledTimes(1);
    spy.mockRestore();
  });

  test("a fetch that does not heed the signal is left behind", async () => {
    const controller = new AbortController();
    const connection = connect(dated("http://127.0.0.1:1"), {
      fetch: () => {
        controller.abort();
        return new Promise(() => undefined);
      },
    });
    const error = await failureOf(
      connection.send(echoOperation, request(), options({ signal: controller.signal })),
    );
    expect(error.name).toBe("AbortError");
  });

  test.each<readonly [what: string, thrown: unknown, expected: typeof AzureOpenAIError, words: string]>([
    [
      "a code that has no words of its own",
      Object.assign(new Error("no route"), { code: "EHOSTUNREACH" }),
      ConnectionError,
      "failed (EHOSTUNREACH)",
    ],
    [
      "an address that it cannot read",
      Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL" }),
      ConfigurationError,
      "no valid URL",
    ],
    ["something that is no error", "out of order", ConnectionError, "out of order"],
  ])("what it throws is told: %s", async (_what, thrown, expected, words) => {
    const connection = connect(dated("http://127.0.0.1:1"), { fetch: () => Promise.reject(thrown) });
    const error = await failureOf(connection.send(echoOperation, request(), options()));
    expect(error).toBeInstanceOf(expected);
    expect(error.message).toContain(words);
  });

  test("a redirect that a browser's keeps to itself is one all the same", async () => {
    const opaque = Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" });
    const connection = connect(dated("http://127.0.0.1:1"), { fetch: async () => opaque });
    const error = await failureOf(connection.send(echoOperation, request(), options()));
    expect(error).toMatchObject({ code: "service", status: 302 });
    expect(error.message).toContain("redirects are not followed");
  });
});

test("an unknown compression is said", async () => {
  const service = await serve(
    (response) => void response.writeHead(200, { "content-encoding": "zip" }).end("x"),
  );
  const error = await failureOf(connect(dated(service.origin)).send(echoOperation, request(), options()));
  expect(error.message).toContain("content-encoding zip");
});

test("a gateway's page is told by its title", async () => {
  const service = await serve(
    (response) =>
      void response
        .writeHead(502, { "content-type": "text/html" })
        .end("<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"),
  );
  const error = await failureOf(connect(dated(service.origin)).send(echoOperation, request(), options()));
  expect(error).toBeInstanceOf(ServiceError);
  expect(error).toMatchObject({ status: 502, service: { message: "502 Bad Gateway" } });
});
