import fc from "fast-check";

/** A text that any option or prompt can be. */
export const words = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
  fc.constantFrom("größer 日本語", "👩‍🚀", 'a "quoted" word', "two\nlines", "</script>", "\u2028"),
);
const name = fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/).filter((text) => !/^\.{1,2}$/.test(text));
const version = fc.constantFrom("2024-10-21", "2025-04-01-preview", "v1", "preview", undefined);
const place = fc.oneof(
  fc.record({
    azureEndpoint: fc.constantFrom(
      "https://res.openai.azure.com",
      "https://res.openai.azure.com/openai/v1/",
      "https://res.openai.azure.us/",
      "http://127.0.0.1:8080",
      "https://gw.example/team-a",
    ),
    apiVersion: version,
  }),
  fc.record({ instanceName: fc.constantFrom("res", "my-resource-2"), apiVersion: version }),
  fc.record({
    baseURL: fc.constantFrom("https://gw.example/llm/v1", "http://localhost:4000"),
    apiVersion: fc.constantFrom("2024-10-21", undefined),
  }),
  fc.record({
    azureOpenAIBasePath: fc.constantFrom(
      "https://gw.example/x/deployments",
      "https://res.openai.azure.com/openai/deployments",
    ),
    apiVersion: fc.constantFrom("2024-10-21", undefined),
  }),
);
const signIn = fc.constantFrom({ apiKey: "a key" }, { azureADToken: "a token" });

/** JSON has only one zero. */
function withoutMinusZero(value: number): number {
  return value === 0 ? 0 : value;
}

/** Any JSON, but for a name that LangChain's `load()` sets as the prototype of what it reads, and so loses. */
const fieldValue = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"__proto__":'));

/** Sampling options that any operation's model takes, or at least the constructor does. */
export const parameters = fc.record(
  {
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    maxTokens: fc.integer({ min: -1, max: 100_000 }),
    topP: fc.double({ min: 0, max: 1, noNaN: true }),
    frequencyPenalty: fc.double({ min: -2, max: 2, noNaN: true }).map(withoutMinusZero),
    presencePenalty: fc.double({ min: -2, max: 2, noNaN: true }).map(withoutMinusZero),
    n: fc.integer({ min: 1, max: 5 }),
    bestOf: fc.integer({ min: 5, max: 20 }),
    logitBias: fc.dictionary(fc.nat().map(String), fc.integer({ min: -100, max: 100 }), { maxKeys: 3 }),
    seed: fc.maxSafeInteger(),
    logprobs: fc.integer({ min: 0, max: 5 }),
    echo: fc.boolean(),
    suffix: words,
    user: words,
    systemMessage: words,
    stop: fc.oneof(words, fc.array(words, { maxLength: 4 })),
    modelKwargs: fc.dictionary(
      fc.constantFrom("service_tier", "metadata", "extra", "reasoning_effort", "some_words"),
      fc.oneof(words, fieldValue),
      { maxKeys: 3 },
    ),
  },
  { requiredKeys: [] },
);

/** The same, as a call takes them. */
export const callParameters = parameters.map(({ stop, ...others }) => ({
  ...others,
  ...(stop !== undefined && { stop: typeof stop === "string" ? [stop] : stop }),
}));

const behaviour = fc.record(
  {
    model: fc.constantFrom("gpt-4o", "gpt-35-turbo-instruct", "größe"),
    contextWindow: fc.integer({ min: 1, max: 1_000_000 }),
    operation: fc.constantFrom(
      "auto" as const,
      "completions" as const,
      "chat" as const,
      "responses" as const,
    ),
    streamUsage: fc.boolean(),
    onContentFilter: fc.constantFrom("throw" as const, "return" as const),
    batchSize: fc.integer({ min: 1, max: 100 }),
    coalesce: fc.boolean(),
    maxConcurrency: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constant(Infinity)),
    maxRetries: fc.integer({ min: 0, max: 20 }),
    maxRetryDelay: fc.integer({ min: 0, max: 1_000_000 }),
    timeout: fc.integer({ min: 1, max: 10_000_000 }),
    idleTimeout: fc.integer({ min: 1, max: 10_000_000 }),
    totalTimeout: fc.integer({ min: 1, max: 10_000_000 }),
  },
  { requiredKeys: [] },
);
const quota = fc.record(
  {
    requestsPerMinute: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
    tokensPerMinute: fc.integer({ min: 1, max: 1e9 }),
  },
  { requiredKeys: [] },
);
const entry = fc
  .tuple(
    place,
    signIn,
    quota,
    fc.record(
      {
        priority: fc.integer({ min: -3, max: 3 }),
        weight: fc.double({ min: 0.1, max: 10, noNaN: true }),
        operation: fc.constantFrom("auto" as const, "chat" as const),
        model: fc.constantFrom("gpt-4o", "o4-mini"),
      },
      { requiredKeys: [] },
    ),
    name,
  )
  .map(([where, who, limits, more, deploymentName]) => ({
    ...withoutUndefined(where),
    ...who,
    ...limits,
    ...more,
    deploymentName,
  }));

function withoutUndefined(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const one = fc.tuple(place, signIn, quota, name).map(([where, who, limits, deploymentName]) => ({
  ...withoutUndefined(where),
  ...who,
  ...limits,
  deploymentName,
}));
const several = fc.array(entry, { minLength: 1, maxLength: 3 }).map((deployments) => ({ deployments }));

/** Options that are right together: one deployment or several, anything else set or not. */
export const rightOptions: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(fc.oneof(one, several), parameters, behaviour)
  .map(([where, sampling, more]) => ({ ...where, ...sampling, ...more }));
