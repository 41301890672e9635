import { constants, gzipSync } from "node:zlib";

import type { AzureOpenAIInput } from "../../src/index.js";
import type { JsonObject } from "../../src/operations/operation.js";
import { jumpClock } from "./clock.js";
import { answered, answeredLater, doubted, failed, interrupted, retried } from "./outcomes.js";
import type { Expected, Way } from "./outcomes.js";
import { choicesIn, readFrames, toFrame } from "./right-answers.js";
import type { OperationName } from "./right-answers.js";
import { openService } from "./service.js";
import type { Exchange, Reply, Service } from "./service.js";

/** Something that goes wrong, or that is right in a rare form, and what comes of it. */
export interface Fault {
  readonly name: string;
  /** What the service does with a request that holds the marked prompt. */
  readonly reply?: Reply;
  /** Opens the service, where it is not an ordinary one. */
  readonly open?: (reply: Reply) => Promise<Service>;
  /** What is expected; of a batch, what is of `invoke` unless it says otherwise. */
  readonly expects: Expected | Partial<Readonly<Record<Way, Expected>>>;
  /** Which prompts of a batch it happens to: those of one request, the marked one alone, or all. */
  readonly hits?: "request" | "prompt" | "all";
  /** True where its connection is kept for a while after the answer, in the hope that it ends. */
  readonly lingers?: boolean;
  /** True where the requests are sent by the platform's `fetch`. */
  readonly fetched?: boolean;
  /** The operations that know it. */
  readonly operations?: readonly OperationName[];
  readonly options?: () => AzureOpenAIInput;
  /** What the right answer becomes. */
  readonly becomes?: (answer: string) => string;
}

/** The longest silence, and the longest attempt, of those tests that wait for it. */
const PATIENCE_MS = 500;
/** A wait that the service asks for. */
const WAIT_MS = 30;
const DAY_MS = 86_400_000;

const JSON_TYPE = { "content-type": "application/json" };
const PAGE = "<!doctype html><html><head><title>Sign in</title></head><body>…</body></html>";

const SERVER_ERROR = { error: { code: "server_error", message: "The server had an error." } };

// Bytes

const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const head = ({ type }: Exchange): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;

/** Sends the beginning of the right answer, up to its first text or before it. */
async function begin(exchange: Exchange, how: "with text" | "without text" = "with text"): Promise<void> {
  const [before, first] = exchange.parts;
  const text = how === "with text" ? before + first : before;
  await exchange.write(head(exchange) + (text === "" ? "" : chunk(text)));
}

/** Sends the beginning of an answer, and neither ends it nor closes the connection. */
function leaveOpen(status: number, headers: Readonly<Record<string, string>>, text: string): Reply {
  const lines = Object.entries({ ...headers, "transfer-encoding": "chunked" }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return ({ write }) => write(`HTTP/1.1 ${status} Any\r\n${lines.join("")}\r\n${chunk(text)}`);
}

/** Sends some events of a stream, and neither ends it nor closes the connection. */
function leaveStreamOpen(write: (exchange: Exchange) => string): Reply {
  return (exchange, before) =>
    leaveOpen(200, { "content-type": exchange.type }, write(exchange))(exchange, before);
}

/** Answers with an error as Azure writes it. */
function refuse(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  code = String(status),
): Reply {
  return ({ send }) =>
    send(status, { ...JSON_TYPE, ...headers }, JSON.stringify({ error: { code, message } }));
}

const tooMany = (headers: Readonly<Record<string, string>> = {}, message = "Too many requests."): Reply =>
  refuse(429, message, headers);

/** Answers with another JSON object in place of the right one; in a stream, in place of its first text. */
function replace(change: (body: JsonObject) => JsonObject): Reply {
  return ({ send, type, streamed, whole, parts: [before, first, rest] }) => {
    if (!streamed) {
      send(200, { "content-type": type }, JSON.stringify(change(whole)));
      return;
    }
    const data = JSON.parse(first.replace(/^(?:event: .*\n)?data: /, "")) as JsonObject; // written by the test
    send(200, { "content-type": type }, before + toFrame(change(data)) + rest);
  };
}

function changeChoices(change: (choices: readonly JsonObject[]) => readonly JsonObject[]): Reply {
  return replace((body) => ({ ...body, choices: change(body["choices"] as readonly JsonObject[]) }));
}

/** Answers with a stream whose events of the choices are others; those that are about the whole end it. */
function changeEvents(
  change: (byChoice: readonly (readonly JsonObject[])[]) => readonly JsonObject[],
): Reply {
  return ({ send, type, parts, n }) => {
    const events = readFrames(parts.join(""));
    const byChoice = Array.from({ length: n }, (_, index) =>
      events.filter(
        (event): event is JsonObject =>
          event !== "[DONE]" && choicesIn(event).some((choice) => choice["index"] === index),
      ),
    );
    const last = events.filter((event) => choicesIn(event).length === 0);
    send(200, { "content-type": type }, [...change(byChoice), ...last].map(toFrame).join(""));
  };
}

/** The events of all choices that come at the same time: the first of each, then the second of each. */
function takeTurns(byChoice: readonly (readonly JsonObject[])[]): readonly (readonly JsonObject[])[] {
  const turns = Math.max(...byChoice.map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) =>
    byChoice.flatMap(({ [turn]: event }) => (event === undefined ? [] : [event])),
  );
}

