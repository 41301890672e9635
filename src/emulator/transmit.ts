import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

import { STREAM_ERROR, type Refusal } from "./errors.js";
import type { Reply, StreamEvent } from "./exchange.js";
import type { FaultHit } from "./faults.js";
import { withBadChoices, withoutUsage } from "./reshape.js";
import { toFrame } from "./sse.js";

const HTML_PAGE =
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>Microsoft-Azure-Application-Gateway/v2</center>\r\n</body>\r\n</html>\r\n";

/** How answers are written: to whom, and how waiting is done. */
export interface Line {
  readonly response: ServerResponse;
  /** Writes the status and the headers, these on top of those that every answer has. */
  readonly head: (status: number, headers?: Readonly<Record<string, string | number>>) => void;
  /** Waits so many milliseconds, or until the client is gone. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Waits for something, or until the client is gone. */
  readonly wait: (event: Promise<void>) => Promise<void>;
  /** True once the client or the emulator has ended the connection. */
  readonly isGone: () => boolean;
}

/** Writes a refusal. */
export function sendRefusal({ response, head }: Line, refusal: Refusal): void {
  head(refusal.status, {
    "content-type": "application/json",
    ...refusal.headers,
    "content-length": Buffer.byteLength(refusal.body),
  });
  response.end(refusal.body);
}

/** What happens before the service is even asked; true where that was all. */
export async function strikeEarly(line: Line, { fault, released }: FaultHit): Promise<boolean> {
  const { response, head } = line;
  switch (fault.kind) {
    case "reset":
      response.socket?.resetAndDestroy();
      return true;
    case "half-header":
      response.socket?.end("HTTP/1.1 200 OK\r\ncontent-ty", () => response.socket?.destroy());
      return true;
    case "stall":
      await line.wait(released);
      return line.isGone();
    case "html":
      head(fault.status ?? 502, { "content-type": "text/html" });
      response.end(HTML_PAGE);
      return true;
    case "no-content":
      head(204);
      response.end();
      return true;
    case "redirect":
      head(fault.status ?? 307, { location: fault.location });
      response.end();
      return true;
    case "1xx":
      response.writeEarlyHints({ link: "</styles.css>; rel=preload; as=style" });
      return false;
    default:
      return false;
  }
}

/** Writes a good answer, with what the fault makes of it. */
export async function sendReply(line: Line, given: Reply, hit: FaultHit | undefined): Promise<void> {
  const fault = hit?.fault;
  const reply = reshape(given, fault);
  if (reply.delayMs > 0) await line.sleep(reply.delayMs);
  if (line.isGone()) return;
  if (fault?.kind === "reset-after-headers") {
    resetAfterHeaders(line, reply.kind);
    return;
  }
  if (reply.kind === "json") await sendJson(line, `${JSON.stringify(reply.value)}\n`, fault);
  else await sendStream(line, reply.events, hit);
}

function reshape(reply: Reply, fault: FaultHit["fault"] | undefined): Reply {
  switch (fault?.kind) {
    case "no-usage":
      return withoutUsage(reply);
    case "bad-choices":
      return withBadChoices(reply, fault.how);
    default:
      return reply;
  }
}

/** The type of the answer's body, which a fault may make wrong. */
function contentType(kind: Reply["kind"], fault: FaultHit["fault"] | undefined): string {
  if (fault?.kind === "wrong-content-type") return fault.contentType ?? "text/plain";
  return kind === "json" ? "application/json" : "text/event-stream; charset=utf-8";
}

function resetAfterHeaders({ response, head }: Line, kind: Reply["kind"]): void {
  head(200, { "content-type": contentType(kind, undefined) });
  response.flushHeaders();
  // The headers have to leave before the reset, which throws away what is still to be sent.
  response.write(" ", () => response.socket?.resetAndDestroy());
}

async function sendJson(line: Line, text: string, fault: FaultHit["fault"] | undefined): Promise<void> {
  const { response, head } = line;
  const whole = fault?.kind === "malformed-json" ? text.slice(0, Math.floor(text.length / 2)) : text;
  const isZipped = fault?.kind === "gzip";
  const body = isZipped ? gzipSync(whole) : Buffer.from(whole);
  head(200, {
    "content-type": contentType("json", fault),
    "content-length": body.length,
    ...(isZipped ? { "content-encoding": "gzip" } : {}),
  });
  if (fault?.kind === "split-utf8") await writeBytes(line, body);
  else response.write(body);
  response.end();
}

async function sendStream(
  line: Line,
  events: readonly StreamEvent[],
  hit: FaultHit | undefined,
): Promise<void> {
  const { response, head } = line;
  const fault = hit?.fault;
  const isZipped = fault?.kind === "gzip";
  head(200, {
    "content-type": contentType("stream", fault),
    ...(isZipped ? { "content-encoding": "gzip" } : {}),
  });
  if (isZipped) {
    response.end(gzipSync(events.map(toFrame).join("")));
    return;
  }
  response.flushHeaders();
  const write = async (text: string): Promise<void> => {
    if (fault?.kind === "split-utf8") await writeBytes(line, Buffer.from(text));
    else if (!response.write(text)) await line.wait(drained(response));
  };
  for (const [sent, event] of events.entries()) {
    if (line.isGone()) return;
    const delayMs = event.delayMs + slowFirst(fault, sent);
    if (delayMs > 0) await line.sleep(delayMs);
    if (isDue(fault, sent)) {
      const isOver = await strikeStream(line, hit);
      if (isOver || line.isGone()) return;
    }
    if (fault?.kind === "no-done" && isLast(event, sent, events)) break;
    await write(toFrame(event));
  }
  response.end();
}

/** A fault in a stream strikes once, before the event with this number. */
function isDue(fault: FaultHit["fault"] | undefined, sent: number): boolean {
  switch (fault?.kind) {
    case "stall-stream":
    case "cut-stream":
    case "malformed-sse":
    case "error-frame":
      return sent === (fault.afterChunks ?? 2);
    default:
      return false;
  }
}

/** True where the stream is over with it. */
async function strikeStream({ response, wait }: Line, hit: FaultHit | undefined): Promise<boolean> {
  switch (hit?.fault.kind) {
    case "stall-stream":
      await wait(hit.released);
      return false;
    case "cut-stream":
      // What was written has to arrive before the connection goes.
      response.write("", () => response.socket?.destroy());
      return true;
    case "malformed-sse":
      response.end('data: {"id":"cmpl-\n\n');
      return true;
    case "error-frame":
      response.end(`data: ${JSON.stringify(STREAM_ERROR)}\n\n`);
      return true;
    default:
      return false;
  }
}

function slowFirst(fault: FaultHit["fault"] | undefined, sent: number): number {
  return fault?.kind === "slow-first-token" && sent === 1 ? fault.delayMs : 0;
}

/** What says that a stream is whole: `[DONE]`, or the last event of a response. */
function isLast(event: StreamEvent, sent: number, events: readonly StreamEvent[]): boolean {
  return event.data === "[DONE]" || (event.event !== undefined && sent === events.length - 1);
}

/** One byte a packet. */
async function writeBytes(line: Line, bytes: Buffer): Promise<void> {
  const { response } = line;
  response.socket?.setNoDelay(true);
  for (const byte of bytes) {
    if (line.isGone()) return;
    await new Promise<void>((resolve) => {
      response.write(Uint8Array.of(byte), () => setImmediate(resolve));
    });
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve);
  });
}
