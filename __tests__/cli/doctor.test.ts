import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify, stripVTControlCharacters } from "node:util";
import type { Fault } from "../../src/emulator/index.js";
import { useEmulator } from "../support/emulator.js";
import { assertBuilt, COMMAND, type Ended, run, variablesFor } from "./command.js";

const emulator = useEmulator();
beforeAll(assertBuilt);

type Variables = Readonly<Record<string, string | undefined>>;

/** The doctor on the emulator's `chat`, with some variables different; `undefined` takes one away. */
async function visit(changes: Variables = {}, words: readonly string[] = []): Promise<Ended> {
  const variables = { ...variablesFor(emulator(), "chat"), ...changes };
  const kept = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const ended = await run(["doctor", ...words], Object.fromEntries(kept));
  const key = variables["AZURE_OPENAI_API_KEY"]?.trim() ?? "";
  if (key !== "") expect(ended.stdout + ended.stderr).not.toContain(key);
  return ended;
}

/** A row of the table of settings. */
function row(option: string, value: string, source: string): RegExp {
  return new RegExp(`^  ${option} +${value} +${source}$`, "m");
}

describe("on a deployment that works", () => {
  test.each([
    ["chat", "chat", ["chat", "responses"]],
    ["reasoning", "chat", ["chat", "responses"]],
    ["instruct", "completions", ["completions"]],
  ])("%s: it says what answered and what is supported", async (deployment, operation, supported) => {
    const { code, stdout, stderr } = await visit({ AZURE_OPENAI_API_DEPLOYMENT_NAME: deployment });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`✓ ${operation} answered in`);
    const found = [...stdout.matchAll(/✓ (\w+) +answers/g)].map(([, name]) => name);
    expect(found).toEqual(supported);
    expect(stdout).toContain("All is well.");
  });

  test("it costs at most a request for each operation, of few tokens", async () => {
    await visit();
    const bodies = emulator().requests.map(({ body }) => body as Record<string, unknown>); // the client sends objects
    expect(bodies).toHaveLength(3);
    for (const { max_tokens, max_output_tokens } of bodies) expect(max_tokens ?? max_output_tokens).toBe(16);
  });

  test("it says where each setting came from, and masks the key", async () => {
    const { stdout } = await visit({}, [
      "--deployment",
      "reasoning",
      "--api-version",
      "2024-10-21",
      "--offline",
    ]);
    expect(stdout).toMatch(row("azureEndpoint", "http://127[.\\d]+:\\d+", "AZURE_OPENAI_ENDPOINT"));
    expect(stdout).toMatch(row("deploymentName", "reasoning", "--deployment"));
    expect(stdout).toMatch(row("apiVersion", "2024-10-21", "--api-version"));
    expect(stdout).toMatch(row("apiKey", "\\*\\*\\*", "AZURE_OPENAI_API_KEY"));
    expect(stdout).not.toMatch(/^ {2}maxRetries/m);
    expect((await visit({}, ["--all", "--offline"])).stdout).toMatch(row("maxRetries", "6", "default"));
    expect(emulator().requests).toEqual([]);
  });

  test("it works with a token as well", async () => {
    const { code, stdout } = await visit({
      AZURE_OPENAI_API_KEY: undefined,
      OPENAI_API_TYPE: "azure_ad",
      OPENAI_API_KEY: emulator().token,
    });
    expect(code).toBe(0);
    expect(stdout).toContain("with the Microsoft Entra ID token in OPENAI_API_KEY");
  });

  test("there are no colours in a pipe", async () => {
    // eslint-disable-next-line no-control-regex -- escape sequences are what it looks for
    expect((await visit()).stdout).not.toMatch(/\u001b/);
  });
});

