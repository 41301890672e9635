import { completionsDefaults } from "../operations/completions.js";
import type { DeploymentSettings, Parameters, Settings } from "../settings/settings.js";
import { present } from "../present.js";

/** What the view of completions names where the caller named no model, as the Python class does. */
export const DEFAULT_MODEL = "gpt-3.5-turbo-instruct";

/** The parameters a model shows, under the names the Python class documents. */
export type View = Readonly<Record<string, unknown>>;

/** One deployment's name, or all of them where there are several. */
function deploymentNames(deployments: readonly DeploymentSettings[]): unknown {
  const names = deployments.map(({ deploymentName }) => deploymentName);
  return names.length === 1 ? names[0] : names;
}

function extras(parameters: Parameters): View {
  const { seed, logprobs, echo, suffix, user, stop, systemMessage, modelKwargs } = parameters;
  return { seed, logprobs, echo, suffix, user, stop, system_message: systemMessage, ...modelKwargs };
}

/** The completions operation sends its defaults, so they show. */
function completionsView(parameters: Parameters, model: string | undefined): View {
  const said = { logitBias: {}, ...completionsDefaults, ...present({ ...parameters }) };
  const { bestOf = 1 } = parameters;
  return {
    model_name: model ?? DEFAULT_MODEL,
    temperature: said.temperature,
    top_p: said.topP,
    frequency_penalty: said.frequencyPenalty,
    presence_penalty: said.presencePenalty,
    n: said.n,
    logit_bias: said.logitBias,
    max_tokens: said.maxTokens,
    best_of: bestOf > 1 ? bestOf : undefined,
  };
}

/** Chat and responses send only what was set, so only that shows. */
function sparseView(parameters: Parameters, model: string | undefined): View {
  return {
    model_name: model,
    temperature: parameters.temperature,
    top_p: parameters.topP,
    frequency_penalty: parameters.frequencyPenalty,
    presence_penalty: parameters.presencePenalty,
    n: parameters.n,
    logit_bias: parameters.logitBias,
    max_tokens: parameters.maxTokens,
    best_of: parameters.bestOf,
  };
}

/** The parameters as the Python class shows them: same keys, same order, same values. */
export function toView(settings: Settings, parameters: Parameters = settings.parameters): View {
  const { operation, model, deployments } = settings;
  const sparse = operation === "chat" || operation === "responses";
  return present({
    deployment_name: deploymentNames(deployments),
    ...(sparse ? sparseView(parameters, model) : completionsView(parameters, model)),
    ...extras(parameters),
  });
}

/** The view and where it is sent: what identifies a model among others. */
export function toIdentity(settings: Settings, parameters?: Parameters): View {
  const places = settings.deployments.map(({ host, api, apiVersion }) =>
    present({ endpoint: host, api, api_version: apiVersion }),
  );
  const [only] = places;
  return {
    ...toView(settings, parameters),
    ...(places.length === 1 ? only : { deployments: places }),
    operation: settings.operation,
  };
}

/** The lines that printing a model shows. */
export function toPrinted(name: string, settings: Settings): string {
  return `${name}\nParams: ${JSON.stringify(toView(settings))}`;
}
