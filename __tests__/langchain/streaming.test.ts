import { collectStream, streamChunks } from "../../src/langchain/streaming.js";
import type { StreamPiece } from "../../src/dispatch/work.js";

async function* nothing(): AsyncGenerator<StreamPiece> {
  // It ends at once.
}

test.each([
  ["read to its end", () => collectStream(nothing(), "throw", () => undefined)],
  [
    "read piece by piece",
    () =>
      streamChunks(
        nothing(),
        "throw",
        () => undefined,
        () => undefined,
      ).next(),
  ],
])("a stream that ends properly and holds nothing is a failure of the service, %s", async (_way, read) => {
  await expect(read()).rejects.toMatchObject({
    code: "service",
    message: expect.stringContaining("ended properly but held no completion"),
  });
});
