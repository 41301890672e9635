import type { Emulator } from "../../src/emulator/index.js";

/** What JSON holds, to be looked at without ceremony. */
export type Parsed = ReturnType<typeof JSON.parse>;

/** The dated version that these tests ask with, where it does not matter. */
export const DATED = "2024-10-21";

/** Where an operation is on each of the two APIs. */
export function pathOf(
  operation: "completions" | "chat" | "responses",
  deployment: string,
  apiVersion: string | undefined,
): string {
  const tail = { completions: "/completions", chat: "/chat/completions", responses: "/responses" }[operation];
  if (apiVersion === undefined) return `/openai/v1${tail}`;
  const scope = operation === "responses" ? "" : `/deployments/${deployment}`;
  return `/openai${scope}${tail}?api-version=${apiVersion}`;
}

/** What to ask. */
export interface Ask {
  readonly operation?: "completions" | "chat" | "responses";
  readonly deployment?: string;
  /** undefined is the v1 API. */
  readonly apiVersion?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** Posts a body, signed in with the key, and hands back the raw answer. */
export function post(azure: Emulator, body: object, ask: Ask = {}): Promise<Response> {
  const { operation = "completions", headers, signal } = ask;
  const deployment =
    ask.deployment ?? { completions: "instruct", chat: "chat", responses: "chat" }[operation];
  const apiVersion = "apiVersion" in ask ? ask.apiVersion : DATED;
  return fetch(azure.endpoint + pathOf(operation, deployment, apiVersion), {
    method: "POST",
    headers: headers ?? { "api-key": azure.apiKey, "content-type": "application/json" },
    body: JSON.stringify({ model: deployment, ...body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The data of each event of a stream, `[DONE]` included. */
export async function readEvents(response: Response): Promise<Parsed[]> {
  const text = await response.text();
  const frames = text.split("\n\n").filter((frame) => frame !== "");
  return frames.map((frame) => {
    const data = frame.slice(frame.indexOf("data: ") + "data: ".length);
    return data === "[DONE]" ? data : JSON.parse(data);
  });
}
