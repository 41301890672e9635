import type { Reply } from "./exchange.js";
import { isObject, type JsonObject } from "./parameters.js";
import type { TransportFault } from "./faults.js";

type ChoiceFault = Extract<TransportFault, { kind: "bad-choices" }>["how"];

/** Takes the token usage out of an answer. */
export function withoutUsage(reply: Reply): Reply {
  if (reply.kind === "json") return { ...reply, value: dropUsage(reply.value) };
  const events = reply.events
    .filter(({ data }) => data === "[DONE]" || !isUsageChunk(data))
    .map((event) => (event.data === "[DONE]" ? event : { ...event, data: dropUsage(event.data) }));
  return { ...reply, events };
}

function isUsageChunk(data: JsonObject): boolean {
  const choices = data["choices"];
  return isObject(data["usage"]) && Array.isArray(choices) && choices.length === 0;
}

function dropUsage(data: JsonObject): JsonObject {
  const rest = Object.fromEntries(Object.entries(data).filter(([name]) => name !== "usage"));
  return isObject(rest["response"]) ? { ...rest, response: dropUsage(rest["response"]) } : rest;
}

/** Spoils the choices of an answer that is not streamed. */
export function withBadChoices(reply: Reply, how: ChoiceFault): Reply {
  if (reply.kind !== "json") return reply;
  const choices = reply.value["choices"];
  if (!Array.isArray(choices)) return reply;
  return { ...reply, value: { ...reply.value, choices: spoil(choices, how) } };
}

function spoil(choices: readonly unknown[], how: ChoiceFault): readonly unknown[] {
  switch (how) {
    case "missing":
      return choices.slice(0, -1);
    case "doubled":
      return [...choices, ...choices.slice(0, 1)];
    case "out-of-order":
      return choices.toReversed();
    case "out-of-range":
      return choices.map((choice: unknown, index) =>
        isObject(choice) && index === choices.length - 1 ? { ...choice, index: choices.length } : choice,
      );
  }
}
