import { present } from "../present.js";
import type { Answer, Chunk } from "./operation.js";

/** A whole answer to one prompt as the pieces of a stream, which is what a gateway that does not stream gives. */
export function toChunks({ choices, usage, ...identity }: Answer): readonly Chunk[] {
  const pieces = (choices[0] ?? []).map((choice, index): Chunk => ({ index, ...choice, ...identity }));
  return pieces.map((piece, place) =>
    place === pieces.length - 1 ? { ...piece, ...present({ usage }) } : piece,
  );
}