/** One event that says what several do. */
function join(events: readonly JsonObject[]): JsonObject {
  return { ...events[0], choices: events.flatMap(choicesIn) };
}

/** Answers with a response that put out something else; in a stream, its last event says so. */
function changeOutput(change: (output: readonly JsonObject[]) => readonly JsonObject[]): Reply {
  return ({ send, type, streamed, whole, parts }) => {
    const response = { ...whole, output: change(whole["output"] as readonly JsonObject[]) };
    const events = readFrames(parts.join("")).slice(0, -1);
    const body = streamed
      ? [...events, { type: "response.completed", response }].map(toFrame).join("")
      : JSON.stringify(response);
    send(200, { "content-type": type }, body);
  };
}

function omit(body: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !keys.includes(key)));
}

// Places

/** A port that nobody listens at. */
async function openNothing(reply: Reply): Promise<Service> {
  const service = await openService(reply);
  await service.close();
  return { ...service, close: async () => undefined };
}

function openElsewhere(origin: (service: Service) => string, scheme: "http" | "https" = "http") {
  return async (reply: Reply): Promise<Service> => {
    const service = await openService(reply, scheme);
    return { ...service, origin: origin(service) };
  };
}

/** The next whole second that is not upon us, as a header writes it. */
function nextSecond(): string {
  return new Date((Math.floor((Date.now() + 300) / 1000) + 1) * 1000).toUTCString();
}

const withTokens = (): AzureOpenAIInput => {
  let count = 0;
  return { apiKey: undefined, azureADTokenProvider: async () => `token-${++count}` };
};

const CHOICES = ["completions", "chat"] as const;

