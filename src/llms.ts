import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import { BaseLLM } from "@langchain/core/language_models/llms";
import type { GenerationChunk, LLMResult } from "@langchain/core/outputs";
import {
  ensureConfig,
  type Runnable,
  type RunnableBatchOptions,
  type RunnableConfig,
} from "@langchain/core/runnables";
import type { IterableReadableStream } from "@langchain/core/utils/stream";

import { createConnections } from "./client/connections.js";
import { systemClock } from "./dispatch/clock.js";
import { Dispatcher } from "./dispatch/dispatcher.js";
import type { Work } from "./dispatch/work.js";
import { openStream } from "./langchain/open-stream.js";
import { namePrompt, PLACE, type PlaceOption, runBatch, SharedRequests } from "./langchain/batch.js";
import { ASKED, type AskedOption, CopyingCache, placeCachedAnswers, toCacheKey } from "./langchain/cache.js";
import { HeaderHidingBinding, hideHeaders, revealHeaders } from "./langchain/call-headers.js";
import { assertNotFiltered, type Served, toResult, toResultPerPrompt } from "./langchain/generation.js";
import { assertInputs, assertPrompts, readInput } from "./langchain/prompt.js";
import {
  fromSerializedKwargs,
  LOAD_ALIASES,
  SERIALIZED_NAMESPACE,
  toSerializedKwargs,
} from "./langchain/serialization.js";
import { collectStream, streamChunks } from "./langchain/streaming.js";
import { type LastServed, toTraceMetadata } from "./langchain/trace.js";
import { toIdentity, toPrinted, toView, type View } from "./langchain/view.js";
import { operations } from "./operations/operations.js";
import { checkBatch, checkTimeout } from "./settings/call-limits.js";
import { isObject } from "./settings/check.js";
import type { AzureOpenAICallOptions, AzureOpenAIInput } from "./settings/options.js";
import { assertStreamable, resolveCall, type ResolvedCall, resolveSettings } from "./settings/resolve.js";
import type { Access, Settings } from "./settings/settings.js";
import { countTokens } from "./tokens/count.js";

type CallOptions = AzureOpenAICallOptions;
type Options = Partial<CallOptions> & PlaceOption & AskedOption;

/** So many prompts of a batch are on their way to a request, beside those in one. */
const AHEAD = 256;

/**
 * An LLM of LangChain for any deployment of Azure OpenAI: a prompt string in, text out.
 *
 * What is not given is read from the environment (`AZURE_OPENAI_ENDPOINT`, `AZURE_OPENAI_API_KEY`,
 * `OPENAI_API_VERSION` and others; see {@link AzureOpenAIInput}). The constructor throws a
 * `ConfigurationError` that says what is missing or wrong and each way to mend it; it opens no
 * connection and fetches no token.
 *
 * @example
 * ```ts
 * import { AzureOpenAI } from "langchain-azure-openai";
 *
 * const llm = new AzureOpenAI({ deploymentName: "gpt-35-turbo-instruct-0914" });
 * console.log(await llm.invoke("Tell me a joke"));
 * ```
 */
export class AzureOpenAI extends BaseLLM<CallOptions> {
  /** The name under which both LangChains serialise the class, whatever a bundler calls it. */
  static override lc_name(): string {
    return "AzureOpenAI";
  }

  override lc_serializable = true;
  override lc_namespace = SERIALIZED_NAMESPACE;
  /** What the options and the environment came to; frozen, and without anything secret. */
  readonly settings: Settings;
  readonly #accesses: readonly Access[];
  #dispatcher: Dispatcher | undefined;
  #turn: SharedRequests | undefined;
  #last: LastServed = {};

  constructor(fields: AzureOpenAIInput = {}) {
    const { base, settings, accesses } = resolveSettings(
      isObject(fields) ? fromSerializedKwargs(fields) : fields,
    );
    super(base);
    if (base.name !== undefined) this.name = base.name;
    this.settings = settings;
    this.#accesses = accesses;
  }

  override _llmType(): "azure" {
    return "azure";
  }

  // What it is, shown

  /** The parameters that printing shows, as an object. */
  identifyingParams(): View {
    return toView(this.settings);
  }

  override _identifyingParams(): Record<string, unknown> {
    return { ...toIdentity(this.settings) };
  }

