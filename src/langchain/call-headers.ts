import { type Runnable, RunnableBinding, type RunnableConfig } from "@langchain/core/runnables";

/**
 * A call's own headers, which may hold a key: LangChain hands call options to every callback and
 * tracer, and they see a placeholder.
 */
class CallHeaders {
  readonly #headers: unknown;

  constructor(headers: unknown) {
    this.#headers = headers;
  }

  /** The headers as the caller gave them, for the request alone. */
  reveal(): unknown {
    return this.#headers;
  }

  toString(): string {
    return "[call headers]";
  }

  toJSON(): string {
    return this.toString();
  }
}

interface MayHaveHeaders {
  readonly __proto__?: null;
  headers?: unknown;
  options?: unknown;
}

/** Changes the headers of a call's options in both places that may have them; the rest stays. */
function mapHeaders<Options extends object>(options: Options, map: (headers: unknown) => unknown): Options {
  // Without a prototype, on which anybody may have put something.
  const { headers, options: nested }: MayHaveHeaders = { __proto__: null, ...options };
  const changed: Options & MayHaveHeaders = { ...options };
  if (headers !== undefined) changed.headers = map(headers);
  if (typeof nested === "object" && nested !== null && Object.hasOwn(nested, "headers")) {
    const { headers: inner }: MayHaveHeaders = nested;
    changed.options = { ...nested, headers: map(inner) };
  }
  return changed;
}

/** The same options with their headers wrapped. */
export function hideHeaders<Options extends object>(options: Options): Options {
  return mapHeaders(options, (headers) =>
    headers instanceof CallHeaders ? headers : new CallHeaders(headers),
  );
}

/** The same options with their headers as the caller gave them. */
export function revealHeaders<Options extends object>(options: Options): Options {
  return mapHeaders(options, (headers) => (headers instanceof CallHeaders ? headers.reveal() : headers));
}

/** A model with call options that every call gets, which hides the headers that are bound to it later, too. */
export class HeaderHidingBinding<Input, Output, Options extends RunnableConfig> extends RunnableBinding<
  Input,
  Output,
  Options
> {
  /** It is written and loaded as what it extends. */
  override get lc_id(): string[] {
    return [...this.lc_namespace, RunnableBinding.lc_name()];
  }

  override withConfig(config: Partial<Options>): Runnable<Input, Output, Options> {
    return super.withConfig(hideHeaders(config));
  }
}
