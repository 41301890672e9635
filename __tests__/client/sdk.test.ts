import { OpenAI } from "openai";

import { createClient, post } from "../../src/client/sdk.js";
import type { Parcel } from "../../src/client/sdk.js";
import { failureOf } from "./support.js";

const url = "http://127.0.0.1:1/completions";

/** What a request is sent with, and whether it was. */
function parcel(): Parcel & { readonly sent: readonly unknown[] } {
  const sent: unknown[] = [];
  return {
    sent,
    transport: async (request) => {
      sent.push(request);
      throw new Error("It went out.");
    },
    request: { url: new URL(url), headers: {}, signal: new AbortController().signal },
  };
}

test("the `openai` client carries requests of this package and no others", async () => {
  const client = await createClient("http://127.0.0.1:1");
  const error = await failureOf(client.get(url).asResponse());
  expect((error.cause as Error).message).toBe("Not a request of this package.");
});

test("a body that cannot be written fails as itself, and nothing is sent", async () => {
  const unsent = parcel();
  const client = await createClient("http://127.0.0.1:1");
  const error = await failureOf(post(client, url, { seed: 1n }, unsent));
  expect(error.message).toContain("BigInt");
  expect(unsent.sent).toEqual([]);
});

test("an `openai` client that goes its own way is found out", async () => {
  const other = new OpenAI({ apiKey: "x", fetch: async () => new Response(null, { status: 204 }) });
  const unsent = parcel();
  const error = await failureOf(post(other, url, {}, unsent));
  expect(error.message).toBe("The `openai` client did not call its `fetch`.");
});
