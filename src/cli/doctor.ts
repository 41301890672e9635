import type { AzureOpenAI, AzureOpenAIInput } from "langchain-azure-openai";

import { AzureOpenAIError } from "../errors.js";
import { readVariable } from "../settings/environment.js";
import { type ExplainedOption, explainSettings } from "../settings/explain.js";
import type { DeploymentSettings } from "../settings/settings.js";
import type { Arguments } from "./arguments.js";
import { findCause } from "./causes.js";
import type { Command } from "./command.js";
import { explainEnvironment } from "./environment-notes.js";
import { EXIT } from "./exit-codes.js";
import { MODEL_FLAGS } from "./flags.js";
import { type Answer, ask, createModel } from "./model.js";
import { paletteOf, writeOut } from "./output.js";
import { formatProblems } from "./problems.js";
import { type Probe, PROBE_PROMPT, PROBE_TOKENS, probeOperations } from "./probes.js";
import { hasQuotationMarks } from "./quotation-marks.js";
import { formatSettings } from "./settings-report.js";
import { findSignIn } from "./sign-in.js";
import { splitMessage } from "./split-message.js";
import { findTokenFault, readTokenClaims } from "./token.js";
import { wrap } from "./wrap.js";

const { bold, good, bad, doubtful, dim } = paletteOf(process.stdout);

/** A doctor's visit is short: these hold where nothing else was said. */
const PATIENCE: AzureOpenAIInput = { maxRetries: 1, maxRetryDelay: 10_000, timeout: 60_000 };

const INDENT = "  ";

/** What is missing takes long texts, which are wrapped in a pipe as well. */
const PIPE_WIDTH = 100;

/** After these the other operations have something to tell. */
const WORTH_PROBING: readonly string[] = [
  "operation_not_supported",
  "deployment_not_found",
  "invalid_request",
];

/** A terminal would cut words. */
function findWidth(inPipe: number): number {
  return process.stdout.isTTY ? process.stdout.columns - INDENT.length : inPipe;
}

async function section(title: string, lines: readonly string[]): Promise<void> {
  const width = findWidth(Infinity);
  const wrapped = lines.flatMap((line) => (line.length > width ? wrap(line, width) : [line]));
  await writeOut(`${bold(title)}\n${wrapped.map((line) => `${INDENT}${line}\n`).join("")}\n`);
}

function isBlank(name: string): boolean {
  const value = process.env[name];
  return value?.trim() === "";
}

/** Says of which flags the quotation marks were copied along. */
function explainFlags(given: Arguments): string[] {
  return Object.keys(MODEL_FLAGS)
    .filter((flag) => hasQuotationMarks(given.text(flag) ?? ""))
    .map((flag) => `--${flag} has quotation marks around it, which are taken as part of it.`);
}

function describeSignIn(options: readonly ExplainedOption[], { scope }: DeploymentSettings): string[] {
  const { option, source, secret } = findSignIn(options, readVariable);
  switch (option) {
    case "apiKey":
      return [`with the key in ${source}`];
    case "azureADToken":
      return [`with the Microsoft Entra ID token in ${source}`, ...describeToken(secret, scope)];
    default:
      return [`with Microsoft Entra ID: DefaultAzureCredential (${source}), scope ${scope}`];
  }
}

function describeToken(token: string, scope: string): string[] {
  const now = Date.now();
  const fault = findTokenFault(token, scope, now);
  if (fault !== undefined) return [doubtful(`note: ${fault}`)];
  const expiresAt = readTokenClaims(token)?.expiresAt;
  return expiresAt === undefined ? [] : [`it expires in ${Math.round((expiresAt - now) / 60_000)} minutes`];
}

function describeRoute({
  api,
  apiVersion,
  baseURL,
  deploymentRoot,
  cloud,
  host,
}: DeploymentSettings): string[] {
  const loopback = /^(localhost|127\.|\[::1\])/.test(host);
  const names = { public: "public", usgov: "US Government", china: "China", unknown: "unknown" } as const;
  return [
    `${deploymentRoot ?? baseURL}/…${apiVersion === undefined ? "" : `?api-version=${apiVersion}`}`,
    `API: ${api}; cloud: ${loopback ? "this machine" : names[cloud]}`,
    ...(cloud === "unknown" && !loopback && api !== "gateway"
      ? [doubtful(`note: ${host} is no host of Azure's; for a gateway with paths of its own use --base-url`)]
      : []),
  ];
}

function describeAnswer(answer: Answer, elapsedMs: number): string[] {
  const { text, operation, model, region, requestId } = answer;
  const from = [model, region].filter((part) => part !== undefined).join(", ");
  return [
    `${good("✓")} ${operation ?? "the operation"} answered in ${Math.round(elapsedMs)} ms${from === "" ? "" : ` (${from})`}`,
    `  ${dim(JSON.stringify(text.trim().slice(0, 60)))}`,
    ...(requestId === undefined ? [] : [`  ${dim(`request id ${requestId}`)}`]),
  ];
}

