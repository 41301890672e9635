import fc from "fast-check";
import type { OperationName } from "../../src/settings/settings.js";
import { chatWire, completionsWire, responsesWire } from "../operations/wire.js";
import { answerStream, askModel } from "./answering.js";
import { outcomeOfPromise } from "./outcome.js";
import { testProperty } from "./property.js";
import { cuts, PLAIN, writeStream } from "./sse.js";

const WIRES = { completions: completionsWire, chat: chatWire, responses: responsesWire } as const;
const operations = fc.constantFrom<OperationName>("completions", "chat", "responses");

const TOLD = {
  text: "Fine words.",
  finish: "stop",
  usage: { prompt: 3, completion: 5, reasoning: 1, cached: 2 },
  tokens: [
    { token: "Fine", logprob: -0.5, top: { Fine: -0.5, Good: -1 } },
    { token: " words.", logprob: -0.1, top: { " words.": -0.1 } },
  ],
  verdict: { hate: { filtered: false, severity: "safe" }, custom_blocklists: [{ filtered: false, id: "x" }] },
  promptVerdict: { jailbreak: { filtered: false, detected: false } },
} as const;

/** One change to a JSON value: somewhere inside, something else or nothing. */
interface Mutation {
  /** Which of the value's places, counted through. */
  readonly place: number;
  readonly value: unknown;
  readonly removed: boolean;
}
const values = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, "", 0, -1, 1.5, [], {}, [null], "some words", true, { error: "x" }, [[]], 1e308),
);
const mutations = fc.array(fc.record({ place: fc.nat(), value: values, removed: fc.boolean() }), {
  minLength: 1,
  maxLength: 4,
});

/** Every object or array in a value that has places, with their keys. */
function listPlaces(value: unknown): { readonly holder: Record<string, unknown>; readonly key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>; // an array is one by its indices
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...listPlaces(holder[key])]);
}

function mutate(value: unknown, changes: readonly Mutation[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const { place, value: other, removed } of changes) {
    const places = listPlaces(copy);
    const chosen = places[place % Math.max(1, places.length)];
    if (chosen === undefined) continue;
    if (removed) delete chosen.holder[chosen.key];
    else chosen.holder[chosen.key] = structuredClone(other);
  }
  return copy;
}

const statuses = fc.oneof(
  { weight: 3, arbitrary: fc.constant(200) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      201,
      204,
      301,
      307,
      400,
      401,
      403,
      404,
      408,
      409,
      413,
      418,
      424,
      429,
      431,
      500,
      503,
      599,
    ),
  },
);
const headers = fc.dictionary(
  fc.constantFrom(
    "retry-after",
    "retry-after-ms",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-limit-requests",
    "x-ratelimit-reset-tokens",
    "apim-request-id",
    "location",
    "content-type",
  ),
  fc.oneof(
    fc.constantFrom(
      "0",
      "-1",
      "1e9",
      "9".repeat(400),
      "6m0s",
      "Wed, 21 Oct 2099 07:28:00 GMT",
      "http://x/",
      "a b",
    ),
    fc.string({ unit: "grapheme-ascii" }),
  ),
);

/** Something was said, or an error of ours that says what is wrong; never the words of a program's mistake. */
function assertSensible(outcome: Awaited<ReturnType<typeof outcomeOfPromise<string>>>): void {
  if ("error" in outcome) {
    expect(outcome.error.message).not.toMatch(/\bundefined\b|\[object |is not a function|Cannot read/);
    expect(Number.isNaN(outcome.error.retryAfterMs)).toBe(false);
  } else {
    expect(typeof outcome.value).toBe("string");
  }
}

const shape = (operation: OperationName, streaming: boolean, logprobs: boolean) => ({
  operation,
  streaming,
  maxRetryDelay: 0,
  ...(logprobs && { logprobs: 2 }),
});

testProperty(
  "any JSON as an answer is a text or an error of ours",
  fc.asyncProperty(
    operations,
    fc.boolean(),
    values,
    statuses,
    headers,
    async (operation, streaming, body, status, given) => {
      const text = [204].includes(status) ? null : JSON.stringify(body);
      const llm = askModel(
        () => new Response(text, { status, headers: given }),
        shape(operation, streaming, false),
      );
      assertSensible(await outcomeOfPromise(() => llm.invoke("prompt")));
    },
  ),
);

testProperty(
  "a right answer that was tampered with is a text or an error of ours",
  fc.asyncProperty(
    operations,
    fc.boolean(),
    mutations,
    statuses,
    async (operation, streaming, changes, status) => {
      const body = mutate(WIRES[operation].whole(TOLD), changes);
      const text = [204].includes(status) ? null : JSON.stringify(body);
      const llm = askModel(() => new Response(text, { status }), shape(operation, streaming, true));
      assertSensible(await outcomeOfPromise(() => llm.invoke("prompt")));
    },
  ),
);

testProperty(
  "a right stream that was tampered with is a text or an error of ours, and its pieces are texts",
  fc.asyncProperty(operations, mutations, cuts, async (operation, changes, cut) => {
    const right = WIRES[operation].stream(TOLD, ["Fine", " words."]);
    const events = mutate(right, changes) as unknown[]; // still the array that it was
    const frames = Object.values(events).map((data) => ({
      data: typeof data === "string" ? data : JSON.stringify(data),
    }));
    const body = cut(writeStream(frames, PLAIN));
    const llm = askModel(() => answerStream(body), shape(operation, true, true));
    assertSensible(await outcomeOfPromise(() => llm.invoke("prompt")));
    await outcomeOfPromise(async () => {
      for await (const piece of await llm.stream("prompt")) expect(typeof piece).toBe("string");
    });
  }),
);

testProperty(
  "any refusal's body is an error of ours",
  fc.asyncProperty(
    operations,
    fc.boolean(),
    fc.record(
      {
        error: fc.oneof(
          values,
          fc.record(
            {
              code: fc.oneof(
                values,
                fc.constantFrom("content_filter", "OperationNotSupported", "429", "DeploymentNotFound"),
              ),
              message: fc.oneof(values, fc.constant("Please retry after 99999999999999999999 seconds.")),
              param: values,
              type: values,
              innererror: fc.oneof(values, fc.record({ code: values, content_filter_result: values })),
            },
            { requiredKeys: [] },
          ),
        ),
        message: values,
        statusCode: values,
      },
      { requiredKeys: [] },
    ),
    fc.constantFrom(200, 400, 401, 403, 404, 408, 429, 500, 503),
    async (operation, streaming, body, status) => {
      const llm = askModel(
        () => new Response(JSON.stringify(body), { status }),
        shape(operation, streaming, false),
      );
      const outcome = await outcomeOfPromise(() => llm.invoke("prompt"));
      expect(outcome).toHaveProperty("error");
      assertSensible(outcome);
    },
  ),
);

testProperty(
  "any bytes as an answer are a text or an error of ours",
  fc.asyncProperty(
    operations,
    fc.boolean(),
    fc.uint8Array({ maxLength: 200 }),
    async (operation, streaming, bytes) => {
      const llm = askModel(() => new Response(Buffer.from(bytes)), shape(operation, streaming, false));
      assertSensible(await outcomeOfPromise(() => llm.invoke("prompt")));
    },
  ),
);
