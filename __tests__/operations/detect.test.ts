import {
  DeploymentNotFoundError,
  InvalidRequestError,
  OperationNotSupportedError,
} from "../../src/errors.js";
import type { AzureOpenAIError, ServiceMessage } from "../../src/errors.js";
import { candidates, lessonOf, plainDialect, refusedOption } from "../../src/operations/detect.js";
import type { OperationName, Parameters } from "../../src/settings/settings.js";

function refusal(service: ServiceMessage, status = 400): AzureOpenAIError {
  return new InvalidRequestError("refused", { status, service });
}

const LIMIT = refusal({
  message:
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  param: "max_tokens",
  code: "unsupported_parameter",
});
const TEMPERATURE = refusal({
  message:
    "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
  param: "temperature",
  code: "unsupported_value",
});

describe("the order of asking", () => {
  const all = ["chat", "responses", "completions"];
  const legacy = ["completions", "chat", "responses"];
  test.each([
    [{ deploymentName: "prod" }, all],
    [{}, all],
    [{ deploymentName: "gpt-35-turbo-instruct-0914" }, legacy],
    [{ deploymentName: "prod", model: "gpt-35-turbo-INSTRUCT" }, legacy],
    [{ deploymentName: "my-davinci-002" }, legacy],
    [{ deploymentName: "babbage" }, legacy],
  ])("for %j is %j", (deployment, order) => {
    expect(candidates({ operation: "auto", ...deployment })).toEqual(order);
  });

  test("is the caller's own choice where there is one", () => {
    expect(candidates({ operation: "responses", deploymentName: "instruct" })).toEqual(["responses"]);
  });
});

describe("another operation is asked after", () => {
  test.each<[string, AzureOpenAIError]>([
    [
      "OperationNotSupported",
      refusal({
        code: "OperationNotSupported",
        message: "The completion operation does not work with the specified model, gpt-4o.",
      }),
    ],
    [
      "a 404 of an unknown route",
      new DeploymentNotFoundError("?", {
        status: 404,
        service: { code: "404", message: "Resource not found" },
      }),
    ],
    ["a 404 without a body", new DeploymentNotFoundError("?", { status: 404 })],
    ["a 405", refusal({}, 405)],
    [
      "a dated API from before responses",
      refusal({
        code: "BadRequest",
        message: "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later",
      }),
    ],
  ])("%s", (_, error) => {
    expect(lessonOf(error, "responses", {}, plainDialect)).toEqual({ kind: "operation" });
  });

  test.each<[string, AzureOpenAIError]>([
    [
      "an unknown deployment",
      new DeploymentNotFoundError("?", {
        status: 404,
        service: { code: "DeploymentNotFound", message: "none" },
      }),
    ],
    [
      "a model that wants a newer api-version",
      refusal({
        code: "BadRequest",
        message: "Model {modelName} is enabled only for api versions 2024-12-01-preview and later",
      }),
    ],
    ["an api-version on the v1 route", refusal({ code: "BadRequest", message: "API version not supported" })],
    [
      "a filtered prompt",
      refusal({ code: "content_filter", param: "prompt", message: "The response was filtered" }),
    ],
    ["a quota", refusal({ code: "429", message: "Unsupported parameter: 'temperature'" }, 429)],
    ["a refusal without a word", refusal({})],
  ])("but not after %s, which teaches nothing", (_, error) => {
    for (const operation of ["completions", "chat", "responses"] as const) {
      expect(lessonOf(error, operation, { temperature: 1 }, plainDialect)).toBeUndefined();
      expect(refusedOption(error, operation, { temperature: 1 })).toBeUndefined();
    }
  });
});

