import type { ServerResponse } from "node:http";

import {
  AzureOpenAIError,
  ContentFilterError,
  InterruptedStreamError,
  RateLimitError,
  ServiceError,
  TimeoutError,
} from "../../src/errors.js";
import type { Chunk, ChunkReader, SentStream } from "../../src/operations/operation.js";
import type { SendOptions } from "../../src/operations/operation.js";
import type { Secrets } from "../../src/settings/settings.js";
import {
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
import type { Service } from "./support.js";

afterEach(closeServices);

const ways: readonly (readonly [string, Partial<Secrets>])[] = [
  ["Node's own client", {}],
  ["fetch", { fetch: (input, init) => fetch(input, init) }],
];

function open(
  service: Service,
  held: Partial<Secrets> = {},
  how: Partial<SendOptions> = {},
): Promise<SentStream> {
  return connect(dated(service.origin), held).stream(echoOperation, request(true), options(how));
}

/** A service that streams these pieces and ends. */
function streaming(...pieces: readonly (string | Uint8Array)[]): Promise<Service> {
  return serve((response) => {
    events(response);
    const send = ([piece, ...rest]: readonly (string | Uint8Array)[]): void => {
      if (piece === undefined) response.end();
      else response.write(piece, () => setImmediate(send, rest));
    };
    send(pieces);
  });
}

describe.each(ways)("by %s", (_way, held) => {
  test("chunks arrive before the answer is whole", async () => {
    let answer: ServerResponse | undefined;
    const service = await serve((response) => {
      answer = events(response);
      answer.write(frame({ text: "a" }));
    });
    const { chunks, report } = await open(service, held);
    expect(report.requestId).toBe("req-1");
    const iterator = chunks[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: { index: 0, text: "a" } });
    answer?.end(frame({ text: "b" }) + frame("[DONE]"));
    expect(await iterator.next()).toMatchObject({ value: { text: "b" } });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("a letter split between pieces is read whole", async () => {
    const bytes = Buffer.from(frame({ text: "🐎ž" }) + frame("[DONE]"));
    const service = await streaming(...Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1)));
    expect(await collect((await open(service, held)).chunks)).toBe("🐎ž");
  });

  test("leaving the loop early closes the connection", async () => {
    const service = await serve((response) => void events(response).write(frame({ text: "a" })));
    const { chunks } = await open(service, held);
    for await (const _chunk of chunks) break;
    await service.idle();
  });

  test("leaving before the first chunk closes the connection", async () => {
    const service = await serve((response) => void events(response));
    const { chunks } = await open(service, held);
    await chunks[Symbol.asyncIterator]().return?.();
    await service.idle();
  });

  test("a reader that has enough closes the connection", async () => {
    const service = await serve(
      (response) =>
        void events(response).write(frame({ text: "a" }) + frame({ text: "ENOUGH" }) + frame({ text: "b" })),
    );
    expect(await collect((await open(service, held)).chunks)).toBe("aENOUGH");
    await service.idle();
  });

  test.each([
    ["whole", (body: string) => [body]],
    ["in pieces", (body: string) => Array.from(body)],
  ])("an answer that was not streamed, %s, is read all the same", async (_claim, cut) => {
    const service = await streaming(...cut(JSON.stringify({ choices: [{ text: "all at once" }] })));
    expect(await collect((await open(service, held)).chunks)).toBe("all at once");
  });

  test("an answer that was not streamed and is cut is interrupted", async () => {
    const service = await streaming('{"choices":[{"text":"all at');
    const error = await failureOf(collect((await open(service, held)).chunks));
    expect(error).toBeInstanceOf(InterruptedStreamError);
  });

  test("an error in place of a stream is that error", async () => {
    const service = await streaming(JSON.stringify({ error: { code: "429", message: "Slow down." } }));
    const error = await failureOf(collect((await open(service, held)).chunks));
    expect(error).toBeInstanceOf(RateLimitError);
  });

  test("a page in place of a stream is not taken for a broken connection", async () => {
    const service = await streaming("\n<html><title>Sign in</title></html>");
    const error = await failureOf(collect((await open(service, held)).chunks));
    expect(error).toBeInstanceOf(ServiceError);
    expect(error.message).toContain("baseURL");
  });

  test("a stream that is cut is interrupted, and holds the text so far", async () => {
    const service = await serve((response) => {
      events(response).write(frame({ text: "so" }) + frame({ text: " far" }), () =>
        setImmediate(() => response.socket?.destroy()),
      );
    });
    const error = await failureOf(collect((await open(service, held)).chunks));
    expect(error).toBeInstanceOf(InterruptedStreamError);
    expect(error).toMatchObject({ partialText: "so far", requestId: "req-1", deploymentName: "instruct" });
  });

  test("an abort ends the loop as an AbortError and closes the connection", async () => {
    const controller = new AbortController();
    const service = await serve((response) => void events(response).write(frame({ text: "a" })));
    const { chunks } = await open(service, held, { signal: controller.signal });
    const run = async (): Promise<void> => {
      for await (const _chunk of chunks) controller.abort();
    };
    expect((await failureOf(run())).name).toBe("AbortError");
    await service.idle();
  });

  test("silence is a TimeoutError, the first token's included", async () => {
    const service = await serve((response) => void events(response));
    const { chunks } = await open(service, held, { idleTimeoutMs: 300 });
    const error = await failureOf(collect(chunks));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ scope: "idle" });
    await service.idle();
  });

  test("a stream that gives no text in the time of an attempt is a TimeoutError, whatever else it sends", async () => {
    const service = await serve((response) => {
      const answer = events(response);
      const signs = setInterval(() => answer.write(`: alive\n\n${frame({ text: "" })}`), 20);
      response.once("close", () => clearInterval(signs));
    });
    const { chunks } = await open(service, held, { timeoutMs: 300 });
    const error = await failureOf(collect(chunks));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ scope: "attempt" });
    await service.idle();
  });

  test("the time of an attempt no longer counts once there was text", async () => {
    let answer: ServerResponse | undefined;
    const service = await serve((response) => {
      answer = events(response);
      answer.write(frame({ text: "early, " }));
    });
    const { chunks } = await open(service, held, { timeoutMs: 1000 });
    const iterator = chunks[Symbol.asyncIterator]();
    expect((await iterator.next()).value?.text).toBe("early, ");
    // A timer as long as the attempt's, set later, so that it rings later.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    answer?.end(frame({ text: "late" }) + frame("[DONE]"));
    expect((await iterator.next()).value?.text).toBe("late");
    await iterator.return?.();
  });
});

