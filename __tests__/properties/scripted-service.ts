import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerWhole, promptsOf } from "./scripted-answers.js";

/** What goes wrong with one request, in the order in which requests come. */
export type Fault = "none" | "429" | "500" | "503" | "408" | "reset" | "no-choices" | "html" | "cut";

/** What one case is answered with, and what came of it. */
export interface Script {
  readonly faults: Fault[];
  /** How often each prompt was sent a whole and right answer. */
  readonly answered: Map<string, number>;
}

/** A prompt that the service refuses by itself, whoever it comes with. */
export const POISON = "poison";

/** A service on loopback that does what the scripts say, one script for each deployment's name. */
export interface ScriptedService {
  readonly endpoint: string;
  play(deployments: readonly string[], script: Script): void;
  close(): Promise<void>;
}

const HINT = { "content-type": "application/json", "retry-after-ms": "1" };

function refuse(response: ServerResponse, status: number, error: object): void {
  response.writeHead(status, HINT);
  response.end(JSON.stringify({ error }));
}

/** Starts the service. */
export async function startScriptedService(): Promise<ScriptedService> {
  const scripts = new Map<string, Script>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>;
      const script = scripts.get(String(body["model"]));
      if (script === undefined) refuse(response, 404, { code: "404", message: "No such script." });
      else answer(response, body, script);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    endpoint: `http://127.0.0.1:${port}`,
    play(deployments, script) {
      scripts.clear();
      for (const deployment of deployments) scripts.set(deployment, script);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, body: Record<string, unknown>, script: Script): void {
  const prompts = promptsOf(body);
  if (prompts.some((prompt) => prompt.includes(POISON))) {
    refuse(response, 400, { code: "invalid_prompt", message: "A prompt is not allowed.", param: "prompt" });
    return;
  }
  const fault = script.faults.shift() ?? "none";
  switch (fault) {
    case "429":
    case "500":
    case "503":
    case "408":
      refuse(response, Number(fault), { code: fault, message: "Not now." });
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "html":
      response.writeHead(502, { "content-type": "text/html", "retry-after-ms": "1" });
      response.end("<html><title>Bad gateway</title></html>");
      return;
    case "no-choices":
      response.writeHead(200, HINT);
      response.end(JSON.stringify({ id: "an-id", choices: [] }));
      return;
    case "cut": {
      const whole = answerWhole(body, prompts);
      response.writeHead(200, { "content-length": whole.length });
      response.write(whole.subarray(0, 10), () => response.socket?.destroy());
      return;
    }
    case "none":
      for (const prompt of prompts) script.answered.set(prompt, (script.answered.get(prompt) ?? 0) + 1);
      response.writeHead(200, body["stream"] === true ? { "content-type": "text/event-stream" } : HINT);
      response.end(answerWhole(body, prompts));
  }
}