describe("on what people run into", () => {
  test("no endpoint: it names the ways to give one", async () => {
    const { code, stdout } = await visit({ AZURE_OPENAI_ENDPOINT: undefined });
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ No endpoint: .*AZURE_OPENAI_ENDPOINT/);
  });

  test("nothing set: a bullet for each thing that is missing, with what to type", async () => {
    const { code, stdout } = await run(["doctor"]);
    expect(code).toBe(1);
    expect([...stdout.matchAll(/^ {2}✗ ([^:]+):/gm)].map(([, what]) => what)).toEqual([
      "No endpoint",
      "No deployment",
      "No sign-in",
    ]);
    for (const way of [
      "--endpoint URL",
      "--deployment NAME",
      "export AZURE_OPENAI_ENDPOINT=https://NAME.openai.azure.com",
      "export AZURE_OPENAI_API_DEPLOYMENT_NAME=NAME",
      "export AZURE_OPENAI_API_KEY=KEY",
    ]) {
      expect(stdout).toMatch(new RegExp(`^ +${way}$`, "m"));
    }
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(102);
  });

  test("only OPENAI_API_VERSION: it is read, and the request has it", async () => {
    const { code, stdout } = await visit({ OPENAI_API_VERSION: "2024-10-21" });
    expect(code).toBe(0);
    expect(stdout).toMatch(row("apiVersion", "2024-10-21", "OPENAI_API_VERSION"));
    expect(emulator().requests[0]).toMatchObject({ apiVersion: "2024-10-21", api: "dated" });
  });

  test("two versions: it says which one counts", async () => {
    const { stdout } = await visit(
      { OPENAI_API_VERSION: "2024-10-21", AZURE_OPENAI_API_VERSION: "2024-06-01" },
      ["--offline"],
    );
    expect(stdout).toContain(
      "OPENAI_API_VERSION is set as well and not used: AZURE_OPENAI_API_VERSION comes first.",
    );
  });

  test("a version that Azure does not know", async () => {
    const { code, stdout } = await visit({ OPENAI_API_VERSION: "2021-01-01" });
    expect(code).toBe(1);
    expect(stdout).toContain(
      "Likely cause: Azure does not know the API version 2021-01-01 (from OPENAI_API_VERSION)",
    );
  });

  test("only OPENAI_API_KEY: it is not taken for Azure's", async () => {
    const { code, stdout } = await visit({ AZURE_OPENAI_API_KEY: undefined, OPENAI_API_KEY: "sk-SECRET" });
    expect(code).toBe(1);
    expect(stdout).toContain("OPENAI_API_KEY is set and not read");
    expect(stdout).toContain("No sign-in");
    expect(stdout).not.toContain("sk-SECRET");
  });

  test("variables of other clients lead nowhere else and are not sent", async () => {
    const { code, stdout } = await visit({
      OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
      OPENAI_ORG_ID: "org-1",
      OPENAI_PROJECT_ID: "proj-1",
    });
    expect(code).toBe(0);
    expect(stdout).toContain("OPENAI_BASE_URL is set and not read");
    expect(stdout).toContain("OPENAI_ORG_ID is set and not read");
    expect(Object.keys(emulator().requests[0]?.headers ?? {})).not.toContain("openai-organization");
  });

  test.each(["//", "/openai/v1/", "/openai/deployments/chat/"])(
    "an endpoint that ends in %s",
    async (ending) => {
      const { code } = await visit({ AZURE_OPENAI_ENDPOINT: `${emulator().endpoint}${ending}` });
      expect(code).toBe(0);
      expect(emulator().requests[0]?.path).toMatch(/^\/openai\/(v1|deployments\/chat)\/chat\/completions$/);
    },
  );

  test("an endpoint of the v1 API with a dated version", async () => {
    const { code, stdout } = await visit({
      AZURE_OPENAI_ENDPOINT: `${emulator().endpoint}/openai/v1/`,
      OPENAI_API_VERSION: "2024-10-21",
    });
    expect(code).toBe(0);
    expect(stdout).toContain(
      "OPENAI_API_VERSION is set as well and not used: AZURE_OPENAI_ENDPOINT comes first.",
    );
  });

  test("a resource without the v1 API", async () => {
    emulator().fail({
      status: 404,
      body: { error: { code: "404", message: "Resource not found" } },
      times: 9,
    });
    const { code, stdout } = await visit();
    expect(code).toBe(1);
    expect(stdout).toContain("Likely cause: The v1 API is asked (apiVersion, by default)");
    expect(stdout).toContain("2024-10-21");
  });

  test("another cloud has its own scope", async () => {
    const { code, stdout } = await visit(
      {
        AZURE_OPENAI_ENDPOINT: "https://res.openai.azure.us",
        AZURE_OPENAI_API_KEY: undefined,
        OPENAI_API_VERSION: "2024-10-21",
      },
      ["--credential", "default", "--offline"],
    );
    expect(code).toBe(0);
    expect(stdout).toContain("cloud: US Government");
    expect(stdout).toContain(
      "DefaultAzureCredential (--credential), scope https://cognitiveservices.azure.us/.default",
    );
  });

  test("the name of a model instead of the deployment's", async () => {
    const { code, stdout } = await visit({}, ["--deployment", "gpt-4o-mini"]);
    expect(code).toBe(1);
    expect(stdout).toContain('Likely cause: "gpt-4o-mini" (from --deployment) is the name of a model');
  });

  test("a variable that sibling classes read as well", async () => {
    const { stdout } = await visit({ AZURE_OPENAI_API_DEPLOYMENT_NAME: "embeddings" });
    expect(stdout).toContain("AZURE_OPENAI_API_COMPLETIONS_DEPLOYMENT_NAME is this one's own");
  });

  test("the wrong operation: it says which ones answer", async () => {
    const { code, stdout } = await visit({}, ["--operation", "completions"]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'The deployment "chat" (from AZURE_OPENAI_API_DEPLOYMENT_NAME) holds a model of another kind',
    );
    expect(stdout).toContain("It answers chat and responses: use --operation chat");
  });

  test("a blank variable", async () => {
    const { stdout } = await visit({ AZURE_OPENAI_API_KEY: "  " });
    expect(stdout).toContain("AZURE_OPENAI_API_KEY is set but blank");
  });

  test("a key with quotation marks around it", async () => {
    const { code, stdout } = await visit({ AZURE_OPENAI_API_KEY: '"emulator-key"' });
    expect(code).toBe(1);
    expect(stdout).toContain("it has quotation marks around it");
  });

  test.each(["'", '"'])("an endpoint with %s around it", async (mark) => {
    const { code, stdout } = await visit(
      {
        AZURE_OPENAI_ENDPOINT: `${mark}${emulator().endpoint}${mark}`,
      },
      ["--max-retries", "0"],
    );
    expect(code).toBe(1);
    expect(stdout).toContain("AZURE_OPENAI_ENDPOINT has quotation marks around it");
    if (mark === "'") expect(stdout).toContain("Likely cause: The endpoint in AZURE_OPENAI_ENDPOINT has");
  });

  test("quotation marks around a flag's value", async () => {
    const { stdout } = await visit({}, ["--endpoint", '"https://res.openai.azure.com"', "--offline"]);
    expect(stdout).toContain("--endpoint has quotation marks around it, which are taken as part of it.");
  });

  test("what happened, why and what to do are told once each", async () => {
    const { stdout } = await visit({ AZURE_OPENAI_API_KEY: "WRONG-KEY" });
    const lines = stdout.slice(stdout.indexOf("One request")).split("\n").slice(1, 4);
    expect(lines).toEqual([
      expect.stringMatching(
        /^ {2}✗ AuthenticationError: The sign-in was not accepted\. .* for your resource\."$/,
      ),
      expect.stringMatching(/^ {2}Likely cause: The key in AZURE_OPENAI_API_KEY belongs to another resource/),
      expect.stringMatching(/^ {2}To mend it: Check that `apiKey` .*#authentication\.$/),
    ]);
  });

  test.each([
    ["AZURE_OPENAI_KEY", "AZURE_OPENAI_API_KEY"],
    ["AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_API_DEPLOYMENT_NAME"],
    ["AZURE_OPENAI_DEPLOYMENT_NAME", "AZURE_OPENAI_API_DEPLOYMENT_NAME"],
    ["AZURE_OPENAI_MODEL", "AZURE_OPENAI_API_DEPLOYMENT_NAME"],
    ["AZURE_OPENAI_VERSION", "AZURE_OPENAI_API_VERSION"],
    ["AZURE_OPENAI_API_BASE", "AZURE_OPENAI_ENDPOINT"],
    ["OPENAI_API_BASE", "AZURE_OPENAI_ENDPOINT"],
  ])("%s instead of %s", async (wrong, right) => {
    const { stdout } = await visit({ [wrong]: "SECRET" }, ["--offline"]);
    expect(stdout).toContain(`${wrong} is set and not read: the variable's name is ${right}.`);
    expect(stdout).not.toContain("SECRET");
  });

  test("an expired token", async () => {
    const claims = { exp: Math.floor(Date.now() / 1000) - 600, aud: "https://ai.azure.com" };
    const token = `eyJh.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.SIGNATURE`;
    const { code, stdout } = await visit({ AZURE_OPENAI_API_KEY: undefined, AZURE_OPENAI_AD_TOKEN: token });
    expect(code).toBe(1);
    expect(stdout).toContain(
      "Likely cause: The token in AZURE_OPENAI_AD_TOKEN cannot work: it expired 10 minutes ago.",
    );
    expect(stdout).not.toContain("SIGNATURE");
  });
});

