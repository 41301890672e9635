import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/** A run as LangSmith keeps it: what was posted of its start and of its end. */
export interface PostedRun {
  readonly id: string;
  readonly name: string;
  readonly run_type: string;
  readonly extra: { readonly metadata: Readonly<Record<string, unknown>> };
  readonly inputs: unknown;
  readonly outputs?: {
    readonly generations: readonly (readonly { readonly text: string; readonly generationInfo?: object }[])[];
    readonly llmOutput?: object;
  };
  readonly error?: string;
  readonly events: readonly { readonly name: string }[];
}

/** The part of LangSmith's API that takes runs. */
export interface LangSmithServer {
  readonly url: string;
  /** The runs so far, in the order in which they were first heard of. */
  readonly runs: readonly PostedRun[];
  /** All that was sent here, headers and bodies, as it came. */
  readonly received: string;
  reset(): void;
  close(): Promise<void>;
}

/** Starts it on the loopback interface. */
export async function startLangSmith(): Promise<LangSmithServer> {
  const runs = new Map<string, PostedRun>();
  let received = "";

  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received += `${request.method} ${request.url}\n${request.rawHeaders.join("\n")}\n${body}\n`;
      response.setHeader("content-type", "application/json");
      if (request.url === "/info") {
        // Batches as plain JSON, not as compressed parts.
        const batches = { use_multipart_endpoint: false, size_limit: 100, size_limit_bytes: 20_971_520 };
        response.end(JSON.stringify({ version: "0.12.0", batch_ingest_config: batches }));
        return;
      }
      const { post, patch }: { post: PostedRun[]; patch: PostedRun[] } = JSON.parse(body);
      for (const run of [...post, ...patch]) runs.set(run.id, { ...runs.get(run.id), ...run });
      response.statusCode = 202;
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The port is not known.");

  return {
    url: `http://127.0.0.1:${address.port}`,
    get runs() {
      return [...runs.values()];
    },
    get received() {
      return received;
    },
    reset: () => {
      runs.clear();
      received = "";
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
