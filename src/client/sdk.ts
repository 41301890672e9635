import type { OpenAI } from "openai";

import { ConfigurationError } from "../errors.js";
import type { JsonObject } from "../operations/operation.js";
import type { Transport, WireRequest, WireResponse } from "./wire.js";

/** The `openai` client's own limit on time, which is never to be the one that ends a request. */
const NO_TIMEOUT = 2 ** 31 - 1;

const PARCEL = Symbol("parcel");

/** What the client is told of every answer: nothing. Without a body it can be told again and again. */
let carried: Response | undefined;

/** What travels through the `openai` client unseen by it: everything that may be secret. */
export interface Parcel {
  readonly transport: Transport;
  /** Everything but the body, which the client makes. */
  readonly request: Omit<WireRequest, "body">;
  response?: WireResponse;
  failure?: unknown;
}

interface ParcelInit {
  readonly [PARCEL]?: Parcel;
  readonly redirect?: RequestRedirect;
}

/**
 * Makes the `openai` client, with everything said that it would otherwise take from the environment.
 *
 * It is given no secret, and what it would add to a request (a placeholder key, organisation and project,
 * OPENAI_CUSTOM_HEADERS, its own headers) is not made at all.
 */
export async function createClient(baseURL: string): Promise<OpenAI> {
  const { OpenAI } = await import("openai");
  const headers = new Headers();
  class Client extends OpenAI {
    /** The client's own makes a dozen headers for each request, of which none would leave. */
    override buildRequest(
      ...[{ method, path, body, fetchOptions }]: Parameters<OpenAI["buildRequest"]>
    ): ReturnType<OpenAI["buildRequest"]> {
      const req = { method, headers, body: JSON.stringify(body), ...fetchOptions };
      return Promise.resolve({ req, url: path, timeout: NO_TIMEOUT });
    }
  }
  try {
    return new Client({
      baseURL,
      apiKey: "placeholder",
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: NO_TIMEOUT,
      logLevel: "off",
      fetch: carry,
      // Its warning is about the key, and it has none.
      dangerouslyAllowBrowser: true,
    });
  } catch {
    // Its own message may quote the variable.
    throw new ConfigurationError(
      "The `openai` package could not be set up. It reads OPENAI_CUSTOM_HEADERS, which this package does not use: unset it, or mend it.",
    );
  }
}

/** Sends one request through the client. */
export async function post(
  client: OpenAI,
  url: string,
  body: JsonObject,
  parcel: Parcel,
): Promise<WireResponse> {
  const fetchOptions: ParcelInit = { [PARCEL]: parcel, redirect: "manual" };
  try {
    await client.post(url, { body, fetchOptions }).asResponse();
  } catch (error) {
    // The client wraps what `fetch` throws, and forgets it when it looks like a time-out.
    throw parcel.failure ?? error;
  }
  if (parcel.response === undefined) throw new Error("The `openai` client did not call its `fetch`.");
  return parcel.response;
}

/**
 * The `fetch` of the client: sends exactly the headers that were computed, and no others.
 *
 * The answer itself does not go through the client, which would read refusals its own way.
 */
async function carry(_url: unknown, init?: ParcelInit & { readonly body?: unknown }): Promise<Response> {
  const parcel = init?.[PARCEL];
  const body = init?.body;
  if (parcel === undefined || typeof body !== "string") throw new Error("Not a request of this package.");
  try {
    parcel.response = await parcel.transport({ ...parcel.request, body });
  } catch (error) {
    parcel.failure = error;
    throw error;
  }
  return (carried ??= new Response(null, { status: 204 }));
}
