import { readConfiguration, readHeaders } from "../../src/settings/configuration.js";
import { refusalOf } from "./resolving.js";

const read = (input: Record<string, unknown>) => readConfiguration(input, "configuration.");

test("headers come as an object, a Headers, or pairs; several values of one are joined", () => {
  const wanted = { "x-a": "1", "x-b": "2, 3" };
  expect(readHeaders({ "X-A": " 1 ", "x-b": ["2", "3"], "x-c": null, "x-d": undefined }, "h")).toEqual(
    wanted,
  );
  expect(
    readHeaders(
      new Headers([
        ["X-A", "1"],
        ["x-b", "2"],
        ["x-b", "3"],
      ]),
      "h",
    ),
  ).toEqual(wanted);
  expect(
    readHeaders(
      [
        ["X-A", "1"],
        ["x-b", ["2", "3"]],
      ],
      "h",
    ),
  ).toEqual(wanted);
  expect(readHeaders(null, "h")).toEqual({});
});

test("a header may be called entries or append", () => {
  expect(readHeaders({ entries: "1", append: "2" }, "h")).toEqual({ entries: "1", append: "2" });
});

test.each([
  ["text", "must be an object, a Headers or an array of pairs, not a string"],
  [[["x-a"]], "a pair of a header's name and value"],
  [[[1, "2"]], "is not one that HTTP allows"],
  [{ "x a": "1" }, "is not one that HTTP allows"],
  [{ "x-a": 1 }, "must be a string, not 1"],
  [{ "x-a": ["1", 2] }, "must be a string, not an array of 2"],
])("%j is refused: it %s", (headers, message) => {
  expect(refusalOf(() => readHeaders(headers, "h"))).toContain(message);
});

test("a query's numbers and switches are texts, and what is absent is left out", () => {
  const defaultQuery = { a: 1, b: false, c: "x", d: null, e: undefined };
  expect(read({ defaultQuery }).query).toEqual({ a: "1", b: "false", c: "x" });
  expect(read({ defaultQuery: null }).query).toEqual({});
  expect(refusalOf(() => read({ defaultQuery: "a=1" }))).toContain(
    "`configuration.defaultQuery` must be an object, not a string",
  );
});

test("parts that are null or undefined are absent, whatever they are called", () => {
  const absent = { fetch: null, fetchOptions: undefined, baseURL: null, apiKey: undefined, timeout: null };
  expect(read(absent)).toEqual({ headers: {}, query: {} });
  expect(Object.keys(read({ defaultQuery: { a: "1" } }))).toEqual(["headers", "query"]);
});

test("a part that is not known is named, and what it may have been", () => {
  expect(refusalOf(() => read({ defaultHeader: {} }))).toContain(
    '"defaultHeader" is not a part of `configuration`. Did you mean `defaultHeaders`?',
  );
  expect(refusalOf(() => read(JSON.parse('{ "__proto__": null }') as Record<string, unknown>))).toContain(
    '"__proto__" is not a part of `configuration`',
  );
});

test.each([[{}], [null], [undefined]])(
  "`fetchOptions.headers` of %j say nothing, and are no error",
  (headers) => {
    expect(read({ fetchOptions: { headers } }).fetchOptions).toEqual({ headers });
  },
);

test.each([[{ "x-a": "1" }], [[["x-a", "1"]]], [new Headers({ "x-a": "1" })]])(
  "`fetchOptions.headers` of %j would not be sent, and are an error",
  (headers) => {
    expect(refusalOf(() => read({ fetchOptions: { headers } }))).toContain(
      "`configuration.fetchOptions.headers` is not sent",
    );
  },
);

test.each([
  "Connection",
  "content-length",
  "Expect",
  "HOST",
  "keep-alive",
  "te",
  "Trailer",
  "transfer-encoding",
  "upgrade",
])("the header %s belongs to the connection, and is refused", (name) => {
  expect(refusalOf(() => readHeaders({ [name]: "x" }, "h"))).toContain(
    `The header \`${name}\` in \`h\` belongs to the connection`,
  );
});

test("a URLSearchParams is a query, too, with all that a name holds", () => {
  const defaultQuery = new URLSearchParams("a=1&b=2&a=3");
  expect(read({ defaultQuery }).query).toEqual({ a: ["1", "3"], b: "2" });
});

test.each([
  "dangerouslyAllowBrowser",
  "logLevel",
  "logger",
  "organization",
  "project",
  "adminAPIKey",
  "webhookSecret",
])("%s of the openai client is no error, and has no effect", (name) => {
  expect(read({ [name]: "x" })).toEqual({ headers: {}, query: {} });
});

test.each([
  ["apiKey", "apiKey"],
  ["azureADTokenProvider", "azureADTokenProvider"],
  ["apiVersion", "apiVersion"],
  ["endpoint", "azureEndpoint"],
  ["deployment", "deploymentName"],
  ["timeout", "timeout"],
  ["maxRetries", "maxRetries"],
])("%s of the openai client has a place beside `configuration`: %s", (name, option) => {
  expect(refusalOf(() => read({ [name]: "x" }))).toContain(
    `\`configuration.${name}\` has no effect there. Set \`${option}\` beside`,
  );
});