describe("on a token", () => {
  const visitWith = (claims: object): Promise<Ended> => {
    const token = `eyJh.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
    return visit({ AZURE_OPENAI_API_KEY: undefined, AZURE_OPENAI_AD_TOKEN: token }, ["--offline"]);
  };

  test("it says how long it is good for", async () => {
    const { stdout } = await visitWith({
      exp: Math.round(Date.now() / 1000) + 3600,
      aud: "https://ai.azure.com",
    });
    expect(stdout).toMatch(/it expires in (59|60) minutes/);
  });

  test("it says nothing of a time that the token does not tell", async () => {
    const { code, stdout } = await visitWith({ aud: "https://ai.azure.com" });
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/expire/);
  });
});

const pseudoTerminal = existsSync("/usr/bin/script") ? describe : describe.skip;
pseudoTerminal("on a terminal", () => {
  /** What a terminal of 60 columns shows, without its colours. */
  async function look(words: string, variables: Readonly<Record<string, string>>): Promise<string> {
    const command = `stty cols 60; ${process.execPath} ${COMMAND} doctor ${words}; true`;
    const { stdout } = await promisify(execFile)("script", ["-qec", command, "/dev/null"], {
      env: { PATH: process.env["PATH"], TERM: "xterm", ...variables },
    });
    return stdout;
  }

  test("headings are bold, and no line is longer than the terminal is wide", async () => {
    const shown = await look("--offline --api-version 2021-01-01", {
      ...variablesFor(emulator(), "chat"),
      OPENAI_API_BASE: "https://elsewhere.example",
    });
    expect(shown).toContain("\u001b[1mSettings\u001b[0m");
    const lines = stripVTControlCharacters(shown).split(/\r?\n/);
    const note = lines.findIndex((line) => line.includes("OPENAI_API_BASE is set"));
    expect(lines[note]).not.toContain("AZURE_OPENAI_ENDPOINT");
    expect(lines[note + 1]).toContain("AZURE_OPENAI_ENDPOINT");
  });

  test("what is missing is wrapped to its width", async () => {
    const lines = stripVTControlCharacters(await look("", {})).split(/\r?\n/);
    const problems = lines.slice(lines.indexOf("Problem") + 1);
    expect(problems.find((line) => line.includes("No endpoint"))).toBeDefined();
    for (const line of problems.filter((each) => !each.includes("export "))) {
      if (line.trim().includes(" ")) expect(line.length).toBeLessThanOrEqual(60);
    }
  });
});

describe("on an operation that neither answers nor says that it is not there", () => {
  test.each<readonly [what: string, fault: Fault, reason: string]>([
    [
      "in the service's words",
      { status: 500, body: { error: { message: "Out of order." } } },
      "Out of order.",
    ],
    ["in ours", { kind: "reset" }, "The connection to"],
  ])("it is unclear, and why is told %s", async (_what, fault, reason) => {
    emulator().fail({ ...fault, operation: "responses", times: 9 });
    const { code, stdout } = await visit({}, ["--max-retries", "0"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`\\? responses +unclear: .*${reason}`));
  });
});

describe("behind a gateway", () => {
  let gateway: Server;
  let url: string;
  beforeAll(async () => {
    gateway = createServer((request, response) => {
      response.setHeader("content-type", "application/json");
      if (request.url?.startsWith("/locked/") === true) {
        response.statusCode = 401;
        response.end(
          '{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API." }',
        );
      } else if (/^\/(team|silent)\/chat\/completions$/.test(request.url ?? "")) {
        const message = { role: "assistant", content: "OK." };
        const model = request.url?.startsWith("/team/") === true ? { model: "m" } : {};
        response.end(
          JSON.stringify({ id: "1", ...model, choices: [{ index: 0, message, finish_reason: "stop" }] }),
        );
      } else {
        response.statusCode = 404;
        response.end("Not here.");
      }
    });
    await new Promise<void>((listening) => gateway.listen(0, "127.0.0.1", listening));
    url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`; // it listens on a port
  });
  afterAll(() => {
    gateway.closeAllConnections();
    gateway.close();
  });

  test("a base URL gets the operation's path and nothing else", async () => {
    const { code, stdout } = await visit({ AZURE_OPENAI_ENDPOINT: undefined }, ["--base-url", `${url}/team`]);
    expect(stdout).toContain("✓ chat answered");
    expect(code).toBe(0);
  });

  test("what it does not say of itself is left out", async () => {
    const { stdout } = await visit({ AZURE_OPENAI_ENDPOINT: undefined }, ["--base-url", `${url}/silent`]);
    expect(stdout).toMatch(/✓ chat answered in \d+ ms$/m);
  });

  test("a base URL that is wrong", async () => {
    const { code, stdout } = await visit({}, ["--base-url", `${url}/other`]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `Likely cause: The gateway has nothing at ${url}/other followed by the operation's path`,
    );
  });

  test("a gateway that wants a key of its own", async () => {
    const { code, stdout } = await visit({}, ["--base-url", `${url}/locked`]);
    expect(code).toBe(1);
    expect(stdout).toContain("that wants a key of its own");
  });
});
