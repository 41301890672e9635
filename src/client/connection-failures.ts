import { AzureOpenAIError, ConfigurationError, ConnectionError } from "../errors.js";
import { present } from "../present.js";
import { isLoopback } from "../settings/endpoint.js";
import type { Asked } from "./failures.js";
import { codeOf, isErrorLike } from "./secrets.js";

const CERTIFICATE =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|EPROTO$)/;

/** What a compressed body fails with. */
const BODY = /^(?:Z_[A-Z]+_ERROR|ERR_BROTLI|ERR__ERROR)/;

/** Makes the error for a connection that did not come about, or broke. */
export function toConnectionFailure(caught: unknown, asked: Asked): Error {
  if (AzureOpenAIError.isInstance(caught)) return caught;
  const { settings, redactor } = asked;
  const details = present({ deploymentName: settings.deploymentName });
  const cause = redactor.sanitize(caught);
  const code = findCode(cause);
  if (code === "ERR_INVALID_URL" || code === "ERR_UNESCAPED_CHARACTERS") {
    return new ConfigurationError(
      "The address of the service is no valid URL. Check `azureEndpoint` (AZURE_OPENAI_ENDPOINT) or `baseURL`.",
      { ...details, cause },
    );
  }
  return new ConnectionError(`${describe(code, settings.host)}${quote(cause.message, code)}`, {
    ...details,
    cause,
  });
}

/** What was said, where it says more than the code. */
function quote(message: string, code: string | undefined): string {
  const said = message.trim();
  const known = said === "" || said === "fetch failed" || (code !== undefined && said.includes(code));
  return known ? "" : ` ${said}`;
}

function describe(code: string | undefined, host: string): string {
  const proxy = isLoopback(new URL(`http://${host}`).hostname)
    ? ""
    : " Behind a proxy, set or check HTTPS_PROXY (with NODE_USE_ENV_PROXY=1 on Node 24), or give `configuration.fetch` or `configuration.fetchOptions`.";
  const scheme =
    "If it lasts, check that scheme and port of `azureEndpoint` (AZURE_OPENAI_ENDPOINT) or `baseURL` are right, and whatever stands between.";
  switch (code) {
    case undefined:
      return `The connection to ${host} failed. ${scheme}${proxy}`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host ${host} was not found (${code}). Check \`azureEndpoint\` (AZURE_OPENAI_ENDPOINT) or \`instanceName\` for a slip, and the name resolution.${proxy}`;
    case "ECONNREFUSED":
      return `${host} refused the connection (${code}). Check the host and port of \`azureEndpoint\` (AZURE_OPENAI_ENDPOINT) or \`baseURL\`.${proxy}`;
    case "ECONNRESET":
    case "EPIPE":
    case "UND_ERR_SOCKET":
      return `The connection to ${host} broke before the answer was whole (${code}). ${scheme}`;
  }
  if (CERTIFICATE.test(code)) {
    return `No trusted TLS connection to ${host} (${code}). For a company's own certificates, name their file in NODE_EXTRA_CA_CERTS before the process starts; check also that the scheme of \`azureEndpoint\` (AZURE_OPENAI_ENDPOINT) is right.`;
  }
  if (BODY.test(code)) {
    return `The answer of ${host} cannot be decompressed (${code}). If \`azureEndpoint\` (AZURE_OPENAI_ENDPOINT) or \`baseURL\` names a gateway, have it leave answers uncompressed, as they are asked for.`;
  }
  return `The connection to ${host} failed (${code}). ${scheme}${proxy}`;
}

/** The platform's `fetch` keeps the code in a cause. */
function findCode(error: unknown): string | undefined {
  return isErrorLike(error) ? (codeOf(error) ?? findCode(error.cause)) : undefined;
}
