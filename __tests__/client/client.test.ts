import {
  ANSWER,
  KEY,
  closeServices,
  connect,
  dated,
  echoOperation,
  json,
  options,
  request,
  responsesLike,
  serve,
  v1,
} from "./support.js";

afterEach(closeServices);

describe("a request", () => {
  test("goes below the deployment with the version on a dated API, the deployment in the body, too", async () => {
    const service = await serve((response) => json(response, ANSWER, 200, { "apim-request-id": "req-7" }));
    const sent = await connect(dated(service.origin)).send(echoOperation, request(), options());
    expect(sent.answer.choices[0]?.[0]?.text).toBe("Ha.");
    expect(sent.report.requestId).toBe("req-7");
    expect(service.seen[0]).toMatchObject({
      method: "POST",
      url: "/openai/deployments/instruct/completions?api-version=2024-10-21",
      body: { model: "instruct", prompt: ["Tell me a joke"] },
    });
    expect(service.seen[0]?.headers["api-key"]).toBe(KEY);
  });
});
