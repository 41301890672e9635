import { AzureOpenAI, type AzureOpenAIInput } from "../../src/index.js";

/** What a service was asked. */
export interface Asked {
  readonly url: string;
  readonly body: Record<string, unknown>;
}

/** A service as a function: the caller's own `fetch`, so that thousands of cases need no socket. */
export type Service = (asked: Asked) => Response;

/** A model that asks a service once, without retries. */
export function askModel(service: Service, fields: AzureOpenAIInput = {}): AzureOpenAI {
  return new AzureOpenAI({
    azureEndpoint: "https://res.openai.azure.com",
    deploymentName: "dep",
    apiKey: "a key",
    maxRetries: 0,
    ...fields,
    configuration: {
      fetch: async (input, init) =>
        service({
          url: input instanceof Request ? input.url : String(input),
          body: JSON.parse(init?.body as string), // the package sends its JSON as text
        }),
    },
  });
}

/** A body that arrives in exactly these pieces. */
export function toPieces(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const piece = pieces[next++];
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
  });
}

/** An answer in JSON. */
export function answerJson(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

/** An answer as a stream that arrives in these pieces. */
export function answerStream(pieces: readonly Uint8Array[]): Response {
  return new Response(toPieces(pieces), { headers: { "content-type": "text/event-stream" } });
}