test.each([
  ["carriage returns", 'data: {"text":"a"}\r\n\r\ndata: [DONE]\r\n\r\n', "a"],
  ["comments and retry lines", ': hello\nretry: 3\n\ndata: {"text":"a"}\n\n: ping\n\ndata: [DONE]\n\n', "a"],
  ["no blank after the colon", 'data:{"text":"a"}\n\ndata:[DONE]\n\n', "a"],
  ["an event on several lines", 'data: {"text":\ndata: "a"}\n\ndata: [DONE]\n\n', "a"],
  ["a byte order mark", '\ufeffdata: {"text":"a"}\n\ndata: [DONE]\n\n', "a"],
  ["no blank line at the very end", 'data: {"text":"a"}\n\ndata: [DONE]', "a"],
  ["something after the end", 'data: {"text":"a"}\n\ndata: [DONE]\n\ndata: {"text":"b"}\n\n', "a"],
])("a stream with %s is read", async (_what, body, text) => {
  expect(await collect((await open(await streaming(body))).chunks)).toBe(text);
});

test.each([["at once"], ["byte by byte"]])(
  "a stream with bare carriage returns, an empty event and no blank line at the very end is read, sent %s",
  async (how) => {
    const body = 'data:{"text":"a"}\r\rdata\r\rdata:[DONE]';
    const service = await serve(async (response) => {
      events(response);
      for (const piece of how === "at once" ? [body] : body) {
        response.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    expect(await collect((await open(service)).chunks)).toBe("a");
  },
);

test("the names of events reach the reader", async () => {
  const service = await streaming('event: delta\ndata: {"text":"a"}\n\ndata: [DONE]\n\n');
  const found: Chunk[] = [];
  for await (const chunk of (await open(service)).chunks) found.push(chunk);
  expect(found).toEqual([{ index: 0, text: "a", id: "delta" }]);
});

test("ten thousand events in one piece are read in order", async () => {
  const texts = Array.from({ length: 10_000 }, (_, index) => `${index},`);
  const service = await streaming(texts.map((text) => frame({ text })).join("") + frame("[DONE]"));
  expect(await collect((await open(service)).chunks)).toBe(texts.join(""));
});

test("a service is not read faster than the chunks are taken", async () => {
  let written = 0;
  const service = await serve((response) => {
    events(response);
    const piece = frame({ text: "x".repeat(64 * 1024) });
    const more = (): void => {
      while (response.write(piece)) written += 1;
      response.once("drain", more);
    };
    more();
  });
  const { chunks } = await open(service);
  const iterator = chunks[Symbol.asyncIterator]();
  await iterator.next();
  // Until nothing more is written in many turns of the event loop.
  for (let still = 0, before = written; still < 100; still += 1) {
    await new Promise(setImmediate);
    if (written > before) still = 0;
    before = written;
  }
  expect(written).toBeLessThan(1000); // 64 MB; what is in flight is the operating system's
  await iterator.return?.();
});

test("a whole stream leaves its connection to the next one", async () => {
  const service = await serve(
    (response) => void events(response).end(frame({ text: "a" }) + frame("[DONE]")),
  );
  const connection = connect(dated(service.origin));
  for (let index = 0; index < 3; index += 1) {
    await collect((await connection.stream(echoOperation, request(true), options())).chunks);
  }
  expect(service.connections()).toBe(1);
});

test("a whole stream whose connection stays open is over for the caller, and a second later for the service", async () => {
  const service = await serve((response) => events(response).write(frame({ text: "a" }) + frame("[DONE]")));
  expect(await collect((await open(service)).chunks)).toBe("a");
  await service.idle();
});

test("a whole stream whose connection breaks after it is whole", async () => {
  const service = await serve((response) =>
    events(response).write(frame({ text: "a" }) + frame("[DONE]"), () => response.socket?.destroy()),
  );
  expect(await collect((await open(service)).chunks)).toBe("a");
  await service.idle();
});

describe("a stream that goes wrong", () => {
  const filtered = {
    error: {
      message: "filtered",
      code: "content_filter",
      innererror: { content_filter_result: { hate: { filtered: true, severity: "high" } } },
    },
  };
  const failed = {
    error: { message: "The server had an error", type: "server_error", param: null, code: null },
  };

  test.each([
    ["a failure of the service", frame(failed), ServiceError],
    [
      "a rate limit",
      frame({ error: { code: "429", message: "Please retry after 7 seconds." } }),
      RateLimitError,
    ],
    ["a rate limit in words", frame({ error: { code: "rate_limit_exceeded" } }), RateLimitError],
    ["a content filter", frame(filtered), ContentFilterError],
    [
      "an event named error",
      `event: error\n${frame({ code: "server_error", message: "oops" })}`,
      ServiceError,
    ],
    ["something that is not JSON", "data: {marked\n\n", ServiceError],
    ["something that is not an object", "data: 7\n\n", ServiceError],
  ])("before any text ends as what it is: %s", async (_what, body, expected) => {
    const error = await failureOf(collect((await open(await streaming(body))).chunks));
    expect(error).toBeInstanceOf(expected);
    expect(error).toMatchObject({ requestId: "req-1", deploymentName: "instruct" });
    expect(error.message).not.toContain("marked");
  });

  test("says how long the service asks to wait", async () => {
    const service = await streaming(
      frame({ error: { code: "429", message: "Please retry after 7 seconds." } }),
    );
    expect(await failureOf(collect((await open(service)).chunks))).toMatchObject({ retryAfterMs: 7000 });
  });

  test.each([
    ["a failure of the service", frame(failed), ServiceError],
    ["something that is not JSON", "data: {marked\n\n", ServiceError],
  ])("after text is interrupted by it: %s", async (_what, body, expected) => {
    const service = await streaming(frame({ text: "so far" }), body, frame("[DONE]"));
    const error = await failureOf(collect((await open(service)).chunks));
    expect(error).toBeInstanceOf(InterruptedStreamError);
    expect(error).toMatchObject({ partialText: "so far" });
    expect(error.cause).toBeInstanceOf(expected);
  });

  test("by the content filter after text stays a ContentFilterError, with that text", async () => {
    const service = await streaming(frame({ text: "so far" }), frame(filtered));
    const error = await failureOf(collect((await open(service)).chunks));
    expect(error).toBeInstanceOf(ContentFilterError);
    expect(error).toMatchObject({
      partialText: "so far",
      categories: { hate: { filtered: true, severity: "high" } },
    });
  });

  test.each([
    ["without [DONE]", frame({ text: "so far" }), "so far"],
    ["in the middle of an event", `${frame({ text: "so far" })}data: {"text":"cu`, "so far"],
    ["without a single event", "", ""],
  ])("by ending %s is interrupted", async (_how, body, partialText) => {
    const error = await failureOf(collect((await open(await streaming(body))).chunks));
    expect(error).toBeInstanceOf(InterruptedStreamError);
    expect(error).toMatchObject({ partialText });
  });

  test("before it begins is an ordinary refusal", async () => {
    const service = await serve((response) => json(response, filtered, 400));
    const error = await failureOf(open(service));
    expect(error).toBeInstanceOf(ContentFilterError);
    expect(AzureOpenAIError.isInstance(error) && error.status).toBe(400);
  });
});

test("a reader that has enough does not wait for the rest", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(frame({ text: "ENOUGH" }))),
    cancel: () => void (cancelled = true),
  });
  const answer = async (): Promise<Response> => new Response(body);
  const stream = connect(dated("http://127.0.0.1:1"), { fetch: answer }).stream(
    { ...echoOperation, reader: (asked) => wholeWithEnough(echoOperation.reader(asked)) },
    request(true),
    options(),
  );
  expect(await collect((await stream).chunks)).toBe("ENOUGH");
  expect(cancelled).toBe(true);
});

/** As the reader of responses is: a text that was cut is whole. */
function wholeWithEnough(reader: ChunkReader): ChunkReader {
  return {
    read: (event) => reader.read(event),
    get whole() {
      return reader.whole || reader.satisfied;
    },
    get satisfied() {
      return reader.satisfied;
    },
  };
}

test("no listener stays on the caller's signal after a stream, whole or left", async () => {
  for (const body of [frame({ text: "a" }) + frame("[DONE]"), frame({ text: "a" })]) {
    const service = await serve((response) => void events(response).write(body));
    const { signal } = new AbortController();
    const removed = jest.spyOn(signal, "removeEventListener");
    for await (const _chunk of (await open(service, {}, { signal, idleTimeoutMs: 10_000 })).chunks) {
      if (!body.includes("DONE")) break;
    }
    expect(removed).toHaveBeenCalledTimes(1);
  }
});