describe("the limit of new tokens", () => {
  test("takes the name that the service proposes", () => {
    expect(lessonOf(LIMIT, "chat", { maxTokens: 5 }, plainDialect)).toEqual({
      kind: "dialect",
      dialect: { ...plainDialect, maxTokensField: "max_completion_tokens" },
    });
  });

  test("takes the newer name on chat where the service proposes none", () => {
    const error = refusal({ message: "Unrecognized request argument supplied: max_tokens" });
    expect(lessonOf(error, "chat", { maxTokens: 5 }, plainDialect)).toMatchObject({
      dialect: { maxTokensField: "max_completion_tokens" },
    });
  });

  test("is renamed once, so that the lessons come to an end", () => {
    const dialect = { ...plainDialect, maxTokensField: "max_completion_tokens" };
    const back = refusal({
      message:
        "Unsupported parameter: 'max_completion_tokens' is not supported with this model. Use 'max_tokens' instead.",
      param: "max_completion_tokens",
      code: "unsupported_parameter",
    });
    expect(lessonOf(back, "chat", { maxTokens: 5 }, dialect)).toBeUndefined();
    expect(refusedOption(back, "chat", { maxTokens: 5 })?.message).toContain("`maxTokens`");
  });

  test("is not renamed to what is no such name", () => {
    const error = refusal({ message: "Unsupported parameter: 'max_tokens'. Use 'messages' instead." });
    expect(lessonOf(error, "chat", { maxTokens: 5 }, plainDialect)).toBeUndefined();
  });
});

describe("a refused field", () => {
  test("that held only a default is left out from then on", () => {
    const lesson = lessonOf(TEMPERATURE, "completions", {}, plainDialect);
    expect(lesson).toEqual({
      kind: "dialect",
      dialect: { refused: new Set(["temperature"]), streamUsage: true },
    });
    expect(plainDialect.refused.size).toBe(0);
  });

  test("is no lesson when it was not sent", () => {
    const dialect = { ...plainDialect, refused: new Set(["temperature"]) };
    expect(lessonOf(TEMPERATURE, "completions", {}, dialect)).toBeUndefined();
    expect(lessonOf(TEMPERATURE, "chat", {}, plainDialect)).toBeUndefined();
    expect(refusedOption(TEMPERATURE, "chat", {})).toBeUndefined();
  });

  test.each<[string, ServiceMessage, OperationName, Parameters, string]>([
    ["temperature", TEMPERATURE.service ?? {}, "chat", { temperature: 0 }, "temperature"],
    [
      "echo, named in a list",
      {
        code: "BadRequest",
        message:
          "logprobs, best_of and echo parameters are not available on gpt-35-turbo model. Please remove the parameter and try again.",
      },
      "completions",
      { echo: true },
      "echo",
    ],
    [
      "the log probabilities' number",
      {
        code: "unsupported_parameter",
        param: "top_logprobs",
        message: "Unsupported parameter: 'top_logprobs'",
      },
      "chat",
      { logprobs: 2 },
      "logprobs",
    ],
    [
      "the role of the system message",
      {
        code: "unsupported_value",
        param: "messages[0].role",
        message: "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
      },
      "chat",
      { systemMessage: "Be brief" },
      "systemMessage",
    ],
    [
      "a field of modelKwargs",
      {
        code: "unknown_parameter",
        param: "reasoning.effort",
        message: "Unknown parameter: 'reasoning.effort'.",
      },
      "responses",
      { modelKwargs: { reasoning: { effort: "low" } } },
      "modelKwargs.reasoning",
    ],
    [
      "stop, by the message alone",
      { message: "Unsupported parameter: 'stop' is not supported with this model." },
      "chat",
      { stop: ["x"] },
      "stop",
    ],
  ])("that the caller set is an error: %s", (_, service, operation, parameters, option) => {
    const cause = refusal(service);
    expect(lessonOf(cause, operation, parameters, plainDialect)).toBeUndefined();
    const error = refusedOption(cause, operation, parameters);
    expect(error).toBeInstanceOf(OperationNotSupportedError);
    expect(error).toMatchObject({ status: 400, cause, service });
    expect(error?.message).toContain(`\`${option}\``);
    expect(error?.message).toContain(operation);
    expect(error?.message).toContain("out");
  });
});

