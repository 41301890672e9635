import type { JsonObject } from "../../src/operations/operation.js";

/** An answer in no operation's words. */
export interface Told {
  readonly text?: string;
  readonly refusal?: string;
  readonly finish?: "stop" | "length" | "content_filter";
  readonly verdict?: JsonObject;
  readonly promptVerdict?: JsonObject;
  readonly tokens?: readonly { token: string; logprob: number; top: Readonly<Record<string, number>> }[];
  readonly usage?: { prompt: number; completion: number; reasoning?: number; cached?: number };
}

/** Writes an answer as one operation's wire form, whole and streamed. */
export interface Wire {
  whole(told: Told): JsonObject;
  /** Streamed piece by piece, Azure's empty first event included. */
  stream(told: Told, pieces: readonly string[]): readonly (JsonObject | "[DONE]")[];
}

const ABOUT = { id: "an-id", model: "a-model", created: 1 };

function classicUsage(usage: Told["usage"]) {
  if (usage === undefined) return null;
  return {
    prompt_tokens: usage.prompt,
    completion_tokens: usage.completion,
    total_tokens: usage.prompt + usage.completion,
    completion_tokens_details: { reasoning_tokens: usage.reasoning ?? null },
    prompt_tokens_details: { cached_tokens: usage.cached ?? null },
  };
}

function promptResults({ promptVerdict }: Told) {
  return promptVerdict === undefined
    ? {}
    : { prompt_filter_results: [{ prompt_index: 0, content_filter_results: promptVerdict }] };
}

function closing(told: Told, choice: JsonObject): (JsonObject | "[DONE]")[] {
  return [
    { ...ABOUT, choices: [{ index: 0, finish_reason: told.finish ?? "stop", ...choice }], usage: null },
    ...(told.usage === undefined ? [] : [{ ...ABOUT, choices: [], usage: classicUsage(told.usage) }]),
    "[DONE]",
  ];
}

function opening(told: Told): JsonObject[] {
  return told.promptVerdict === undefined
    ? []
    : [{ id: "", object: "", created: 0, model: "", ...promptResults(told), choices: [], usage: null }];
}

/** The tokens of a piece: pieces are whole tokens wherever there are log probabilities. */
function tokensOf(told: Told, pieces: readonly string[], piece: number) {
  const start = pieces.slice(0, piece).join("").length;
  const end = start + (pieces[piece] ?? "").length;
  let offset = 0;
  return (told.tokens ?? []).filter(({ token }) => {
    const at = offset;
    offset += token.length;
    return at >= start && at < end;
  });
}

function listed(tokens: NonNullable<Told["tokens"]>) {
  return tokens.map(({ token, logprob, top }) => ({
    token,
    logprob,
    bytes: null,
    top_logprobs: Object.entries(top).map(([name, value]) => ({ token: name, logprob: value, bytes: null })),
  }));
}

function legacy(tokens: NonNullable<Told["tokens"]>, start = 0) {
  let offset = start;
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top }) => top),
    text_offset: tokens.map(({ token }) => (offset += token.length) - token.length),
  };
}

const filter = (verdict: JsonObject | undefined) =>
  verdict === undefined ? {} : { content_filter_results: verdict };

export const completionsWire: Wire = {
  whole: (told) => ({
    ...ABOUT,
    object: "text_completion",
    ...promptResults(told),
    choices: [
      {
        index: 0,
        text: told.text ?? "",
        finish_reason: told.finish ?? "stop",
        logprobs: told.tokens === undefined ? null : legacy(told.tokens),
        ...filter(told.verdict),
      },
    ],
    usage: classicUsage(told.usage),
  }),
  stream: (told, pieces) => [
    ...opening(told),
    ...pieces.map((text, piece) => ({
      ...ABOUT,
      choices: [
        {
          index: 0,
          text,
          finish_reason: null,
          logprobs:
            told.tokens === undefined
              ? null
              : legacy(tokensOf(told, pieces, piece), pieces.slice(0, piece).join("").length),
          content_filter_results: {},
        },
      ],
    })),
    ...closing(told, { text: "", logprobs: null, ...filter(told.verdict) }),
  ],
};

export const chatWire: Wire = {
  whole: (told) => ({
    ...ABOUT,
    object: "chat.completion",
    ...promptResults(told),
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: told.text ?? null, refusal: told.refusal ?? null },
        finish_reason: told.finish ?? "stop",
        logprobs: told.tokens === undefined ? null : { content: listed(told.tokens), refusal: null },
        ...filter(told.verdict),
      },
    ],
    usage: classicUsage(told.usage),
  }),
  stream: (told, pieces) => [
    ...opening(told),
    {
      ...ABOUT,
      choices: [{ index: 0, delta: { role: "assistant", content: "", refusal: null } }],
      obfuscation: "x",
    },
    ...pieces.map((text, piece) => ({
      ...ABOUT,
      choices: [
        {
          index: 0,
          delta: told.refusal === undefined ? { content: text } : { refusal: text },
          finish_reason: null,
          logprobs:
            told.tokens === undefined
              ? null
              : { content: listed(tokensOf(told, pieces, piece)), refusal: null },
          content_filter_results: {},
        },
      ],
    })),
    ...closing(told, { delta: {}, ...filter(told.verdict) }),
  ],
};

function toResponse(told: Told): JsonObject {
  const part =
    told.refusal === undefined
      ? {
          type: "output_text",
          text: told.text ?? "",
          annotations: [],
          logprobs: told.tokens === undefined ? [] : listed(told.tokens),
        }
      : { type: "refusal", refusal: told.refusal };
  const reasons = { length: "max_output_tokens", content_filter: "content_filter", stop: undefined };
  const reason = reasons[told.finish ?? "stop"];
  const filters = [
    { blocked: false, source_type: "prompt", content_filter_results: told.promptVerdict },
    { blocked: false, source_type: "completion", content_filter_results: told.verdict },
  ].filter(({ content_filter_results: results }) => results !== undefined);
  return {
    id: "an-id",
    object: "response",
    created_at: 1,
    model: "a-model",
    status: reason === undefined ? "completed" : "incomplete",
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    output: [
      { type: "reasoning", id: "rs", summary: [] },
      { type: "message", id: "msg", role: "assistant", status: "completed", content: [part] },
    ],
    usage:
      told.usage === undefined
        ? null
        : {
            input_tokens: told.usage.prompt,
            output_tokens: told.usage.completion,
            total_tokens: told.usage.prompt + told.usage.completion,
            input_tokens_details: { cached_tokens: told.usage.cached ?? null },
            output_tokens_details: { reasoning_tokens: told.usage.reasoning ?? null },
          },
    content_filters: filters,
  };
}

export const responsesWire: Wire = {
  whole: toResponse,
  stream: (told, pieces) => {
    const response = toResponse(told);
    const delta = told.refusal === undefined ? "response.output_text.delta" : "response.refusal.delta";
    return [
      {
        type: "response.created",
        response: { ...response, status: "in_progress", output: [], usage: null, content_filters: null },
      },
      { type: "response.output_item.added", item: { type: "message" } },
      ...pieces.map((text, piece) => ({
        type: delta,
        delta: text,
        logprobs: listed(tokensOf(told, pieces, piece)),
        obfuscation: "x",
      })),
      { type: "response.output_text.done", text: told.text ?? "" },
      { type: `response.${response["status"] as string}`, response },
    ];
  },
};
