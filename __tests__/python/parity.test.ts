import { text } from "node:stream/consumers";

import { load } from "@langchain/core/load";
import * as ours from "../../src/index.js";
import type { AzureOpenAIInput } from "../../src/index.js";
import { bodies, connect, useEmulator, WALKTHROUGH_DEPLOYMENT } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";
import { describePython, startPython, usePythonClass } from "./python-class.js";

type Json = Record<string, unknown>;

const JOKE = "Why did the chicken cross the road?";
const PROMPTS = ["Tell me a joke", "Tell me another joke"];
const [PROMPT = ""] = PROMPTS;
const VERSION = "2024-10-21";
/** What the Python client takes as arguments, and its class therefore moves into `model_kwargs`, with a warning. */
const MOVED = { echo: true, stop: ["\n"], suffix: ".", user: "someone" };

const azure = useEmulator();
useCleanEnvironment();

beforeEach(() => {
  azure().respond(/joke/, JOKE);
});

/** The options in Python's case, on the emulator. */
function inPython(options: Json = {}): Json {
  return {
    azure_endpoint: azure().endpoint,
    openai_api_key: azure().apiKey,
    openai_api_version: VERSION,
    deployment_name: WALKTHROUGH_DEPLOYMENT,
    ...options,
  };
}

function secrets(): Record<string, string> {
  return { AZURE_OPENAI_API_KEY: azure().apiKey, AZURE_OPENAI_AD_TOKEN: azure().token };
}

function loadHere(json: string): Promise<ours.AzureOpenAI> {
  return load(json, { secretsMap: secrets(), optionalImportsMap: { "langchain/llms/openai": { ...ours } } });
}

/** The dictionary that our class prints. */
function viewOf(llm: ours.AzureOpenAI): Json {
  return JSON.parse(String(llm).replace("AzureOpenAI\nParams: ", ""));
}

function kwargsOf(json: string): Json {
  return JSON.parse(json).kwargs;
}