describe("usage in streams", () => {
  test.each<ServiceMessage>([
    { message: "Unrecognized request argument supplied: stream_options" },
    {
      message:
        "Unrecognized request argument supplied: stream_options. Please contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 for further questions.",
    },
    { message: "Unknown parameter: 'stream_options'.", param: "stream_options", code: "unknown_parameter" },
    {
      message: "Unknown parameter: 'stream_options.include_usage'.",
      param: "stream_options.include_usage",
      code: "unknown_parameter",
    },
    { message: '{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"]}]}' },
    { message: "Validation: [Extra inputs are not permitted]", param: "stream_options" },
  ])("is not asked for any more after %j", (service) => {
    const lesson = lessonOf(refusal(service), "completions", {}, plainDialect);
    expect(lesson).toEqual({ kind: "dialect", dialect: { ...plainDialect, streamUsage: false } });
    expect(
      lessonOf(refusal(service), "completions", {}, { ...plainDialect, streamUsage: false }),
    ).toBeUndefined();
  });
});

describe("a refusal", () => {
  const service = { code: "unsupported_value", param: "temperature", message: "No." };

  test("of a gateway that checks bodies itself, 422, teaches as much as a 400", () => {
    expect(lessonOf(refusal(service, 422), "completions", {}, plainDialect)).toMatchObject({
      dialect: { refused: new Set(["temperature"]) },
    });
    expect(refusedOption(refusal(service, 422), "chat", { temperature: 0 })?.message).toContain("No.");
  });

  test("without a body teaches nothing", () => {
    const error = new InvalidRequestError("refused", { status: 400 });
    expect(lessonOf(error, "completions", { temperature: 0 }, plainDialect)).toBeUndefined();
    expect(refusedOption(error, "completions", { temperature: 0 })).toBeUndefined();
  });

  test("of several options names each, and says where the service gave no reason", () => {
    const both = refusal({ message: "logprobs and echo parameters are not available" });
    expect(refusedOption(both, "completions", { echo: true, logprobs: 1 })?.message).toContain(
      "refuses `logprobs`, `echo` on the completions operation",
    );
    const silent = refusal({ code: "unsupported_value", param: "temperature" });
    expect(refusedOption(silent, "chat", { temperature: 0 })?.message).toContain("it gave no reason");
  });

  test("of an option beside a default is the option's: nothing is left out silently", () => {
    const error = refusal({ message: "temperature and best_of parameters are not available" });
    expect(lessonOf(error, "completions", { bestOf: 2 }, plainDialect)).toBeUndefined();
  });

  test("of stream_options that the caller set is no lesson", () => {
    const error = refusal({ message: "Unknown parameter: 'stream_options'." });
    const parameters = { modelKwargs: { stream_options: {} } };
    expect(lessonOf(error, "chat", parameters, plainDialect)).toBeUndefined();
    expect(refusedOption(error, "chat", parameters)?.message).toContain("`modelKwargs.stream_options`");
  });

  test.each([
    ["completions", "max_tokens", "max_completion_tokens"],
    ["chat", "max_tokens", "max_output_tokens"],
    ["responses", "max_output_tokens", "max_tokens"],
  ] as const)("on %s renames %s to %s where the service proposes it", (operation, from, to) => {
    const error = refusal({ message: `Unsupported parameter: '${from}'. Use '${to}' instead.` });
    expect(lessonOf(error, operation, { maxTokens: 5 }, plainDialect)).toMatchObject({
      dialect: { maxTokensField: to },
    });
  });

  test("that proposes the refused name itself renames nothing", () => {
    const error = refusal({ message: "Unsupported parameter: 'max_tokens'. Use 'max_tokens' instead." });
    expect(lessonOf(error, "chat", { maxTokens: 5 }, plainDialect)).toBeUndefined();
  });

  test("of the default limit on completions leaves it out, since no other name is known there", () => {
    const error = refusal({ message: "Unrecognized request argument supplied: max_tokens" });
    expect(lessonOf(error, "completions", {}, plainDialect)).toEqual({
      kind: "dialect",
      dialect: { refused: new Set(["max_tokens"]), streamUsage: true },
    });
  });

  test("from before the responses operation is about that operation alone", () => {
    const message = "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later";
    expect(lessonOf(refusal({ message }), "chat", {}, plainDialect)).toBeUndefined();
    expect(lessonOf(refusal({ message }, 403), "responses", {}, plainDialect)).toBeUndefined();
  });
});
