import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { runInThisContext } from "node:vm";

import {
  AzureCliCredential,
  ChainedTokenCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  getBearerTokenProvider,
} from "@azure/identity";

import { AuthenticationError } from "../../src/errors.js";
import type { SignIn } from "../../src/settings/settings.js";
import {
  ANSWER,
  closeServices,
  connect,
  dated,
  echoOperation,
  failureOf,
  json,
  options,
  request,
  serve,
} from "./support.js";

/** The variables as child processes see them: a test runner gives its tests a copy. */
const { env } = runInThisContext("process") as NodeJS.Process;
const path = env["PATH"] ?? "";

/** Some versions of the library look for a command themselves, others leave that to the system. */
function setPath(folders: string): void {
  env["PATH"] = process.env["PATH"] = folders;
}

/** A managed identity, as the environment of an App Service offers it. */
const identity = { available: true, seen: [] as { readonly url: string; readonly secret: unknown }[] };
const identityServer = createServer((incoming, response) => {
  identity.seen.push({ url: incoming.url ?? "", secret: incoming.headers["x-identity-header"] });
  const expires = Math.floor(Date.now() / 1000) + 86_400;
  const token = {
    access_token: "managed-token",
    expires_on: String(expires),
    resource: "r",
    token_type: "Bearer",
  };
  if (identity.available) json(response, token);
  else json(response, { error: "unavailable", error_description: "no identity" }, 400);
});

let folder: string;
let scope: string;
let scopes = 0;

// One endpoint for the file: the library remembers the first that it finds, and tokens by their scope.
beforeAll(async () => {
  await new Promise<void>((resolve) => identityServer.listen(0, "127.0.0.1", resolve));
  process.env["IDENTITY_ENDPOINT"] =
    `http://127.0.0.1:${(identityServer.address() as AddressInfo).port}/msi/token`;
  process.env["IDENTITY_HEADER"] = "identity-secret";
});

afterAll(async () => {
  delete process.env["IDENTITY_ENDPOINT"];
  delete process.env["IDENTITY_HEADER"];
  await new Promise((resolve) => identityServer.close(resolve));
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "az-"));
  scope = `https://cognitiveservices-${(scopes += 1)}.azure.com/.default`;
  identity.available = true;
  identity.seen = [];
});

afterEach(async () => {
  setPath(path);
  delete process.env["AZURE_TOKEN_CREDENTIALS"];
  await closeServices();
  await rm(folder, { recursive: true });
});

/** An Azure CLI that is signed in, and notes how it is called. */
async function installAzureCli(): Promise<() => Promise<string>> {
  const log = join(folder, "calls");
  const script = `#!/bin/sh
echo "$@" >> "${log}"
echo '{"accessToken":"cli-token","expiresOn":"2099-01-01 00:00:00.000000","expires_on":4070908800,"subscription":"s","tenant":"t","tokenType":"Bearer"}'
`;
  await writeFile(join(folder, "az"), script);
  await chmod(join(folder, "az"), 0o755);
  setPath(`${folder}${delimiter}${path}`);
  return () => readFile(log, "utf8");
}

/** The authentication headers with which the service is asked. */
async function signedInWith(signIn: SignIn): Promise<unknown> {
  const service = await serve((response) => json(response, ANSWER));
  const connection = connect(dated(service.origin, { scope }), { signIn });
  await Promise.all([1, 2, 3].map(() => connection.send(echoOperation, request(), options())));
  const found = new Set(
    service.seen.map(({ headers }) => JSON.stringify([headers["authorization"], headers["api-key"]])),
  );
  return [...found].map((entry): unknown => JSON.parse(entry));
}

test("a managed identity of an App Service signs in", async () => {
  const credential = new ManagedIdentityCredential();
  expect(await signedInWith({ kind: "credential", credential })).toEqual([["Bearer managed-token", null]]);
  expect(identity.seen).toHaveLength(1);
  expect(identity.seen[0]).toMatchObject({ secret: "identity-secret" });
  expect(identity.seen[0]?.url).toContain(`resource=${encodeURIComponent(scope.replace("/.default", ""))}`);
});

test("a chain falls back from a managed identity that is not there to the Azure CLI", async () => {
  identity.available = false;
  const calls = await installAzureCli();
  const credential = new ChainedTokenCredential(new ManagedIdentityCredential(), new AzureCliCredential());
  expect(await signedInWith({ kind: "credential", credential })).toEqual([["Bearer cli-token", null]]);
  expect((await calls()).trim().split("\n")).toEqual([expect.stringContaining("get-access-token")]);
});

test("the same chain signs in by the managed identity where there is one", async () => {
  await installAzureCli();
  const credential = new ChainedTokenCredential(new ManagedIdentityCredential(), new AzureCliCredential());
  expect(await signedInWith({ kind: "credential", credential })).toEqual([["Bearer managed-token", null]]);
});

test("a bearer token provider signs in", async () => {
  const provider = getBearerTokenProvider(new ManagedIdentityCredential(), scope);
  expect(await signedInWith({ kind: "provider", provider })).toEqual([["Bearer managed-token", null]]);
  expect(identity.seen).toHaveLength(1);
});

test("a DefaultAzureCredential signs in by the Azure CLI", async () => {
  identity.available = false;
  await installAzureCli();
  const credential = new DefaultAzureCredential();
  expect(await signedInWith({ kind: "credential", credential })).toEqual([["Bearer cli-token", null]]);
});

test("the default credential is made by this package, once for the process", async () => {
  process.env["AZURE_TOKEN_CREDENTIALS"] = "ManagedIdentityCredential";
  expect(await signedInWith({ kind: "default" })).toEqual([["Bearer managed-token", null]]);
  expect(await signedInWith({ kind: "default" })).toEqual([["Bearer managed-token", null]]);
  // The second connection asks the same credential, which has kept its token.
  expect(identity.seen).toHaveLength(1);
});

test("a chain in which nothing signs in is an AuthenticationError that says what to do", async () => {
  identity.available = false;
  setPath(folder);
  const credential = new ChainedTokenCredential(new ManagedIdentityCredential(), new AzureCliCredential());
  const error = await failureOf(
    connect(dated("http://127.0.0.1:1", { scope }), { signIn: { kind: "credential", credential } }).send(
      echoOperation,
      request(),
      options(),
    ),
  );
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error.message).toContain("az login");
  expect(error.message).toContain("`credential` gave no token");
});