const connections: readonly Fault[] = [
  {
    name: "the connection is refused",
    open: openNothing,
    hits: "all",
    expects: unheard(/refused the connection/),
  },
  {
    name: "the host has no address (DNS)",
    open: openElsewhere(() => "https://no-such-host.invalid"),
    hits: "all",
    expects: unheard(/was not found/),
  },
  {
    name: "the certificate is self-signed (TLS)",
    open: (reply) => openService(reply, "https"),
    hits: "all",
    expects: unheard(/NODE_EXTRA_CA_CERTS/),
  },
  {
    name: "the port speaks no TLS, and the endpoint says https",
    open: openElsewhere(({ origin }) => origin.replace("http:", "https:")),
    hits: "all",
    expects: unheard(/scheme/),
  },
  {
    name: "the port speaks TLS, and the endpoint says http",
    open: openElsewhere(({ origin }) => origin.replace("https:", "http:"), "https"),
    hits: "all",
    expects: unheard(/scheme/),
  },
  {
    name: "the connection is reset before the headers",
    reply: ({ socket }) => socket.resetAndDestroy(),
    expects: retried("ConnectionError"),
  },
  {
    name: "the connection is closed before the headers",
    reply: ({ socket }) => socket.destroy(),
    expects: retried("ConnectionError"),
  },
  {
    name: "the connection is closed within a header",
    reply: async ({ write, socket }) => {
      await write("HTTP/1.1 200 OK\r\ncontent-ty");
      socket.destroySoon();
    },
    expects: retried("ConnectionError"),
  },
  {
    name: "101, another protocol",
    reply: ({ write }) =>
      write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    expects: retried("ConnectionError"),
  },
  {
    name: "the connection is reset after the headers",
    reply: async (exchange) => {
      await exchange.write(head(exchange));
      exchange.socket.resetAndDestroy();
    },
    expects: { invoke: retried("ConnectionError"), stream: retried("InterruptedStreamError") },
  },
  {
    name: "the answer is cut off before any text",
    reply: async (exchange) => {
      await begin(exchange, "without text");
      exchange.socket.destroySoon();
    },
    expects: { invoke: retried("ConnectionError"), stream: retried("InterruptedStreamError") },
  },
  {
    name: "the answer is cut off in the middle",
    reply: async (exchange) => {
      await begin(exchange);
      await exchange.heard;
      exchange.socket.destroySoon();
    },
    expects: { invoke: retried("ConnectionError"), stream: interrupted() },
  },
  {
    name: "the connection is reset in the middle of the answer",
    reply: async (exchange) => {
      await begin(exchange);
      await exchange.heard;
      exchange.socket.resetAndDestroy();
    },
    expects: { invoke: retried("ConnectionError"), stream: interrupted() },
  },
];

const silences: readonly Fault[] = [
  {
    name: "nothing comes, until `timeout`",
    reply: () => undefined,
    options: () => ({ timeout: PATIENCE_MS }),
    expects: failed("TimeoutError", { says: /`timeout`/, details: { scope: "attempt" } }),
  },
  {
    name: "nothing comes after the headers, until `idleTimeout`",
    reply: (exchange) => begin(exchange, "without text"),
    options: () => ({ idleTimeout: PATIENCE_MS }),
    expects: silent(),
  },
  {
    name: "the answer stops in the middle, until `idleTimeout`",
    reply: (exchange) => begin(exchange),
    options: () => ({ idleTimeout: PATIENCE_MS }),
    expects: { invoke: silent(), stream: silent({ soFar: "the first piece" }) },
  },
  ...(
    [
      ["a redirect to another host", 307, { location: "https://elsewhere.invalid/" }, "Moved"],
      ["429", 429, { ...JSON_TYPE, "retry-after-ms": "30" }, '{"error":{"code":"429","mess'],
      ["500", 500, JSON_TYPE, '{"error":{"code":"500","mess'],
      ["a gateway's page with 200", 200, { "content-type": "text/html" }, "<!doctype html><html><he"],
    ] as const
  ).map(([what, status, headers, text]): Fault => ({
    name: `${what} stops in the middle of its text, until \`idleTimeout\``,
    reply: leaveOpen(status, headers, text),
    options: () => ({ idleTimeout: PATIENCE_MS }),
    expects: silent(),
  })),
];

const forms: readonly Fault[] = [
  {
    name: "letters are split between packets",
    reply: ({ dribble }) => dribble(),
    expects: answered,
  },
  {
    name: "a piece of several megabytes",
    reply: ({ send, type, parts }) => send(200, { "content-type": type }, enlarge(parts.join(""))),
    becomes: enlarge,
    expects: answered,
  },
  {
    name: "the content type is wrong",
    reply: ({ send, parts }) => send(200, { "content-type": "text/plain" }, parts.join("")),
    expects: answered,
  },
  {
    name: "the answer is compressed unasked (gzip)",
    reply: ({ send, type, parts }) =>
      send(200, { "content-type": type, "content-encoding": "gzip" }, gzipSync(parts.join(""))),
    expects: answered,
  },
  {
    name: "the answer says that it is gzip, and is not",
    reply: ({ send, type, parts }) =>
      send(200, { "content-type": type, "content-encoding": "gzip" }, parts.join("")),
    expects: { invoke: retried("ConnectionError"), stream: retried("InterruptedStreamError") },
  },
  {
    name: "the compressed answer is cut off in the middle",
    reply: ({ send, type, parts: [before, first] }) =>
      send(
        200,
        { "content-type": type, "content-encoding": "gzip" },
        gzipSync(before + first, { finishFlush: constants.Z_SYNC_FLUSH }),
      ),
    expects: { invoke: retried("ConnectionError"), stream: interrupted() },
  },
  {
    name: "100 Continue comes before the answer",
    reply: async ({ write, answer }) => {
      await write("HTTP/1.1 100 Continue\r\n\r\n");
      answer();
    },
    expects: answered,
  },
  {
    name: "103 Early Hints come before the answer",
    reply: async ({ write, answer }) => {
      await write("HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n");
      answer();
    },
    expects: answered,
  },
  {
    name: "a stream is asked for, and the whole answer comes",
    reply: ({ send, whole }) => send(200, JSON_TYPE, JSON.stringify(whole)),
    expects: { stream: answered },
  },
];

