import type { ContentFilterMode } from "./deployments.js";
import { findMatch, matches, type PromptMatch } from "./match.js";
import type { JsonObject } from "./parameters.js";

/** A category of Azure's content filter. */
export type FilterCategory =
  "hate" | "self_harm" | "sexual" | "violence" | "jailbreak" | "profanity" | "protected_material_text";

/** What the filter finds, and what it does about it. */
export interface FilterOptions {
  /** What it is found to be. @default "violence" */
  readonly category?: FilterCategory | undefined;
  /** How bad it is, for hate, self-harm, sexual and violence. @default "high" */
  readonly severity?: "low" | "medium" | "high" | undefined;
  /** Say so in the annotations and let the text pass. @default false */
  readonly annotateOnly?: boolean | undefined;
}

/** What the filter does about a completion. */
export interface CompletionFilterOptions extends FilterOptions {
  /** In an answer that is not streamed: leave the text before the match instead of none. @default false */
  readonly keepPartialText?: boolean | undefined;
  /**
   * In an asynchronous filter's stream: the verdict comes after the model's own end, so that the text is
   * whole and its finish reason is not `content_filter`.
   * @default false
   */
  readonly late?: boolean | undefined;
}

interface Rule<Options> {
  readonly match: PromptMatch;
  readonly options: Options;
}

/** What the filter says about one completion. */
export interface CompletionVerdict {
  readonly results: JsonObject;
  /** What to withhold; undefined lets the text pass. */
  readonly block: { readonly start: number; readonly end: number; readonly keep: boolean } | undefined;
  /** The verdict that comes after an asynchronous stream's end. */
  readonly late: boolean;
}

/** The verdicts of one request. */
export interface Annotator {
  /** True where the answer carries annotations (by api-version). */
  readonly annotated: boolean;
  readonly mode: ContentFilterMode;
  readonly prompt: (prompt: string) => { readonly results: JsonObject; readonly blocked: boolean };
  readonly completion: (text: string) => CompletionVerdict;
}

/** The content filter of an emulator: nothing is filtered until a rule says so. */
export class ContentFilter {
  private prompts: Rule<FilterOptions>[] = [];
  private completions: Rule<CompletionFilterOptions>[] = [];

  filterPrompt(match: PromptMatch, options: FilterOptions): void {
    this.prompts.push({ match, options });
  }

  filterCompletion(match: PromptMatch, options: CompletionFilterOptions): void {
    this.completions.push({ match, options });
  }

  reset(): void {
    this.prompts = [];
    this.completions = [];
  }

  /** The filter as one request sees it. */
  annotate(annotated: boolean, mode: ContentFilterMode): Annotator {
    return {
      annotated,
      mode,
      prompt: (prompt) => this.judgePrompt(prompt),
      completion: (text) => this.judgeCompletion(text, mode),
    };
  }

  private judgePrompt(prompt: string): { results: JsonObject; blocked: boolean } {
    const rule = this.prompts.find(({ match }) => matches(match, prompt));
    const safe = { ...SAFE, jailbreak: { detected: false, filtered: false } };
    const results = sortKeys({ ...safe, ...(rule === undefined ? {} : describe(rule.options)) });
    return { results, blocked: rule !== undefined && rule.options.annotateOnly !== true };
  }

  private judgeCompletion(text: string, mode: ContentFilterMode): CompletionVerdict {
    if (mode === "unavailable") return { results: UNAVAILABLE, block: undefined, late: false };
    const rule = this.completions.find(({ match }) => matches(match, text));
    const found = rule === undefined ? undefined : findMatch(rule.match, text);
    if (rule === undefined || found === undefined) return { results: SAFE, block: undefined, late: false };
    const { annotateOnly = false, keepPartialText = false, late = false } = rule.options;
    const isLate = late && mode === "asynchronous";
    return {
      results: sortKeys({ ...SAFE, ...describe(rule.options) }),
      block: annotateOnly || isLate ? undefined : { ...found, keep: keepPartialText },
      late: isLate,
    };
  }
}

const SAFE_SEVERITY = { filtered: false, severity: "safe" } as const;

/** Nothing found. */
const SAFE = {
  hate: SAFE_SEVERITY,
  self_harm: SAFE_SEVERITY,
  sexual: SAFE_SEVERITY,
  violence: SAFE_SEVERITY,
} as const;

const UNAVAILABLE = {
  error: { code: "content_filter_error", message: "The contents are not filtered" },
} as const;

function describe(options: FilterOptions): JsonObject {
  const { category = "violence", severity = "high", annotateOnly = false } = options;
  const filtered = !annotateOnly;
  switch (category) {
    case "hate":
    case "self_harm":
    case "sexual":
    case "violence":
      return { [category]: { filtered, severity } };
    case "jailbreak":
    case "profanity":
    case "protected_material_text":
      return { [category]: { detected: true, filtered } };
  }
}

/** Azure writes the categories in alphabetical order. */
function sortKeys(results: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(results).sort(([a], [b]) => (a < b ? -1 : 1)));
}
