import {
  AuthenticationError,
  type AzureOpenAIErrorCode,
  AzureOpenAIError,
  ConfigurationError,
  ConnectionError,
  type ContentFilterCategories,
  ContentFilterError,
  ContextLengthError,
  DeploymentNotFoundError,
  InterruptedStreamError,
  InvalidRequestError,
  OperationNotSupportedError,
  PermissionError,
  RateLimitError,
  ServiceError,
  TimeoutError,
} from "langchain-azure-openai";
import { describe, expect, test } from "tstyche";

declare const caught: unknown;

describe("isInstance", () => {
  test("makes of what was caught an error of this package", () => {
    if (!AzureOpenAIError.isInstance(caught)) return;
    expect(caught).type.toBe<AzureOpenAIError>();
    expect(caught).type.toBeAssignableTo<Error>();
    expect(caught.code).type.toBe<AzureOpenAIErrorCode>();
    expect(caught.status).type.toBe<number | undefined>();
    expect(caught.requestId).type.toBe<string | undefined>();
    expect(caught.retryAfterMs).type.toBe<number | undefined>();
    expect(caught.help).type.toBe<string>();
  });

  test("of a class makes an error of that class", () => {
    if (ContentFilterError.isInstance(caught)) {
      expect(caught.categories).type.toBe<ContentFilterCategories>();
      expect(caught.source).type.toBe<"prompt" | "completion">();
      expect(caught.partialText).type.toBe<string | undefined>();
    }
    if (InterruptedStreamError.isInstance(caught)) expect(caught.partialText).type.toBe<string>();
    if (TimeoutError.isInstance(caught)) expect(caught.scope).type.toBe<"attempt" | "idle" | "total">();
  });
});

describe("the code", () => {
  test("is one of thirteen, so that a switch over it can be complete", () => {
    expect<AzureOpenAIErrorCode>().type.toBe<
      | "configuration"
      | "authentication"
      | "permission"
      | "deployment_not_found"
      | "operation_not_supported"
      | "invalid_request"
      | "context_length"
      | "content_filter"
      | "rate_limit"
      | "timeout"
      | "connection"
      | "interrupted_stream"
      | "service"
    >();
  });

  test("is each class's own", () => {
    expect(ConfigurationError.code).type.toBe<"configuration">();
    expect(AuthenticationError.code).type.toBe<"authentication">();
    expect(PermissionError.code).type.toBe<"permission">();
    expect(DeploymentNotFoundError.code).type.toBe<"deployment_not_found">();
    expect(OperationNotSupportedError.code).type.toBe<"operation_not_supported">();
    expect(InvalidRequestError.code).type.toBe<"invalid_request">();
    expect(ContextLengthError.code).type.toBe<"context_length">();
    expect(ContentFilterError.code).type.toBe<"content_filter">();
    expect(RateLimitError.code).type.toBe<"rate_limit">();
    expect(TimeoutError.code).type.toBe<"timeout">();
    expect(ConnectionError.code).type.toBe<"connection">();
    expect(InterruptedStreamError.code).type.toBe<"interrupted_stream">();
    expect(ServiceError.code).type.toBe<"service">();
  });

  test("tells errors of several classes apart", () => {
    const error = caught as ContentFilterError | RateLimitError | TimeoutError;
    if (error.code === "content_filter") expect(error).type.toBe<ContentFilterError>();
    if (error.code === "rate_limit") expect(error).type.toBe<RateLimitError>();
    if (error.code === "timeout") expect(error).type.toBe<TimeoutError>();
  });
});