const nonsense: readonly Fault[] = [
  {
    name: "204, no content",
    reply: ({ send }) => send(204, {}, ""),
    expects: { invoke: doubted(), stream: retried("InterruptedStreamError") },
  },
  {
    name: "200 with an empty body",
    reply: ({ send }) => send(200, JSON_TYPE, ""),
    expects: { invoke: doubted(), stream: retried("InterruptedStreamError") },
  },
  {
    name: "a gateway's page with 200",
    reply: ({ send }) => send(200, { "content-type": "text/html" }, PAGE),
    expects: doubted("ServiceError", { says: /`baseURL`/ }),
  },
  {
    name: "malformed JSON",
    reply: ({ send, type, streamed, parts: [before, first, rest] }) =>
      send(
        200,
        { "content-type": type },
        streamed ? `${before}${first}data: {"choices":[\n\n${rest}` : before + first,
      ),
    expects: { invoke: doubted(), stream: interrupted() },
  },
  {
    name: "malformed events",
    reply: ({ send, type, parts }) =>
      send(200, { "content-type": type }, parts.join("").replaceAll("data:", "date:")),
    expects: { stream: retried("InterruptedStreamError") },
  },
  {
    name: "the stream ends without its closing event",
    reply: ({ send, type, parts: [before, first, rest] }) =>
      send(
        200,
        { "content-type": type },
        before + first + rest.replace(/(?:event: [^\n]*\n)?[^\n]*\n\n$/, ""),
      ),
    expects: { stream: interrupted({ soFar: "all of it" }) },
  },
  {
    name: "no choices",
    reply: ({ send, type, streamed, whole, operation }) => {
      const empty = omit(whole, "choices", "output");
      const last = operation === "responses" ? toFrame({ type: "response.completed", response: empty }) : "";
      const events = last === "" ? toFrame(empty) + toFrame("[DONE]") : last;
      send(200, { "content-type": type }, streamed ? events : JSON.stringify(empty));
    },
    expects: doubted(),
  },
  {
    name: "a choice comes twice",
    operations: CHOICES,
    reply: changeChoices(([first = {}, ...others]) => [first, first, ...others.slice(1)]),
    expects: doubted(),
  },
  {
    name: "the choices are out of order",
    operations: CHOICES,
    options: () => ({ n: 2 }),
    reply: changeChoices((choices) => choices.toReversed()),
    expects: { invoke: answered },
  },
  {
    name: "a choice is missing",
    operations: CHOICES,
    options: () => ({ n: 2 }),
    reply: changeChoices((choices) => choices.slice(1)),
    expects: { invoke: doubted("ServiceError", { says: /choices where \d were asked for/ }) },
  },
  ...(
    [
      ["the pieces of the choices take turns", (byChoice) => takeTurns(byChoice).flat()],
      ["the last choice comes first", (byChoice) => byChoice.toReversed().flat()],
      [
        "pieces of several choices come at once, out of order",
        (byChoice) => takeTurns(byChoice).map((events) => join(events.toReversed())),
      ],
    ] as const satisfies readonly (readonly [string, Parameters<typeof changeEvents>[0]])[]
  ).map(([what, change]): Fault => ({
    name: `${what}, with \`streaming\` and \`n\``,
    operations: CHOICES,
    options: () => ({ n: 2, streaming: true }),
    reply: changeEvents(change),
    expects: { invoke: answered },
  })),
  {
    name: "a choice comes twice, with `streaming` and `n`",
    operations: CHOICES,
    options: () => ({ n: 2, streaming: true }),
    reply: changeEvents((byChoice) => takeTurns(byChoice).map((events) => join([...events, ...events]))),
    expects: { invoke: doubted("ServiceError", { says: /two choices/ }) },
  },
  {
    name: "a choice is missing, with `streaming` and `n`",
    operations: CHOICES,
    options: () => ({ n: 2, streaming: true }),
    reply: changeEvents(([first = []]) => first),
    expects: { invoke: interrupted({ soFar: "all of it", says: /1 choices where 2/ }) },
  },
  {
    name: "an entry of `output` comes twice",
    operations: ["responses"],
    reply: changeOutput((output) => output.flatMap((entry) => [entry, entry])),
    // A stream's text came before it.
    expects: { invoke: doubted(), stream: answered },
  },
  {
    name: "the entries of `output` are out of order",
    operations: ["responses"],
    reply: changeOutput((output) => output.toReversed()),
    expects: answered,
  },
  {
    name: "a choice that nobody asked for",
    operations: CHOICES,
    reply: changeChoices((choices) => choices.map((choice) => ({ ...choice, index: 7 }))),
    expects: doubted("ServiceError", { says: /index 7/ }),
  },
  {
    name: "no usage",
    reply: ({ send, type, parts }) =>
      send(
        200,
        { "content-type": type },
        parts.join("").replaceAll(/"usage":(?:null|\{.*?\}\})/g, '"none":0'),
      ),
    expects: answered,
  },
  {
    name: "an error inside an answer with 200",
    reply: ({ send, type, streamed, parts: [before] }) => {
      const body = streamed ? before + toFrame(SERVER_ERROR) : JSON.stringify(SERVER_ERROR);
      send(200, { "content-type": type }, body);
    },
    expects: retried("ServiceError"),
  },
  {
    name: "an error in the middle of a stream",
    reply: ({ send, type, parts: [before, first] }) =>
      send(200, { "content-type": type }, before + first + toFrame(SERVER_ERROR)),
    expects: { stream: interrupted() },
  },
];

