import { execFile } from "node:child_process";
import { inspect } from "node:util";
import { serialize } from "node:v8";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { AzureOpenAI, AzureOpenAIError, type AzureOpenAIInput, type OperationName } from "../../src/index.js";
import { closeServices, events, frame, json, serve } from "../client/support.js";
import { failureOf } from "../llms/matrix.js";
import { useEmulator, WALKTHROUGH_DEPLOYMENT } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { usePackedProject } from "../support/packed-project.js";

/** What no output may hold: whatever the place, the secret holds this mark. */
const MARK = "s3cr3t-m4rk";
const CALL = { headers: { "x-call": `call-${MARK}` } };

useCleanEnvironment();
const azure = useEmulator({ apiKey: `key-${MARK}` });
afterEach(closeServices);

function create(fields: AzureOpenAIInput = {}): AzureOpenAI {
  return new AzureOpenAI({
    azureEndpoint: azure().endpoint,
    apiKey: `key-${MARK}`,
    deploymentName: WALKTHROUGH_DEPLOYMENT,
    maxRetries: 0,
    configuration: {
      defaultHeaders: { "ocp-apim-subscription-key": `gateway-${MARK}` },
      defaultQuery: { sig: `query-${MARK}` },
    },
    ...fields,
  });
}

/** A gateway that repeats what it was sent: in the body, in headers, and as names and codes. */
async function startEchoing(status: number): Promise<string> {
  const service = await serve((response, { headers, url }) => {
    const said = JSON.stringify({ headers, url });
    const category = String(headers["api-key"]);
    const innererror = { code: said, content_filter_result: { [category]: { filtered: true } } };
    const error = { code: said, message: said, param: said, type: said, innererror };
    json(response, { error }, status, {
      "x-request-id": category,
      "x-ms-region": String(headers["x-call"]),
      "x-ms-deployment-name": String(headers["ocp-apim-subscription-key"]),
      location: `https://${category}.example/${category}`,
    });
  });
  return service.origin;
}

/** Everything that properties lead to, own and inherited, getters and hidden ones included; what closures hold is not. */
function walk(root: unknown): string {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  const queue: unknown[] = [root];
  for (const value of queue) {
    if (typeof value !== "object" && typeof value !== "function") {
      texts.push(inspect(value));
      continue;
    }
    if (value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map || value instanceof Set) queue.push(...value.keys(), ...value.values());
    for (let holder: unknown = value; holder !== null; holder = Object.getPrototypeOf(holder)) {
      // The platform's and the test runner's own objects lead everywhere.
      if (holder === Object.prototype || holder === Function.prototype || holder === Array.prototype) break;
      for (const key of Reflect.ownKeys(holder as object)) {
        texts.push(String(key));
        try {
          queue.push(Reflect.get(holder as object, key, value));
        } catch {
          // A getter that fails gives nothing away.
        }
      }
    }
  }
  return texts.join("\n");
}

/** What a caller's program may do to show or send a value, as text; what cannot be done says why. */
const SHOWN: Readonly<Record<string, (value: object) => unknown>> = {
  "`console.log` of all that is hidden": (value) =>
    inspect(value, {
      depth: Infinity,
      showHidden: true,
      showProxy: true,
      getters: true,
      customInspect: false,
    }),
  "a walk over all properties": walk,
  "`JSON.stringify`": (value) => JSON.stringify(value),
  "`JSON.stringify` of all own properties": (value) =>
    JSON.stringify(value, Reflect.ownKeys(value).map(String)),
  "`structuredClone`": (value) => inspect(structuredClone(value), { depth: Infinity, showHidden: true }),
  "`v8.serialize`": (value) => serialize(value).toString("latin1") + serialize(value).toString("utf16le"),
  "a worker's message": (value) => {
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(value);
      const received: unknown = receiveMessageOnPort(port2)?.message;
      return inspect(received, { depth: Infinity, showHidden: true });
    } finally {
      port1.close();
      port2.close();
    }
  },
  "`console.table`": (value) => {
    const written: unknown[] = [];
    const spy = jest.spyOn(console, "log").mockImplementation((...texts) => void written.push(texts));
    console.table([value]);
    spy.mockRestore();
    return inspect([written, Object.entries(value).map(([key, each]) => [key, String(each)])]);
  },
  "a logger's copy of own and inherited properties, causes included": (value) => {
    const copy = (error: unknown, depth: number): unknown => {
      if (typeof error !== "object" || error === null || depth > 6) return error;
      const copied: Record<string, unknown> = {};
      for (const key in error) copied[key] = copy(Reflect.get(error, key), depth + 1);
      for (const key of ["name", "message", "stack", "code", "cause"]) {
        if (key in error) copied[key] = copy(Reflect.get(error, key), depth + 1);
      }
      return copied;
    };
    return inspect(copy(value, 0), { depth: Infinity });
  },
};

