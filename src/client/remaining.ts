import type { Connection, OperationRequest } from "../operations/operation.js";
import type { DeploymentSettings } from "../settings/settings.js";
import { remainingTokens } from "../tokens/remaining.js";

/**
 * Gives `maxTokens: -1` its meaning on the completions operation, which has no word for it: what the
 * context leaves after the prompt. The other operations leave the limit out.
 */
export function fillContext(connection: Connection, deployment: DeploymentSettings): Connection {
  const { model, contextWindow } = deployment;
  let servedModel: string | undefined;

  async function resolve(request: OperationRequest): Promise<OperationRequest> {
    const prompt = request.prompts.join(""); // there is one: what is left differs from prompt to prompt
    const maxTokens = await remainingTokens({ prompt, model, servedModel, contextWindow });
    return { ...request, parameters: { ...request.parameters, maxTokens } };
  }

  function isOpen(name: string, { parameters }: OperationRequest): boolean {
    return name === "completions" && parameters.maxTokens === -1;
  }

  return {
    async send(operation, request, options) {
      const resolved = isOpen(operation.name, request) ? await resolve(request) : request;
      const sent = await connection.send(operation, resolved, options);
      servedModel = sent.answer.model ?? servedModel;
      return sent;
    },
    async stream(operation, request, options) {
      const resolved = isOpen(operation.name, request) ? await resolve(request) : request;
      return connection.stream(operation, resolved, options);
    },
  };
}