/** What could be thought of as over, while the connection is not. */
const endless: readonly Fault[] = [
  {
    name: "the stream is whole, and does not end",
    reply: leaveStreamOpen(({ parts }) => parts.join("")),
    lingers: true,
    expects: { stream: answered },
  },
  {
    name: "an error at the beginning of a stream that does not end",
    reply: leaveStreamOpen(({ parts: [before] }) => before + toFrame(SERVER_ERROR)),
    expects: { stream: retried("ServiceError") },
  },
  {
    name: "an error in the middle of a stream that does not end",
    reply: leaveStreamOpen(({ parts: [before, first] }) => before + first + toFrame(SERVER_ERROR)),
    expects: { stream: interrupted() },
  },
  {
    name: "malformed JSON in a stream that does not end",
    reply: leaveStreamOpen(({ parts: [before, first] }) => `${before}${first}data: {"choices":[\n\n`),
    expects: { stream: interrupted() },
  },
  {
    name: "401 to a token that can be renewed, whose text does not end",
    options: withTokens,
    reply: leaveOpen(401, JSON_TYPE, '{"error":{"code":"401","mess'),
    lingers: true,
    expects: answeredLater,
  },
];

const refusals: readonly Fault[] = [
  {
    name: "307 to another host",
    reply: ({ send, elsewhere }) => send(307, { location: `${elsewhere}/openai/v1/` }, ""),
    expects: failed("ServiceError", { says: /redirects are not followed/, details: { status: 307 } }),
  },
  {
    name: "302 to a sign-in page",
    reply: ({ send, elsewhere }) => send(302, { location: `${elsewhere}/login` }, PAGE),
    expects: failed("ServiceError", { says: /redirects are not followed/, details: { status: 302 } }),
  },
  {
    name: "400",
    hits: "prompt",
    reply: refuse(400, "Unrecognized request argument supplied.", {}, "BadRequest"),
    expects: failed("InvalidRequestError", { details: { status: 400 } }),
  },
  {
    name: "401 to a key",
    reply: refuse(401, "Access denied due to invalid subscription key or wrong API endpoint."),
    expects: failed("AuthenticationError", { says: /AZURE_OPENAI_API_KEY/, details: { status: 401 } }),
  },
  {
    name: "401 to a token that can be renewed",
    options: withTokens,
    reply: refuse(401, "Unauthorized. Access token is missing, invalid, or have expired."),
    expects: retried("AuthenticationError", { requests: 2, says: /`azureADTokenProvider`/ }),
  },
  {
    name: "403",
    reply: refuse(403, "Access denied due to Virtual Network/Firewall rules."),
    expects: failed("PermissionError", { details: { status: 403 } }),
  },
  {
    name: "404",
    reply: refuse(404, "The API deployment for this resource does not exist.", {}, "DeploymentNotFound"),
    expects: failed("DeploymentNotFoundError", { says: /`deploymentName`/ }),
  },
  {
    name: "408",
    reply: refuse(408, "The operation was timeout.", {}, "Timeout"),
    expects: retried("ServiceError", { details: { status: 408 } }),
  },
  {
    name: "409",
    reply: refuse(409, "The deployment is being changed.", {}, "Conflict"),
    expects: retried("InvalidRequestError", { details: { status: 409 } }),
  },
  {
    name: "413",
    hits: "prompt",
    reply: refuse(413, "Request body too large."),
    expects: failed("InvalidRequestError", { says: /`batchSize`/ }),
  },
  {
    name: "431",
    hits: "prompt",
    reply: refuse(431, "Too many headers."),
    expects: failed("InvalidRequestError", { says: /`configuration.defaultHeaders`/ }),
  },
];