function without(fields: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function withoutNull(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/**
 * A view of Python's as the documentation has it, and as ours is: nothing unset, and the logit bias that
 * its older versions show. An `extra_body` shows the fields it adds.
 */
function asDocumented({ extra_body, ...view }: Json): Json {
  return { logit_bias: {}, ...withoutNull(view), ...Object(extra_body) };
}

/**
 * The bodies the emulator was sent, so that equal ones mean the same to Azure: an absent field is as good as
 * null, as an empty bias, and as a `best_of` of `n`; one prompt as an array of one.
 */
function sentBodies(): Json[] {
  const sent = bodies(azure()).map(({ prompt, stream_options: _, ...body }) => ({
    ...without(withoutNull(body), [
      ...(JSON.stringify(body["logit_bias"]) === "{}" ? ["logit_bias"] : []),
      ...(body["best_of"] === body["n"] ? ["best_of"] : []),
    ]),
    prompt: [prompt].flat(),
  }));
  azure().reset();
  azure().respond(/joke/, JOKE);
  // The groups of a call go out at the same time here.
  return sent.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

async function ask(llm: ours.AzureOpenAI, prompts: string[], stop?: string[]): Promise<string[][]> {
  const { generations } = await llm.generate(prompts, stop === undefined ? {} : { stop });
  return generations.map((each) => each.map((generation) => generation.text));
}

describePython("LangChain's Python class", () => {
  const askPython = usePythonClass();

  describe("what it makes", () => {
    const configurations: readonly (readonly [string, Json])[] = [
      ["nothing but the deployment", {}],
      ["a model", { model_name: "gpt-4o-mini" }],
      ["zeros", { temperature: 0, top_p: 0, seed: 0, logprobs: 0, max_tokens: 1 }],
      ["penalties", { frequency_penalty: 0.5, presence_penalty: -2 }],
      ["all of them", { temperature: 1, top_p: 0.5, max_tokens: 9, seed: 7, logprobs: 2 }],
      ["several completions", { n: 2 }],
      ["the best of more", { n: 2, best_of: 3 }],
      ["the best of as many", { n: 2, best_of: 2 }],
      ["a bias", { logit_bias: { 50256: -100, 11: 1.5 } }],
      ["no bias, said", { logit_bias: {} }],
      ["model_kwargs", { model_kwargs: MOVED }],
      ["arguments it has no field for", MOVED],
      ["a small batch", { batch_size: 1 }],
      ["a timeout and no retries", { request_timeout: 2.5, max_retries: 0 }],
      ["more than our retries", { max_retries: 9 }],
    ];

    test.each(configurations)("of %s is loaded, and shows, sends and writes the same", async (_, options) => {
      const python = await askPython({ options: inPython(options), prompts: PROMPTS });
      const sent = sentBodies();
      const llm = await loadHere(python.json);
      const texts = await ask(llm, PROMPTS);

      expect(viewOf(llm)).toEqual(asDocumented(python.view));
      expect(sentBodies()).toEqual(sent);
      expect(texts).toEqual(python.texts);
      const back = await askPython({ json: JSON.stringify(llm), secrets: secrets() });
      expect(JSON.parse(back.json)).toEqual(JSON.parse(python.json));
      expect(back).toMatchObject({ view: python.view, warnings: [] });
    });

    test("of its defaults is the model that is made here with ours, but for its two retries", async () => {
      const python = await askPython({ options: inPython() });

      const made = connect(azure(), { apiVersion: VERSION, maxRetries: 2 });
      expect(JSON.stringify(await loadHere(python.json))).toBe(JSON.stringify(made));
    });

    test("with stops in the call is answered the same", async () => {
      const python = await askPython({ options: inPython(), prompts: PROMPTS, stop: [" cross"] });
      const sent = sentBodies();

      expect(await ask(await loadHere(python.json), PROMPTS, [" cross"])).toEqual(python.texts);
      expect(sentBodies()).toEqual(sent);
    });

    test("streams the same, where it streams", async () => {
      const python = await askPython({ options: inPython({ streaming: true }), prompts: [PROMPT] });
      const sent = sentBodies();
      const llm = await loadHere(python.json);

      expect(await ask(llm, [PROMPT])).toEqual(python.texts);
      expect(sentBodies()).toEqual(sent);
      expect(kwargsOf(JSON.stringify(llm))).toMatchObject({ streaming: true });
    });

    test("sends fields of its extra_body, which are among our modelKwargs", async () => {
      const options = inPython({ model_kwargs: { user: "someone" }, extra_body: { cache_level: 1 } });
      const python = await askPython({ options, prompts: PROMPTS });
      const sent = sentBodies();
      const llm = await loadHere(python.json);

      await ask(llm, PROMPTS);
      expect(sentBodies()).toEqual(sent);
      expect(viewOf(llm)).toEqual(asDocumented(python.view));
      const back = await askPython({ json: JSON.stringify(llm), secrets: secrets() });
      expect(JSON.parse(back.json)).toEqual(JSON.parse(python.json));
    });

    test("keeps its headers and its query when loaded, and loses them when written here", async () => {
      const options = inPython({ default_headers: { "x-team": "search" }, default_query: { tenant: "one" } });
      const python = await askPython({ options, prompts: [PROMPT] });
      const llm = await loadHere(python.json);

      await llm.invoke(PROMPT);
      const there = { headers: { "x-team": "search" }, query: { tenant: "one", "api-version": VERSION } };
      expect(azure().requests).toMatchObject([there, there]);
      const names = ["default_headers", "default_query"];
      const back = await askPython({ json: JSON.stringify(llm), secrets: secrets() });
      expect(kwargsOf(back.json)).toEqual(without(kwargsOf(python.json), names));
    });

    test("counts seconds for connecting and reading, of which one attempt takes the sum here", async () => {
      const python = await askPython({ options: inPython({ request_timeout: [1, 2.5] }) });

      expect((await loadHere(python.json)).settings.timeoutMs).toBe(3500);
    });

    test("may take what the context leaves, as here", async () => {
      const python = await askPython({ options: inPython({ max_tokens: -1 }) });
      const llm = await loadHere(python.json);

      expect(viewOf(llm)).toEqual(asDocumented(python.view));
      const back = await askPython({ json: JSON.stringify(llm), secrets: secrets() });
      expect(JSON.parse(back.json)).toEqual(JSON.parse(python.json));
    });

    test("knows fields that mean nothing here", async () => {
      const nothing = { openai_organization: "o", tiktoken_model_name: "gpt-4", allowed_special: "all" };
      const python = await askPython({ options: inPython(nothing) });

      const written = JSON.stringify(await loadHere(python.json));
      const back = await askPython({ json: written, secrets: secrets() });
      expect(kwargsOf(back.json)).toEqual(without(kwargsOf(python.json), Object.keys(nothing)));
    });

    test("signs in with its token, though it writes its key as well", async () => {
      const options = inPython({ openai_api_key: "unused", azure_ad_token: azure().token });
      const python = await askPython({ options, prompts: [PROMPT] });

      await (await loadHere(python.json)).invoke(PROMPT);
      const token = { authentication: { kind: "bearer", valid: true } };
      expect(azure().requests).toMatchObject([token, token]);
    });

    test("sends the token of azure_ad as a key, which Azure refuses; here it goes as a token", async () => {
      const options = inPython({
        openai_api_type: "azure_ad",
        openai_api_key: azure().token,
        max_retries: 0,
      });
      await expect(askPython({ options, prompts: [PROMPT] })).rejects.toThrow("401");
      const { json } = await askPython({ options });

      const llm: ours.AzureOpenAI = await load(json, {
        secretsMap: { AZURE_OPENAI_API_KEY: azure().token },
        optionalImportsMap: { "langchain/llms/openai": { ...ours } },
      });
      await llm.invoke(PROMPT);
      expect(azure().requests).toMatchObject([
        { authentication: { kind: "api-key", valid: false } },
        { authentication: { kind: "bearer", valid: true } },
      ]);
    });

    test("behind a base of its own is found there", async () => {
      const base = `${azure().endpoint}/openai/deployments/${WALKTHROUGH_DEPLOYMENT}`;
      const options = {
        openai_api_base: base,
        openai_api_key: azure().apiKey,
        openai_api_version: VERSION,
      };
      const python = await askPython({ options, prompts: PROMPTS });
      const llm = await loadHere(python.json);

      expect(await ask(llm, PROMPTS)).toEqual(python.texts);
      const [there, here] = azure().requests;
      expect(here).toMatchObject({ path: there?.path, query: there?.query });
      const back = await askPython({ json: JSON.stringify(llm), secrets: secrets(), prompts: PROMPTS });
      expect(back.texts).toEqual(python.texts);
    });
  });

  describe("what is made here", () => {
    const configurations: readonly (readonly [string, AzureOpenAIInput])[] = [
      ["nothing but the deployment", {}],
      ["defaults, said", { temperature: 0.7, maxTokens: 256, topP: 1, n: 1, bestOf: 1, logitBias: {} }],
      ["zeros", { temperature: 0, topP: 0, seed: 0, logprobs: 0, maxRetries: 0 }],
      ["the best of more", { n: 2, bestOf: 3, model: "gpt-4o-mini" }],
      ["a bias", { logitBias: { 50256: -100, 11: 1.5 } }],
      ["modelKwargs it has arguments for", { modelKwargs: MOVED }],
      ["modelKwargs it has no arguments for", { modelKwargs: { cache_level: 1, user: "someone" } }],
      ["timeouts", { timeout: 2500, batchSize: 1 }],
    ];

    test.each(configurations)("of %s is loaded by it, and shows and sends the same", async (_, options) => {
      const llm = connect(azure(), { apiVersion: VERSION, ...options });
      const texts = await ask(llm, PROMPTS);
      const sent = sentBodies();
      const python = await askPython({ json: JSON.stringify(llm), secrets: secrets(), prompts: PROMPTS });

      expect(sentBodies()).toEqual(sent);
      expect(python).toMatchObject({ texts, warnings: [] });
      expect(asDocumented(python.view)).toEqual(viewOf(llm));
    });

    test("sends its token from there, too", async () => {
      const options = { apiVersion: VERSION, apiKey: undefined, azureADToken: azure().token };
      const json = JSON.stringify(connect(azure(), options));
      await askPython({ json, secrets: secrets(), prompts: [PROMPT] });

      expect(azure().requests).toMatchObject([{ authentication: { kind: "bearer", valid: true } }]);
    });

    test("with parameters it has no field for sends them from there, with its warning", async () => {
      const llm = connect(azure(), { apiVersion: VERSION, ...MOVED });
      const texts = await ask(llm, PROMPTS);
      const sent = sentBodies();
      const python = await askPython({ json: JSON.stringify(llm), secrets: secrets(), prompts: PROMPTS });

      expect(sentBodies()).toEqual(sent);
      expect(python.texts).toEqual(texts);
      expect(python.warnings).toHaveLength(Object.keys(MOVED).length);
    });

    test("with what only this package can do is loaded with a warning for each of it", async () => {
      const llm = connect(azure(), { operation: "chat", coalesce: true, idleTimeout: 5000 });
      const python = await askPython({ json: JSON.stringify(llm), secrets: secrets() });

      expect(python.warnings.map((warning) => warning.split(" ")[1])).toEqual([
        "operation",
        "coalesce",
        "idle_timeout",
      ]);
    });

    test("behind a gateway is loaded by it", async () => {
      const baseURL = `${azure().endpoint}/gateway`;
      const llm = connect(azure(), { azureEndpoint: undefined, baseURL, apiVersion: VERSION });
      const python = await askPython({ json: JSON.stringify(llm), secrets: secrets() });

      expect(kwargsOf(python.json)).toMatchObject({ openai_api_base: baseURL, validate_base_url: false });
    });

    test("of several deployments is refused by it, which has but one", async () => {
      const llm = connect(azure(), {
        deploymentName: undefined,
        deployments: [{ deploymentName: "one" }, { deploymentName: "two" }],
      });

      await expect(askPython({ json: JSON.stringify(llm), secrets: secrets() })).rejects.toThrow(
        "Missing credentials",
      );
    });
  });

  test("does the walk-through, and asks and shows what this class does", async () => {
    const environment = {
      OPENAI_API_VERSION: VERSION,
      AZURE_OPENAI_ENDPOINT: azure().endpoint,
      AZURE_OPENAI_API_KEY: azure().apiKey,
    };
    const printed = await text(startPython("walkthrough.py", environment).stdout);
    const [there] = azure().requests;
    Object.assign(process.env, environment);
    const llm = new ours.AzureOpenAI({ deploymentName: WALKTHROUGH_DEPLOYMENT });

    expect(printed).toMatch(`${await llm.invoke("Tell me a joke")}\n`);
    expect(azure().requests[1]).toMatchObject({ path: there?.path, query: there?.query });
    const [first, second] = sentBodies();
    expect(first).toEqual(second);
    // In bold, a dictionary of Python's; its keys come in the documentation's order.
    expect(printed).toContain("\u001B[1mAzureOpenAI\u001B[0m\nParams: {'deployment_name': 'gpt-35-turbo");
    const names = [...printed.matchAll(/'(\w+)': /g)].map(([, name]) => name);
    expect(names.filter((name) => name !== "seed" && name !== "logprobs")).toEqual(
      Object.keys(viewOf(llm)).filter((name) => name !== "logit_bias"),
    );
  });
});