function show(name: string, value: object): string {
  try {
    return String(SHOWN[name]?.(value));
  } catch (error) {
    return String(error);
  }
}

describe.each(Object.keys(SHOWN))("%s shows no secret", (name) => {
  test("of a model that was called", async () => {
    const llm = create();
    await llm.invoke("Hello", CALL);
    expect(azure().requests.map(({ status }) => status)).toEqual([200]);
    expect(show(name, llm)).not.toContain(MARK);
    expect(show(name, llm.withConfig(CALL))).not.toContain(MARK);
  });

  test.each([302, 400, 401, 403, 404, 429, 500])("of the error of a %i that repeats all", async (status) => {
    const llm = create({ azureEndpoint: await startEchoing(status) });
    const error = await failureOf(llm.invoke("Hello", CALL));
    expect(AzureOpenAIError.isInstance(error)).toBe(true);
    expect(show(name, error as AzureOpenAIError)).not.toContain(MARK);
  });

  test("of the error that a credential's error, with its request in it, became", async () => {
    const request = { headers: { authorization: `Bearer ${MARK}` } };
    const cause = Object.assign(new Error("Unauthorized"), { request, response: { request } });
    const credential = {
      getToken: () => Promise.reject(Object.assign(new Error("No token.", { cause }), { request })),
    };
    const error = await failureOf(create({ apiKey: undefined, credential }).invoke("Hello"));
    expect(error).toMatchObject({ code: "authentication", cause: { message: "No token." } });
    expect(show(name, error as AzureOpenAIError)).not.toContain(MARK);
  });
});

test.each<readonly [string, OperationName, (key: string) => object]>([
  ["a status", "responses", (key) => ({ status: key, output: [] })],
  [
    "a filter's category and its severity",
    "chat",
    (key) => ({
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "" },
          finish_reason: "content_filter",
          content_filter_results: { hate: { filtered: true, severity: key }, [key]: { filtered: true } },
        },
      ],
    }),
  ],
])("an error of a 200 does not repeat the key that came as %s", async (_what, operation, toBody) => {
  const service = await serve((response, { headers }) => json(response, toBody(String(headers["api-key"]))));
  const error = await failureOf(create({ azureEndpoint: service.origin, operation }).invoke("Hello"));
  expect(AzureOpenAIError.isInstance(error)).toBe(true);
  expect(walk(error)).not.toContain(MARK);
});

describe.each(["completions", "chat", "responses"] as const)(
  "an answer of %s that repeats the key",
  (operation) => {
    const text = `As asked: key-${MARK}`;

    function write(key: string, streamed: boolean): object {
      const verdict = { hate: { filtered: false, severity: key }, [key]: { filtered: false } };
      const filtered = { content_filter_results: verdict };
      const said =
        operation === "completions" ? { text } : { [streamed ? "delta" : "message"]: { content: text } };
      return {
        id: key,
        model: key,
        system_fingerprint: key,
        prompt_filter_results: [{ prompt_index: 0, ...filtered }],
        choices: [{ index: 0, finish_reason: key, ...said, ...filtered }],
        status: "incomplete",
        incomplete_details: { reason: key },
        output: [{ type: "message", content: [{ type: "output_text", text }] }],
        content_filters: ["prompt", "completion"].map((source_type) => ({ source_type, ...filtered })),
      };
    }

    test.each([false, true])("holds it in its text alone (streamed: %p)", async (streamed) => {
      const service = await serve((response, { headers }) => {
        const answer = write(String(headers["api-key"]), streamed);
        if (!streamed) json(response, answer);
        else if (operation !== "responses") events(response).end(frame(answer) + frame("[DONE]"));
        else events(response).end(frame({ type: "response.incomplete", response: answer }));
      });
      const llm = create({ azureEndpoint: service.origin, operation, streaming: streamed });
      const told: unknown[] = [];
      const handleLLMNewToken = (...given: unknown[]): void => void told.push(given[5]);
      const result = await llm.generate(["Hello"], {
        callbacks: [{ awaitHandlers: true, handleLLMNewToken }],
      });
      expect(result.generations[0]?.[0]?.text).toBe(text);
      expect(told).toHaveLength(streamed ? 1 : 0);
      expect(inspect([result, told], { depth: Infinity }).replaceAll(text, "")).not.toContain(MARK);
    });
  },
);