const limits: readonly Fault[] = [
  { name: "429 that says nothing of a wait", reply: tooMany(), expects: retried("RateLimitError") },
  {
    name: "429 with `retry-after-ms`",
    reply: tooMany({ "retry-after-ms": String(WAIT_MS) }),
    options: () => ({ maxRetryDelay: WAIT_MS }),
    expects: retried("RateLimitError", { details: { retryAfterMs: WAIT_MS } }),
  },
  {
    name: "429 with `retry-after` in seconds",
    reply: tooMany({ "retry-after": String(WAIT_MS / 1000) }),
    options: () => ({ maxRetryDelay: WAIT_MS }),
    expects: retried("RateLimitError", { details: { retryAfterMs: WAIT_MS } }),
  },
  {
    name: "429 with `retry-after` as a date",
    reply: (exchange, before) => tooMany({ "retry-after": nextSecond() })(exchange, before),
    options: () => ({ maxRetryDelay: 2000 }),
    expects: answeredLater,
  },
  {
    name: "429 whose text says how long to wait",
    reply: tooMany({}, `Please retry after ${WAIT_MS / 1000} seconds.`),
    options: () => ({ maxRetryDelay: WAIT_MS }),
    expects: retried("RateLimitError", { details: { retryAfterMs: WAIT_MS } }),
  },
  ...["requests", "tokens"].map((limit): Fault => ({
    name: `429 with \`x-ratelimit-reset-${limit}\``,
    reply: tooMany({ [`x-ratelimit-reset-${limit}`]: String(WAIT_MS / 1000) }),
    options: () => ({ maxRetryDelay: WAIT_MS }),
    expects: retried("RateLimitError", { details: { retryAfterMs: WAIT_MS } }),
  })),
  {
    name: "429 that asks for longer than `maxRetryDelay`",
    reply: tooMany({ "retry-after": "86400" }),
    expects: failed("RateLimitError", { says: /`maxRetryDelay`/, details: { retryAfterMs: DAY_MS } }),
  },
  {
    name: "429 with a date in `retry-after` that lies beyond `maxRetryDelay`",
    reply: (exchange, before) =>
      tooMany({ "retry-after": new Date(Date.now() + 2 * DAY_MS).toUTCString() })(exchange, before),
    expects: failed("RateLimitError", {
      // Told in three digits: a date has whole seconds, and some time has passed since.
      says: /asks to wait 173000 s.*`maxRetryDelay`/,
    }),
  },
];