/** What happened, then why it may have, then what to do: each once. */
function describeFailure(error: AzureOpenAIError, cause: string): string[] {
  const { account, advice } = splitMessage(error);
  return [
    `${bad("✗")} ${error.name}: ${account}`,
    `${bold("Likely cause:")} ${cause}`,
    `${bold("To mend it:")} ${advice === "" ? "" : `${advice} `}See ${error.help}.`,
  ];
}

const MARKS = { yes: good("✓"), no: dim("–"), unclear: doubtful("?") } as const;
const MEANINGS = { yes: "answers", no: "not served", unclear: "unclear" } as const;

function describeProbe({ operation, answers, reason }: Probe): string {
  const why = reason === undefined ? "" : `: ${reason}`;
  return `${MARKS[answers]} ${operation.padEnd(12)}${MEANINGS[answers]}${why}`;
}

/** What became of the one real request. */
type Outcome = { readonly answer: Answer; readonly elapsedMs: number } | { readonly error: AzureOpenAIError };

async function request(model: AzureOpenAI): Promise<Outcome> {
  const startedAt = performance.now();
  try {
    const answer = await ask(model, PROBE_PROMPT);
    return { answer, elapsedMs: performance.now() - startedAt };
  } catch (error) {
    if (AzureOpenAIError.isInstance(error)) return { error };
    throw error;
  }
}

function worthProbing(outcome: Outcome, { operation }: DeploymentSettings): boolean {
  if ("answer" in outcome) return true;
  const { code, service } = outcome.error;
  // `auto` has asked for all of them.
  return operation !== "auto" && WORTH_PROBING.includes(code) && service?.code !== "DeploymentNotFound";
}

function adviseOperation(probes: readonly Probe[], outcome: Outcome): string[] {
  const answering = probes.filter(({ answers }) => answers === "yes").map(({ operation }) => operation);
  const [first] = answering;
  if ("answer" in outcome || first === undefined) return [];
  return [`It answers ${answering.join(" and ")}: use --operation ${first} (\`operation\`), or auto.`];
}

async function run(given: Arguments): Promise<number> {
  const input = given.modelInput();
  const { options, problem } = explainSettings(input);
  await section("Settings", formatSettings(options, given.has("all")));
  const notes = [...explainFlags(given), ...explainEnvironment(options, readVariable, isBlank)];
  if (notes.length > 0) await section("Notes", notes);
  if (problem !== undefined) {
    await section("Problem", formatProblems(problem.message, bad("✗"), findWidth(PIPE_WIDTH)));
    return EXIT.failed;
  }

  const patient: AzureOpenAIInput = { ...PATIENCE, ...input };
  const model = await createModel({ maxTokens: PROBE_TOKENS, ...patient });
  const [deployment] = model.settings.deployments as readonly [DeploymentSettings]; // the command line names one
  await section("Requests go to", describeRoute(deployment));
  await section("Signs in", describeSignIn(options, deployment));
  if (given.has("offline")) return EXIT.fine;

  const outcome = await request(model);
  if ("answer" in outcome) {
    await section("One request", describeAnswer(outcome.answer, outcome.elapsedMs));
  } else {
    const circumstances = { deployment, options, environment: readVariable, now: Date.now() };
    await section("One request", [
      ...describeFailure(outcome.error, findCause(outcome.error, circumstances)),
      ...(outcome.error.requestId === undefined ? [] : [dim(`request id ${outcome.error.requestId}`)]),
    ]);
  }
  if (worthProbing(outcome, deployment)) {
    const known = "answer" in outcome ? outcome.answer.operation : undefined;
    const probes = await probeOperations(patient, known);
    await section("What the deployment supports", [
      ...probes.map(describeProbe),
      ...adviseOperation(probes, outcome),
    ]);
  }
  if ("error" in outcome) return EXIT.failed;
  await writeOut(`${good("All is well.")}\n`);
  return EXIT.fine;
}

/** Finds out why it does not work, or that it does. */
export const doctor: Command = {
  name: "doctor",
  usage: "",
  about: "Checks settings, sign-in and deployment with small real requests.",
  notes: [
    "Shows which setting came from where (secrets are masked) and how it signs in, sends one request, and asks which operations the deployment answers. A failure is explained with its likely cause. At most a few requests of a few tokens are sent.",
  ],
  flags: {
    all: { kind: "switch", about: "Shows the settings that have their default as well." },
    offline: { kind: "switch", about: "Checks the settings only, and sends nothing." },
  },
  takesModel: true,
  positionals: [],
  run,
};