test("an error of a fetch does not repeat the key that came as its name or code", async () => {
  const fetch: typeof globalThis.fetch = async (_input, init) => {
    const key = new Headers(init?.headers).get("api-key");
    throw Object.assign(new Error("x"), { name: `N_${key}`, code: `E_${key}` });
  };
  const error = await failureOf(create({ configuration: { fetch } }).invoke("Hello"));
  expect(error).toMatchObject({ code: "connection", cause: { name: "N_***", code: "E_***" } });
  expect(walk(error)).not.toContain(MARK);
});

test("the query that a gateway repeats as it was sent is masked", async () => {
  const service = await serve((response, { url }) =>
    json(response, { error: { code: "401", message: `Refused: ${url}` } }, 401),
  );
  const configuration = { defaultQuery: { sig: "abc+def/ghi==!x y~(1)" } };
  const error = await failureOf(create({ azureEndpoint: service.origin, configuration }).invoke("Hello"));
  expect(error).toMatchObject({ service: { message: expect.stringMatching(/^Refused: .*[?&]sig=\*\*\*$/) } });
  expect(walk(error)).not.toContain("abc%2Bdef");
});

test("the slashes that a gateway escapes, and what its page names, hide no key", async () => {
  const apiKey = "abc/def&ghi+jkl==";
  const service = await serve((response) => {
    const page = apiKey.replaceAll("&", "&amp;").replaceAll("+", "&#43;");
    response.writeHead(502).end(`<p>${page} ${apiKey.replaceAll("/", "\\/")}</p>`);
  });
  const error = await failureOf(create({ azureEndpoint: service.origin, apiKey }).invoke("Hello"));
  expect(error).toMatchObject({ service: { message: "*** ***" } });
});

test("a key that looks like a filter's category is masked in a refusal", async () => {
  const service = await serve((response, { headers }) => {
    const content_filter_result = { [String(headers["api-key"])]: { filtered: true } };
    json(response, { error: { code: "content_filter", innererror: { content_filter_result } } }, 400);
  });
  const llm = create({ azureEndpoint: service.origin, apiKey: "open_sesame" });
  expect(await failureOf(llm.invoke("Hello"))).toMatchObject({ categories: { "***": { filtered: true } } });
});

test("of secrets that begin alike no rest is shown", async () => {
  const configuration = { defaultHeaders: { "x-sub": "team-key-0123456789abcdef" } };
  const service = await serve((response, { headers }) =>
    json(response, { error: { code: "401", message: `Refused: ${String(headers["x-sub"])}` } }, 401),
  );
  const error = await failureOf(
    create({ azureEndpoint: service.origin, apiKey: "team-key", configuration }).invoke("Hello"),
  );
  expect(error).toMatchObject({ service: { message: "Refused: ***" } });
});

describe("a process that ends of an unhandled rejection prints no secret", () => {
  const project = usePackedProject();

  test.each(["invoke", "stream", "batch"])("of %s", async (way) => {
    const program = project().write(
      "reject.mjs",
      `import { AzureOpenAI } from "langchain-azure-openai";
       const llm = new AzureOpenAI({
         azureEndpoint: process.env.ENDPOINT, apiKey: "key-${MARK}", deploymentName: "d", maxRetries: 0,
         configuration: { defaultHeaders: { "ocp-apim-subscription-key": "gateway-${MARK}" } },
       });
       const call = ${JSON.stringify(CALL)};
       if ("${way}" === "batch") llm.batch(["A prompt of the user's"], call);
       else if ("${way}" === "invoke") llm.invoke("A prompt of the user's", call);
       else (async () => { for await (const piece of await llm.stream("A prompt of the user's", call)); })();`,
    );
    const env = { ENDPOINT: await startEchoing(401) };
    const printed = await new Promise<string>((resolve) => {
      execFile(process.execPath, [program], { cwd: project().directory, env }, (_, stdout, stderr) => {
        resolve(stdout + stderr);
      });
    });
    expect(printed).toContain("AuthenticationError");
    // Nor what the user wrote, unless the service repeats it.
    expect(printed.replaceAll(program, "")).not.toMatch(new RegExp(`${MARK}|A prompt of the user's`));
  });
});