const failures: readonly Fault[] = [
  ...[500, 502, 503, 504].map((status): Fault => ({
    name: String(status),
    reply: refuse(status, "The server had an error while processing your request."),
    expects: retried("ServiceError", { details: { status } }),
  })),
  {
    name: "a gateway's page with 502",
    reply: ({ send }) => send(502, { "content-type": "text/html" }, PAGE),
    expects: retried("ServiceError", { details: { status: 502, service: { message: "Sign in" } } }),
  },
];

const clocks: readonly Fault[] = [
  ...(
    [
      ["forward", DAY_MS],
      ["back", -DAY_MS],
    ] as const
  ).flatMap(([direction, byMs]): Fault[] => [
    {
      name: `the wall clock jumps a day ${direction} before the answer`,
      reply: ({ answer }) => {
        jumpClock(byMs);
        answer();
      },
      options: () => ({ timeout: 20_000, idleTimeout: 20_000, totalTimeout: 20_000 }),
      expects: answered,
    },
    {
      name: `the wall clock jumps a day ${direction} in the middle of the answer`,
      reply: async (exchange) => {
        const [, , rest] = exchange.parts;
        await begin(exchange);
        jumpClock(byMs);
        await exchange.write(`${chunk(rest)}0\r\n\r\n`);
        exchange.socket.destroySoon();
      },
      options: () => ({ timeout: 20_000, idleTimeout: 20_000, totalTimeout: 20_000 }),
      expects: answered,
    },
    {
      name: `the wall clock jumps a day ${direction} while a retry waits`,
      reply: (exchange, before) => {
        tooMany({ "retry-after-ms": String(WAIT_MS) })(exchange, before);
        jumpClock(byMs);
      },
      options: () => ({ maxRetryDelay: WAIT_MS, totalTimeout: 20_000 }),
      expects: retried("RateLimitError", { details: { retryAfterMs: WAIT_MS } }),
    },
  ]),
];

const byNode: readonly (readonly [title: string, faults: readonly Fault[]])[] = [
  ["The connection", connections],
  ["Silence", silences],
  ["Rare forms of a right answer", forms],
  ["Answers that make no sense", nonsense],
  ["Answers that do not end", endless],
  ["Refusals", refusals],
  ["Limits", limits],
  ["Failures of the service", failures],
  ["The clock", clocks],
];

/** Those in which the platform's `fetch` has a part of its own. */
const BY_FETCH = [
  "the connection is refused",
  "the host has no address (DNS)",
  "the certificate is self-signed (TLS)",
  "the connection is reset before the headers",
  "the connection is closed before the headers",
  "the connection is closed within a header",
  "the connection is reset after the headers",
  "the answer is cut off in the middle",
  "the connection is reset in the middle of the answer",
  "nothing comes, until `timeout`",
  "nothing comes after the headers, until `idleTimeout`",
  "the answer stops in the middle, until `idleTimeout`",
  "429 stops in the middle of its text, until `idleTimeout`",
  "letters are split between packets",
  "the answer is compressed unasked (gzip)",
  "the answer says that it is gzip, and is not",
  "103 Early Hints come before the answer",
  "204, no content",
  "malformed JSON",
  "the stream is whole, and does not end",
  "an error in the middle of a stream that does not end",
  "401 to a token that can be renewed, whose text does not end",
  "307 to another host",
  "302 to a sign-in page",
  "401 to a token that can be renewed",
  "429 with `retry-after-ms`",
  "500",
];

const byFetch = BY_FETCH.map((name): Fault => {
  const fault = byNode.flatMap(([, faults]) => faults).find((one) => one.name === name);
  if (fault === undefined) throw new Error(`There is no fault named: ${name}`);
  return {
    ...fault,
    name: `${name}, by \`fetch\``,
    fetched: true,
  };
});

/** Every fault, in the order of the page. */
export const SECTIONS = [...byNode, ["By the platform's `fetch`", byFetch] as const];

/** No request comes through. */
function unheard(says: RegExp): Expected {
  return failed("ConnectionError", { requests: 0, says });
}

/** A silence that was too long. */
function silent(more: { readonly soFar?: "the first piece" } = {}): Expected {
  return failed("TimeoutError", { says: /`idleTimeout`/, details: { scope: "idle" }, ...more });
}

function enlarge(text: string): string {
  return text.replaceAll("marked", "marked".repeat(500_000));
}
