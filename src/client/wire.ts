/** One HTTP request, with exactly the headers that leave. */
export interface WireRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the request and its answer; its reason is what the failure is. */
  readonly signal: AbortSignal;
}

/** One HTTP answer, its body still on the way. */
export interface WireResponse {
  readonly status: number;
  /** A header by its lower-case name; absent when the answer has none such. */
  header(name: string): string | undefined;
  /** The next piece of the body; nothing at its end. Throws when the connection breaks before that. */
  read(): Promise<Uint8Array | undefined>;
  /** Gives up the rest of the body and closes the connection. */
  discard(): void;
}

/** Sends a request and resolves once the answer's headers are there. Follows no redirect. */
export type Transport = (request: WireRequest) => Promise<WireResponse>;

/** How long the end of an answer that nobody reads may take before its connection is closed. */
const RELEASE_MS = 1000;

/** Reads the whole body as text. */
export async function readText(response: WireResponse, onPiece?: () => void): Promise<string> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = await response.read();
    if (piece === undefined) return decode(pieces);
    pieces.push(piece);
    onPiece?.();
  }
}

/** Most answers are in one piece. */
function decode(pieces: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return decoder.decode(only);
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join("") + decoder.decode();
}

/**
 * Reads on to the end of a body that holds nothing more of interest, so that the connection can be used again.
 *
 * Resolves when it can; what has not come by the next turn of the event loop is read without anybody waiting.
 */
export async function release(response: WireResponse): Promise<void> {
  const timer = setTimeout(() => response.discard(), RELEASE_MS);
  const readOn = async (): Promise<void> => {
    while ((await response.read()) !== undefined);
  };
  const released = readOn()
    .catch(() => response.discard())
    .finally(() => clearTimeout(timer));
  await Promise.race([released, nextTurn()]);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
