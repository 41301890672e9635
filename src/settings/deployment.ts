import { ConfigurationError } from "../errors.js";
import { present } from "../present.js";
import type { Configuration } from "./configuration.js";
import { escapeDeployment, scopeOf } from "./endpoint.js";
import type { Environment } from "./environment.js";
import { chooseVersion, findPlace, isDated, type Place, type Version } from "./place.js";
import {
  type Chosen,
  chooseOption,
  chooseVariable,
  type Recorder,
  type SaidOptions,
  valueIfSaid,
  valueOf,
  valueOrDefault,
  waysToSet,
} from "./said.js";
import type { Access, DeploymentSettings, Secrets } from "./settings.js";
import { type ChosenSignIn, chooseSignIn, explainSignIn } from "./sign-in.js";

/** What one deployment is resolved from. */
export interface DeploymentSource {
  readonly said: SaidOptions;
  readonly configuration: Configuration;
  readonly environment: Environment;
  /** Written before an option's name in messages (`deployments[0].`). */
  readonly prefix: string;
  /** False where a sign-in from the environment would belong to another endpoint. */
  readonly ambientSignIn: boolean;
  readonly priority: number;
  readonly weight: number;
  readonly record: Recorder;
}

/** One deployment, resolved: what anyone may see, and the way to what is secret. */
export interface ResolvedDeployment {
  readonly deployment: DeploymentSettings;
  readonly access: Access;
}

/** The name: what the option says, then the endpoint's path, then the variables. */
function chooseDeployment(source: DeploymentSource, place: Place | undefined): Chosen<string> | undefined {
  const explicit = chooseOption(source.said, "deploymentName");
  if (explicit !== undefined) return explicit;
  if (place?.endpoint.deploymentName !== undefined) {
    return { value: place.endpoint.deploymentName, name: place.name, source: place.source };
  }
  return chooseVariable(source.environment, "deploymentName");
}

function explainPlace(prefix: string): string {
  return `No endpoint: set ${waysToSet("azureEndpoint", prefix)} to the resource's endpoint, such as https://NAME.openai.azure.com; or ${waysToSet("instanceName", prefix)} to its name; or ${waysToSet("azureOpenAIBasePath", prefix)} to a deployments root; or, for a gateway, ${waysToSet("baseURL", prefix)}.`;
}

function explainDeployment(prefix: string): string {
  return `No deployment: set ${waysToSet("deploymentName", prefix)} to the name that the deployment has in the Azure portal (with \`baseURL\`, to the \`model\` that the gateway expects).`;
}

/** Where requests go, by API. */
function toRoutes(
  { endpoint }: Place,
  { api }: Version,
  segment: string,
): Pick<DeploymentSettings, "baseURL" | "deploymentRoot"> {
  switch (api) {
    case "dated":
      return { baseURL: endpoint.base, deploymentRoot: `${endpoint.deploymentsRoot}/${segment}` };
    case "v1":
      return { baseURL: `${endpoint.base}/v1` };
    case "gateway":
      return { baseURL: endpoint.base };
  }
}

function chooseScope(
  { said, record, prefix }: DeploymentSource,
  place: Place,
  version: Version,
  { signIn }: ChosenSignIn,
): string {
  const explicit = valueIfSaid(said, "azureADScope", record);
  if (explicit !== undefined) return explicit.trim();
  const dated =
    version.api === "dated" ||
    (version.api === "gateway" && (place.endpoint.api === "dated" || isDated(version.apiVersion ?? "")));
  const scope = scopeOf(place.endpoint.cloud, dated);
  const needed = signIn.kind === "credential" || signIn.kind === "default";
  if (needed) record("azureADScope", scope, "default");
  if (scope === undefined && needed) {
    throw new ConfigurationError(
      `No scope is documented for Azure OpenAI in the cloud of ${place.endpoint.host}. Set \`${prefix}azureADScope\` to the one to ask a token for, or sign in with \`${prefix}apiKey\` or \`${prefix}azureADTokenProvider\`.`,
    );
  }
  return scope ?? "";
}

/** A closure keeps what is secret from whatever prints or writes objects. */
function toAccess(place: Place, { configuration }: DeploymentSource, { signIn }: ChosenSignIn): Access {
  // Without a prototype, so that nobody's `Object.prototype.fetchOptions` are taken for the caller's.
  const { headers, query, fetch, fetchOptions }: Configuration = Object.freeze({
    __proto__: null,
    ...configuration,
  });
  const secrets: Secrets = Object.freeze({
    __proto__: null,
    signIn: Object.freeze(signIn),
    headers,
    query: Object.freeze({ ...place.endpoint.query, ...query }),
    ...present({ fetch, fetchOptions }),
  });
  return () => secrets;
}

/** A place as its option is given: what every request adds to it is left out. */
function showPlace({ option, endpoint }: Place): string {
  if (option === "baseURL") return endpoint.base;
  return option === "azureOpenAIBasePath" ? endpoint.deploymentsRoot : endpoint.base.replace(/\/openai$/, "");
}

/** Resolves one deployment; throws one error that names everything that is missing. */
export function resolveDeployment(source: DeploymentSource): ResolvedDeployment {
  const { said, environment, prefix, record } = source;
  const allowHttp = valueOrDefault(said, "allowHttp", record);
  const place = findPlace(said, environment, allowHttp);
  if (place !== undefined) record(place.option, showPlace(place), place.source);
  const deployment = chooseDeployment(source, place);
  if (deployment !== undefined) record("deploymentName", deployment.value, deployment.source);
  const query = { ...place?.endpoint.query, ...source.configuration.query };
  const ambient = source.ambientSignIn ? environment : undefined;
  const signIn = chooseSignIn(said, { headers: source.configuration.headers, query }, ambient);
  if (signIn !== undefined) record(signIn.option, signIn.signIn.kind, signIn.source);
  if (place === undefined || deployment === undefined || signIn === undefined) {
    const missing = [
      place === undefined ? explainPlace(prefix) : undefined,
      deployment === undefined ? explainDeployment(prefix) : undefined,
      signIn === undefined ? explainSignIn(environment, prefix, source.ambientSignIn) : undefined,
    ];
    throw new ConfigurationError(missing.filter((each) => each !== undefined).join("\n"));
  }
  const segment = escapeDeployment(deployment.value, deployment.name);
  const version = chooseVersion(said, environment, place);
  record("apiVersion", version.apiVersion ?? version.api, version.source ?? "default");
  const optional = {
    model: valueIfSaid(said, "model", record),
    contextWindow: valueIfSaid(said, "contextWindow", record),
    requestsPerMinute: valueIfSaid(said, "requestsPerMinute", record),
    tokensPerMinute: valueIfSaid(said, "tokensPerMinute", record),
    apiVersion: version.apiVersion,
  };
  return {
    // Without a prototype: what is absent is nobody's `Object.prototype.deploymentRoot`.
    deployment: Object.freeze({
      __proto__: null,
      deploymentName: deployment.value,
      api: version.api,
      ...toRoutes(place, version, segment),
      host: place.endpoint.host,
      cloud: place.endpoint.cloud,
      scope: chooseScope(source, place, version, signIn),
      operation: valueOf(said, "operation") ?? "auto",
      priority: source.priority,
      weight: source.weight,
      ...present(optional),
    }),
    access: toAccess(place, source, signIn),
  };
}
