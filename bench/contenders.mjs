// What is compared, each used as its own documentation says, and loaded only by the process that measures it.

/**
 * @typedef {object} Client
 * @property {(prompt: string) => Promise<string>} invoke
 * @property {(prompt: string) => AsyncIterable<string> | Promise<AsyncIterable<string>>} stream
 * @property {(prompts: string[]) => Promise<(string | Error)[]>} batch failures stand in their prompt's place
 *
 * @typedef {(endpoint: string, options?: object) => Promise<Client>} Connect
 */

const API_KEY = "0123456789abcdef0123456789abcdef";
const API_VERSION = "2024-10-21";
export const DEPLOYMENT = "instruct";
const PARAMETERS = { max_tokens: 256, temperature: 0.7 };

/**
 * All prompts at once, for those that have no batch of their own.
 *
 * @param {Client["invoke"]} invoke
 * @returns {Client["batch"]}
 */
function atOnce(invoke) {
  return (prompts) => Promise.all(prompts.map((prompt) => invoke(prompt).catch((error) => error)));
}

/** @type {Connect} */
async function connectFetch(endpoint) {
  const url = `${endpoint}/openai/deployments/${DEPLOYMENT}/completions?api-version=${API_VERSION}`;
  const headers = { "content-type": "application/json", "api-key": API_KEY };

  /** @param {object} body */
  async function post(body) {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify({ model: DEPLOYMENT, ...PARAMETERS, ...body }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response;
  }

  /** @type {Client["invoke"]} */
  async function invoke(prompt) {
    const response = await post({ prompt });
    const answer = await response.json();
    return answer.choices[0].text;
  }

  /** @param {string} prompt */
  async function* stream(prompt) {
    const { body } = await post({ prompt, stream: true });
    const decoder = new TextDecoder();
    let rest = "";
    for await (const piece of body ?? []) {
      const events = (rest + decoder.decode(piece, { stream: true })).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        const data = event.slice("data: ".length);
        if (data !== "[DONE]") yield JSON.parse(data).choices[0].text;
      }
    }
  }

  return { invoke, stream, batch: atOnce(invoke) };
}

/** @type {Connect} */
async function connectOpenAI(endpoint) {
  const { AzureOpenAI } = await import("openai");
  const client = new AzureOpenAI({
    endpoint,
    apiKey: API_KEY,
    apiVersion: API_VERSION,
    deployment: DEPLOYMENT,
  });

  /** @type {Client["invoke"]} */
  async function invoke(prompt) {
    const answer = await client.completions.create({ model: DEPLOYMENT, prompt, ...PARAMETERS });
    return answer.choices[0]?.text ?? "";
  }

  /** @param {string} prompt */
  async function* stream(prompt) {
    const chunks = await client.completions.create({
      model: DEPLOYMENT,
      prompt,
      stream: true,
      ...PARAMETERS,
    });
    for await (const chunk of chunks) yield chunk.choices[0]?.text ?? "";
  }

  return { invoke, stream, batch: atOnce(invoke) };
}

/** @type {Connect} */
async function connectAiSdk(endpoint) {
  const { createAzure } = await import("@ai-sdk/azure");
  const azure = createAzure({
    baseURL: `${endpoint}/openai`,
    apiKey: API_KEY,
    apiVersion: API_VERSION,
    useDeploymentBasedUrls: true,
  });
  const model = azure.completion(DEPLOYMENT);

  /** @param {string} text */
  function toCall(text) {
    const prompt = [{ role: "user", content: [{ type: "text", text }] }];
    return { prompt, maxOutputTokens: PARAMETERS.max_tokens, temperature: PARAMETERS.temperature };
  }

  /** @type {Client["invoke"]} */
  async function invoke(prompt) {
    const { content } = await model.doGenerate(toCall(prompt));
    return content[0].text;
  }

  /** @param {string} prompt */
  async function* stream(prompt) {
    const answer = await model.doStream(toCall(prompt));
    for await (const part of answer.stream) if (part.type === "text-delta") yield part.delta;
  }

  return { invoke, stream, batch: atOnce(invoke) };
}

/**
 * @param {import("@langchain/core/language_models/llms").BaseLLM} llm
 * @returns {Client}
 */
function fromLangChain(llm) {
  return {
    invoke: (prompt) => llm.invoke(prompt),
    stream: (prompt) => llm.stream(prompt),
    batch: (prompts) => llm.batch(prompts, {}, { returnExceptions: true }),
  };
}

/** @type {Connect} */
async function connectLangChainOpenAI(endpoint) {
  const { AzureOpenAI } = await import("@langchain/openai");
  return fromLangChain(
    new AzureOpenAI({
      // It does not take the endpoint without an instance's name.
      azureOpenAIBasePath: `${endpoint}/openai/deployments`,
      azureOpenAIApiKey: API_KEY,
      azureOpenAIApiDeploymentName: DEPLOYMENT,
      azureOpenAIApiVersion: API_VERSION,
      model: DEPLOYMENT,
    }),
  );
}

/** @type {Connect} */
async function connectThisPackage(endpoint, options) {
  return fromLangChain(await makeThisPackage(endpoint, options));
}

/**
 * @param {string} endpoint
 * @param {object} [options]
 */
export async function makeThisPackage(endpoint, options) {
  const { AzureOpenAI } = await import("../dist/index.js");
  return new AzureOpenAI({
    azureEndpoint: endpoint,
    apiKey: API_KEY,
    apiVersion: API_VERSION,
    operation: "completions",
    ...(options !== undefined && "deployments" in options ? {} : { deploymentName: DEPLOYMENT }),
    ...options,
  });
}

export const FETCH = "bare fetch";
export const THIS_PACKAGE = "this package";
export const LANGCHAIN_OPENAI = "@langchain/openai";

/** @type {Record<string, Connect>} */
const contenders = {
  [FETCH]: connectFetch,
  openai: connectOpenAI,
  [LANGCHAIN_OPENAI]: connectLangChainOpenAI,
  "@ai-sdk/azure": connectAiSdk,
  [THIS_PACKAGE]: connectThisPackage,
};

export const ALL = Object.keys(contenders);

/**
 * Connects by name; what follows a comma tells variants apart: "this package, one prompt a request".
 *
 * @param {string} name
 * @param {string} endpoint
 * @param {object} [options]
 */
export function connect(name, endpoint, options) {
  const contender = contenders[name.split(",")[0] ?? ""];
  if (contender === undefined) throw new Error(`There is no contender "${name}".`);
  return contender(endpoint, options);
}
