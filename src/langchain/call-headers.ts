/**
 * A call's own headers, which may hold a key: LangChain hands call options to every callback and
 * tracer, and they see a placeholder.
 */
export class CallHeaders {
  readonly #headers: Readonly<Record<string, string>>;

  constructor(headers: Readonly<Record<string, string>>) {
    this.#headers = headers;
  }

  /** The headers themselves, for the request alone. */
  reveal(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  toString(): string {
    return "[call headers]";
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The call options that may carry headers. */
export interface HeaderOptions {
  headers?: Readonly<Record<string, string>> | CallHeaders | undefined;
  options?: { headers?: Readonly<Record<string, string>> | CallHeaders | undefined } | undefined;
}

function hide(headers: Readonly<Record<string, string>> | CallHeaders): CallHeaders {
  return headers instanceof CallHeaders ? headers : new CallHeaders(headers);
}

/** The same options with their headers wrapped. */
export function hideHeaders<Options extends object>(options: Options & HeaderOptions): Options {
  const { headers, options: requestOptions } = options;
  const hidden = { ...options };
  if (headers !== undefined) hidden.headers = hide(headers);
  if (requestOptions?.headers !== undefined) {
    hidden.options = { ...requestOptions, headers: hide(requestOptions.headers) };
  }
  return hidden;
}

function reveal(headers: Readonly<Record<string, string>> | CallHeaders): Readonly<Record<string, string>> {
  return headers instanceof CallHeaders ? headers.reveal() : headers;
}

/** The headers of a call, from either place, unwrapped. */
export function revealHeaders(options: HeaderOptions): Readonly<Record<string, string>> | undefined {
  const { headers, options: requestOptions } = options;
  if (headers === undefined && requestOptions?.headers === undefined) return undefined;
  return { ...reveal(requestOptions?.headers ?? {}), ...reveal(headers ?? {}) };
}
