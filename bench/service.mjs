// The service that everything is measured against: text completions over plain HTTP, as little work as
// possible, in a process of its own. It is forked with its options as JSON, and says where it listens.
//
// Requests are counted as Azure documents it: over windows of 10 seconds, refused ones included.

import { createServer } from "node:http";

const WINDOW_MS = 10_000;
const TEXT = " A model would have written some two dozen words here, and nobody would have measured those.";

/**
 * @typedef {object} ServiceOptions
 * @property {number} [latencyMs] how long an answer takes
 * @property {number} [chunks] how many pieces a stream has
 * @property {number} [chunkMs] how long there is between two of them; 0: a turn of the event loop
 * @property {Record<string, number>} [requestsPerMinute] the quota of each deployment that has one
 *
 * @typedef {object} Tally what the service saw since it was last asked
 * @property {number} requests
 * @property {number} refused
 * @property {Record<string, number>} answers how often each prompt was answered
 */

/** @type {ServiceOptions} */
const {
  latencyMs = 0,
  chunks = 512,
  chunkMs = 0,
  requestsPerMinute = {},
} = JSON.parse(process.argv[2] ?? "{}");

/** @type {Tally} */
let tally = { requests: 0, refused: 0, answers: {} };

/** The times of the requests that are still counted, by deployment. @type {Map<string, number[]>} */
const counted = new Map();

/**
 * Counts a request; says how long the next one has to wait when this one is above the quota.
 *
 * @param {string} deployment
 */
function count(deployment) {
  const quota = requestsPerMinute[deployment];
  if (quota === undefined) return { wait: 0, headers: {} };
  const limit = (quota * WINDOW_MS) / 60_000;
  const now = performance.now();
  const times = (counted.get(deployment) ?? []).filter((time) => time > now - WINDOW_MS);
  counted.set(deployment, times);
  times.push(now);
  const above = times.length - limit;
  const headers = {
    "x-ratelimit-limit-requests": String(quota),
    "x-ratelimit-remaining-requests": String(Math.max(0, Math.floor(-above))),
  };
  return { wait: above <= 0 ? 0 : (times[Math.ceil(above) - 1] ?? now) + WINDOW_MS - now, headers };
}

/** @param {number} index */
function choice(index) {
  return `{"text":"${TEXT}","index":${index},"logprobs":null,"finish_reason":"stop"}`;
}

const HEAD = `{"id":"cmpl-bench","object":"text_completion","created":1700000000,"model":"gpt-35-turbo-instruct"`;

/** @param {number} prompts */
function answer(prompts) {
  const choices = Array.from({ length: prompts }, (_, index) => choice(index)).join(",");
  const [prompt, completion] = [prompts * 8, prompts * 20];
  const usage = `{"prompt_tokens":${prompt},"completion_tokens":${completion},"total_tokens":${prompt + completion}}`;
  return `${HEAD},"choices":[${choices}],"usage":${usage}}`;
}

/** @param {import("node:http").ServerResponse} response */
function stream(response) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let sent = 0;
  function next() {
    const reason = sent === chunks - 1 ? `"stop"` : "null";
    const piece = `{"text":" word","index":0,"logprobs":null,"finish_reason":${reason}}`;
    response.write(`data: ${HEAD},"choices":[${piece}]}\n\n`);
    sent++;
    if (sent === chunks) response.end("data: [DONE]\n\n");
    else if (chunkMs === 0) setImmediate(next);
    else setTimeout(next, chunkMs);
  }
  next();
}

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const { wait, headers } = count(/deployments\/([^/]+)/.exec(request.url ?? "")?.[1] ?? "");
    tally.requests++;
    if (wait > 0) {
      tally.refused++;
      response.writeHead(429, {
        ...headers,
        "content-type": "application/json",
        "retry-after": String(Math.ceil(wait / 1000)),
      });
      response.end(`{"error":{"code":"429","message":"Rate limit is exceeded. Try again later."}}`);
      return;
    }
    const body = JSON.parse(text);
    const prompts = typeof body.prompt === "string" ? [body.prompt] : body.prompt;
    for (const prompt of prompts) tally.answers[prompt] = (tally.answers[prompt] ?? 0) + 1;
    const reply = () => {
      if (body.stream) stream(response);
      else {
        const json = answer(prompts.length);
        response.writeHead(200, {
          ...headers,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(json),
        });
        response.end(json);
      }
    };
    if (latencyMs === 0) reply();
    else setTimeout(reply, latencyMs);
  });
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  process.send?.({ endpoint: `http://127.0.0.1:${port}` });
});

process.on("message", () => {
  process.send?.(tally);
  tally = { requests: 0, refused: 0, answers: {} };
});
process.on("disconnect", () => process.exit());
