import type { Annotator } from "./content-filter.js";
import type { Deployment } from "./deployments.js";
import type { JsonObject } from "./parameters.js";
import type { Route } from "./routes.js";
import type { Answerer } from "./text.js";
import type { Tokenizer } from "./tokens.js";

/** What an operation is given to answer one request. */
export interface Exchange {
  readonly body: JsonObject;
  readonly route: Route;
  readonly deployment: Deployment;
  readonly tokenizer: Tokenizer;
  readonly answerer: Answerer;
  readonly filter: Annotator;
  /** Makes an id with this prefix. */
  readonly newId: (prefix: string) => string;
  /** The time of the answer, in seconds since 1970. */
  readonly created: number;
}

/** One server-sent event, sent so many milliseconds after the one before. */
export interface StreamEvent {
  readonly event?: string;
  readonly data: JsonObject | "[DONE]";
  readonly delayMs: number;
}

/** A good answer, before it is put on the wire. */
export type Reply = {
  /** Until the first byte, in milliseconds. */
  readonly delayMs: number;
} & (
  | { readonly kind: "json"; readonly value: JsonObject }
  | { readonly kind: "stream"; readonly events: readonly StreamEvent[] }
);
