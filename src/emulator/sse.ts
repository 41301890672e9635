import type { StreamEvent } from "./exchange.js";

/** Writes a server-sent event as Azure does: its name where it has one, its data, an empty line. */
export function toFrame({ event, data }: Pick<StreamEvent, "event" | "data">): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${data === "[DONE]" ? data : JSON.stringify(data)}\n\n`;
}
