import { answerChat, findPrompt, readMessages } from "./chat.js";
import { answerCompletions, DEFAULT_MAX_TOKENS, readPrompts } from "./completions.js";
import type { ContentFilter } from "./content-filter.js";
import type { Deployment, OperationName } from "./deployments.js";
import {
  deploymentNotFound,
  missingParameter,
  notJson,
  operationNotSupported,
  rateLimited,
  type Refusal,
} from "./errors.js";
import type { Exchange, Reply } from "./exchange.js";
import { OPERATION_IDS } from "./operation-ids.js";
import { isObject, Parameters, type JsonObject } from "./parameters.js";
import type { QuotaDecision } from "./quota.js";
import { answerResponses, findInput } from "./responses.js";
import { hasAnnotations, type Route } from "./routes.js";
import type { Answerer } from "./text.js";
import { loadTokenizer } from "./tokens.js";

/** What the service of an emulator is made of. */
export interface ServiceParts {
  readonly deployments: ReadonlyMap<string, Deployment>;
  readonly answerer: Answerer;
  readonly filter: ContentFilter;
  readonly newId: (prefix: string) => string;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}

/** A good answer and the headers that go with it. */
export interface ServiceAnswer {
  readonly reply: Reply;
  readonly headers: Readonly<Record<string, string>>;
}

/** The prompts of a request, as far as its body has any. */
export function readRequestPrompts(route: Route, body: unknown): readonly string[] {
  if (!isObject(body)) return [];
  const parameters = new Parameters(body);
  try {
    switch (route.operation) {
      case "completions":
        return readPrompts(parameters);
      case "chat":
        return [findPrompt(readMessages(parameters))];
      case "responses":
        return [findInput(parameters)];
      case "models":
      case undefined:
        return [];
    }
  } catch {
    // A body that is wrong is refused later; it has no prompts.
    return [];
  }
}

/** The deployment of a request: in the path, or `model` of the body. */
export function readDeploymentName(route: Route, body: unknown): string | undefined {
  if (route.deployment !== undefined) return route.deployment;
  const model = isObject(body) ? body["model"] : undefined;
  return typeof model === "string" ? model : undefined;
}

/** Answers a signed-in request to a route that exists, or throws a {@link Refusal}. */
export async function serve(parts: ServiceParts, route: Route, body: unknown): Promise<ServiceAnswer> {
  const { operation } = route;
  if (operation === undefined || operation === "models") {
    return { reply: { kind: "json", delayMs: 0, value: listModels(parts, route) }, headers: {} };
  }
  if (!isObject(body)) throw notJson();
  const name = readDeploymentName(route, body);
  if (name === undefined) throw missingParameter("model");
  const deployment = parts.deployments.get(name);
  if (deployment === undefined) throw deploymentNotFound();

  const decision = deployment.quota.take(estimateTokens(operation, body), parts.now());
  if (!decision.allowed) throw toRateLimit(decision, deployment, route, operation);
  if (!deployment.operations.includes(operation)) {
    throw operationNotSupported(OPERATION_WORDS[operation], deployment.model);
  }
  const exchange: Exchange = {
    body,
    route,
    deployment,
    tokenizer: await loadTokenizer(deployment.encoding),
    answerer: parts.answerer,
    filter: parts.filter.annotate(hasAnnotations(route.apiVersion), deployment.contentFilter),
    newId: parts.newId,
    created: Math.floor(parts.now() / 1000),
  };
  const headers = { ...decision.headers, "x-ms-deployment-name": name };
  return { reply: await answer(operation, exchange), headers };
}

function answer(operation: OperationName, exchange: Exchange): Promise<Reply> {
  switch (operation) {
    case "completions":
      return answerCompletions(exchange);
    case "chat":
      return answerChat(exchange);
    case "responses":
      return answerResponses(exchange);
  }
}

/** What the refusal of an operation calls it. The word for Responses is formed like the other two: no capture of it is known. */
const OPERATION_WORDS: Readonly<Record<OperationName, string>> = {
  completions: "completion",
  chat: "chatCompletion",
  responses: "response",
};

function toRateLimit(
  decision: Extract<QuotaDecision, { allowed: false }>,
  deployment: Deployment,
  route: Route,
  operation: OperationName,
): Refusal {
  const hints = deployment.rateLimitHints;
  const seconds = Math.ceil(decision.retryAfterMs / 1000);
  return rateLimited({
    kind: decision.kind,
    operationId: OPERATION_IDS[operation],
    apiVersion: route.apiVersion ?? "v1",
    retrySeconds: hints.includes("text") ? seconds : undefined,
    headers: {
      ...decision.headers,
      ...(hints.includes("retry-after-ms")
        ? { "retry-after-ms": String(Math.ceil(decision.retryAfterMs)) }
        : {}),
      ...(hints.includes("retry-after") ? { "retry-after": String(seconds) } : {}),
    },
  });
}

/** What Azure counts before it answers: the prompt by its characters, the limit of new tokens, times `best_of`. */
function estimateTokens(operation: OperationName, body: JsonObject): number {
  const read = (name: string): number | undefined => {
    const value = body[name];
    return typeof value === "number" && value > 0 ? value : undefined;
  };
  const source = { completions: "prompt", chat: "messages", responses: "input" }[operation];
  const prompt = body[source];
  const characters = typeof prompt === "string" ? prompt.length : JSON.stringify(prompt ?? "").length;
  const prompts = operation === "completions" && Array.isArray(prompt) ? prompt.length : 1;
  const limit =
    read("max_tokens") ?? read("max_completion_tokens") ?? read("max_output_tokens") ?? DEFAULT_MAX_TOKENS;
  const candidates = read("best_of") ?? read("n") ?? 1;
  return Math.ceil(characters / 4) + prompts * candidates * limit;
}

function listModels({ deployments }: ServiceParts, route: Route): JsonObject {
  const models = [...new Set([...deployments.values()].map((deployment) => deployment.servedModel))];
  const describe = (id: string): JsonObject => ({
    id,
    object: "model",
    created: 0,
    owned_by: "azure-openai",
  });
  if (route.model === undefined) return { object: "list", data: models.map(describe) };
  if (!models.includes(route.model)) throw deploymentNotFound();
  return describe(route.model);
}
