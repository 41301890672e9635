import { completionsDefaults } from "../operations/completions.js";
import type { OperationName, Parameters, Settings } from "../settings/settings.js";

/** What a model has learnt about itself from its last answer. */
export interface LastServed {
  readonly model?: string;
  readonly operation?: OperationName;
}

/**
 * The metadata that LangSmith and other tracers look for.
 *
 * Defaults are named only where they are known to be sent: chat and responses leave them out.
 */
export function toTraceMetadata(
  settings: Settings,
  parameters: Parameters,
  last: LastServed,
): Record<string, unknown> {
  const operation = settings.operation === "auto" ? last.operation : settings.operation;
  const defaults: Parameters = operation === "completions" ? completionsDefaults : {};
  const { temperature, maxTokens, stop } = { ...defaults, ...parameters };
  const name = settings.model ?? last.model ?? settings.deployments[0]?.deploymentName;
  return {
    ls_provider: "azure",
    ls_model_type: "llm",
    ...(name !== undefined && { ls_model_name: name }),
    ...(temperature !== undefined && { ls_temperature: temperature }),
    ...(maxTokens !== undefined && { ls_max_tokens: maxTokens }),
    ...(stop !== undefined && { ls_stop: [...stop] }),
  };
}
