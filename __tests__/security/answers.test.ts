import { closeServices, serve } from "../client/support.js";
import { failureOf } from "../llms/matrix.js";
import { AzureOpenAI } from "../../src/index.js";
import { useCleanEnvironment } from "../support/environment.js";

useCleanEnvironment();
afterEach(closeServices);

// Read again from each of its beginnings, such a page would take hours.
test.each(["<", "<title", "<title>"])(
  "a page of nothing but %s costs no more than its length",
  async (piece) => {
    const service = await serve((response) => {
      response.writeHead(502, { "content-type": "text/html" }).end(piece.repeat(500_000));
    });
    const llm = new AzureOpenAI({
      azureEndpoint: service.origin,
      apiKey: "a-key",
      deploymentName: "d",
      operation: "chat",
      maxRetries: 0,
    });
    expect(await failureOf(llm.invoke("Hello"))).toMatchObject({ code: "service", status: 502 });
  },
);