  /** The parameters of a call as printing shows them: the call's over the constructor's. */
  override invocationParams(options?: this["ParsedCallOptions"]): View {
    return toView(this.settings, this.#resolve(options).parameters);
  }

  /** The class and, after `Params: `, its parameters as JSON; nothing secret is among them. */
  override toString(): string {
    return toPrinted(AzureOpenAI.lc_name(), this.settings);
  }

  /** What `console.log` shows in Node and Bun. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What `console.log` shows in Deno. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  // Saved and loaded

  override get lc_aliases(): Record<string, string> {
    return { ...LOAD_ALIASES };
  }

  override get lc_serializable_keys(): string[] {
    return [];
  }

  /** LangChain's serialised form, which `load()` reads here and in Python; keys are markers. */
  override toJSON(): ReturnType<BaseLLM["toJSON"]> {
    return {
      lc: 1,
      type: "constructor",
      id: [...SERIALIZED_NAMESPACE, AzureOpenAI.lc_name()],
      kwargs: toSerializedKwargs(this.settings, this.#accesses),
    };
  }

  // Called

  /** Answers one prompt with its text. */
  override async invoke(input: BaseLanguageModelInput, options?: Partial<CallOptions>): Promise<string> {
    return super.invoke(readInput(input), options);
  }

  override _streamIterator(
    input: BaseLanguageModelInput,
    options?: Partial<CallOptions>,
  ): AsyncGenerator<string> {
    return super._streamIterator(readInput(input), options);
  }

  /** Streams one prompt's text, piece by piece as it arrives. */
  override async stream(
    input: BaseLanguageModelInput,
    options?: Partial<CallOptions>,
  ): Promise<IterableReadableStream<string>> {
    checkTimeout(options?.timeout);
    return openStream(ensureConfig(options), (config) => this._streamIterator(input, config));
  }

  override async _generate(
    prompts: string[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<LLMResult> {
    assertPrompts(prompts);
    const served = await this.#askAll(prompts, options, runManager);
    this.#last = served.at(-1) ?? this.#last;
    return toResult(served);
  }

  override _streamResponseChunks(
    prompt: string,
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<GenerationChunk> {
    assertPrompts([prompt]);
    const work = this.#toWork(prompt, options);
    assertStreamable(work.parameters);
    const { [PLACE]: place }: Options = options;
    const shared = place?.take();
    return streamChunks(
      this.#dispatch().stream(shared?.join(work) ?? work),
      this.settings.onContentFilter,
      (text, completion, chunk) =>
        runManager?.handleLLMNewToken(text, { prompt: 0, completion }, undefined, undefined, undefined, {
          chunk,
        }),
      (served) => {
        this.#last = served;
      },
    );
  }

  /**
   * Answers many prompts: they share requests where the operation takes several, and requests run side by side.
   *
   * @param inputs - the prompts.
   * @param options - the call options of all, or an array with those of each; `onProgress` tells how far it has come.
   * @param batchOptions - with `returnExceptions: true` a prompt that fails is an `Error` in its place; without, the
   * first failure ends the batch.
   * @returns the texts, in the order of the prompts.
   */
  override batch(
    inputs: BaseLanguageModelInput[],
    options?: Partial<CallOptions> | Partial<CallOptions>[],
    batchOptions?: RunnableBatchOptions & { returnExceptions?: false },
  ): Promise<string[]>;
  override batch(
    inputs: BaseLanguageModelInput[],
    options?: Partial<CallOptions> | Partial<CallOptions>[],
    batchOptions?: RunnableBatchOptions,
  ): Promise<(string | Error)[]>;
  override async batch(
    inputs: BaseLanguageModelInput[],
    options: Partial<CallOptions> | Partial<CallOptions>[] = {},
    batchOptions: RunnableBatchOptions = {},
  ): Promise<(string | Error)[]> {
    assertInputs(inputs);
    const configOf = this.#toConfigs(options, inputs.length);
    const first: Partial<CallOptions> = inputs.length === 0 ? {} : configOf(0);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- LangChain's own batch still takes it
    const limit = first.maxConcurrency ?? batchOptions.maxConcurrency;
    checkBatch({ maxConcurrency: limit, onProgress: first.onProgress });
    const { batchSize, maxConcurrency } = this.settings;
    return runBatch<Options>({
      size: inputs.length,
      // Enough for the requests that may go next, and no more than keeps them coming.
      ahead: Math.max(batchSize, Math.min(AHEAD, batchSize * Math.min(limit ?? Infinity, maxConcurrency))),
      returnExceptions: batchOptions.returnExceptions ?? false,
      onProgress: first.onProgress,
      openGroup: () =>
        this.#dispatch().openGroup({
          expected: inputs.length,
          ...(limit !== undefined && { maxConcurrency: limit }),
        }),
      configOf,
      invoke: (index, config) => this.invoke(readInput(inputs[index], index), config),
    });
  }

  /** The model with call options that every call gets; headers among them are hidden from callbacks. */
  override withConfig(config: Partial<CallOptions>): Runnable<BaseLanguageModelInput, string, CallOptions> {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- as LangChain's own binding is made
    return new HeaderHidingBinding({ bound: this, config: hideHeaders(config), kwargs: {} });
  }

  /** Counts the tokens of a text offline, with the encoding of `model`, or of the model that last answered. */
  override async getNumTokens(content: Parameters<BaseLLM["getNumTokens"]>[0]): Promise<number> {
    const text =
      typeof content === "string"
        ? content
        : content.map((part) => (part.type === "text" ? String(part["text"]) : "")).join("");
    return countTokens(text, this.settings.model ?? this.#last.model);
  }

  override _flattenLLMResult(result: LLMResult): LLMResult[] {
    return toResultPerPrompt(result);
  }

  override _getSerializedCacheKeyParametersForCall(options: CallOptions): string {
    return toCacheKey(this.settings, this.#resolve(options).parameters);
  }

  override async _generateCached(call: Parameters<BaseLLM["_generateCached"]>[0]) {
    const cached = await super._generateCached({ ...call, cache: new CopyingCache(call.cache) });
    const options = call.parsedOptions as Options; // LangChain has it as `any`
    options[ASKED] = cached.missingPromptIndices;
    return placeCachedAnswers(call.prompts.length, cached);
  }

  /** Adds what tracers look for to a call's metadata, and hides a call's headers from them. */
  protected override _separateRunnableConfigFromCallOptionsCompat(
    options?: Partial<CallOptions>,
  ): [RunnableConfig, this["ParsedCallOptions"]] {
    checkTimeout(options?.timeout);
    const [config, visible] = super._separateRunnableConfigFromCallOptionsCompat(options);
    const callOptions = hideHeaders(visible);
    const { parameters } = this.#resolve(callOptions);
    config.metadata = { ...toTraceMetadata(this.settings, parameters, this.#last), ...config.metadata };
    return [config, callOptions];
  }

  // One prompt or several, asked

  async #askAll(
    prompts: readonly string[],
    options: Options,
    runManager: CallbackManagerForLLMRun | undefined,
  ): Promise<Served[]> {
    const shared = options[PLACE]?.take() ?? this.#share(prompts.length);
    const askOne = async (text: string, index: number): Promise<Served> => {
      const work = this.#toWork(text, options);
      const joined = shared?.join(work) ?? work;
      try {
        return await (this.settings.streaming ? this.#stream(joined, index, runManager) : this.#ask(joined));
      } catch (error) {
        namePrompt(error, options[ASKED]?.[index] ?? index);
        throw error;
      }
    };
    try {
      return await Promise.all(prompts.map(askOne));
    } catch (error) {
      if (prompts.length > 1) shared?.end();
      throw error;
    }
  }

  async #ask(work: Work): Promise<Served> {
    const served = await this.#dispatch().submit(work);
    if (this.settings.onContentFilter === "throw") assertNotFiltered(served);
    return served;
  }

  #stream(work: Work, prompt: number, runManager: CallbackManagerForLLMRun | undefined): Promise<Served> {
    return collectStream(
      this.#dispatch().stream(work),
      this.settings.onContentFilter,
      (text, completion, chunk) =>
        runManager?.handleLLMNewToken(text, { prompt, completion }, undefined, undefined, undefined, {
          chunk,
        }),
    );
  }

  /** The requests that a call's prompts share: with each other, or with the calls of the same turn. */
  #share(prompts: number): SharedRequests | undefined {
    if (prompts > 1) return new SharedRequests(this.#dispatch().openGroup({ expected: prompts }));
    if (!this.settings.coalesce) return undefined;
    if (this.#turn === undefined) {
      this.#turn = new SharedRequests(this.#dispatch().openGroup({}));
      systemClock.defer(() => {
        this.#turn = undefined;
      });
    }
    return this.#turn;
  }

  #toWork(prompt: string, options: Options): Work {
    const { parameters, priority, headers, signal, maxRetries } = this.#resolve(options);
    return Object.freeze({
      // So that nobody's `Object.prototype.headers` are taken for the call's.
      __proto__: null,
      prompt,
      parameters,
      priority,
      alone: parameters.maxTokens === -1,
      ...(headers !== undefined && { headers }),
      ...(signal !== undefined && { signal }),
      ...(maxRetries !== undefined && { maxRetries }),
    });
  }

  #resolve(options: object | undefined): ResolvedCall {
    return resolveCall(options && revealHeaders(options), this.settings);
  }

  /** The configs of a batch's inputs; those of one config are made as they are needed. */
  #toConfigs(
    options: Partial<CallOptions> | Partial<CallOptions>[],
    inputs: number,
  ): (index: number) => Partial<CallOptions> {
    // JavaScript may leave out some of the options in an array.
    const each: readonly (Partial<CallOptions> | undefined)[] = [options].flat();
    for (const one of each) checkTimeout(one?.timeout);
    if (Array.isArray(options)) {
      const configs = this._getOptionsList(options, inputs);
      return (index) => configs[index] ?? {};
    }
    const { runId, ...shared } = ensureConfig(options);
    return (index) => (index === 0 && runId !== undefined ? { ...shared, runId } : shared);
  }

  /** Made at the first call: most of a process's instances are never called. */
  #dispatch(): Dispatcher {
    this.#dispatcher ??= new Dispatcher({
      deployments: this.settings.deployments,
      connections: createConnections(this.settings.deployments, this.#accesses),
      operations,
      settings: this.settings,
    });
    return this.#dispatcher;
  }
}
