import { ConfigurationError } from "../errors.js";

const HEADERS = "Put headers into `configuration.defaultHeaders`, or give the call `headers`";

/** Fields that are an option's or the package's own, or that are meant for another place than the body. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ["model", "Name the deployment with `deploymentName`"],
  ["prompt", "Give the prompt to the call"],
  ["messages", "Give the prompt to the call, and what goes before it to `systemMessage`"],
  ["input", "Give the prompt to the call"],
  ["stream", "Call `.stream()`, or set `streaming: true`"],
  ["n", "Set the option `n`"],
  ["headers", HEADERS],
  ["extra_headers", HEADERS],
  ["extra_query", "Put the query's parameters into `configuration.defaultQuery`"],
  ["__proto__", "Take it out and use another name"],
  // JSON would write what it returns in place of the whole body.
  ["toJSON", "Take it out and use another name"],
]);

/** Refuses fields that `modelKwargs` may not hold. */
export function checkModelKwargs(modelKwargs: Readonly<Record<string, unknown>> | undefined): void {
  for (const key of Object.keys(modelKwargs ?? {})) {
    const remedy = RESERVED.get(key);
    if (remedy !== undefined) {
      throw new ConfigurationError(`\`modelKwargs\` may not hold \`${key}\`. ${remedy} instead.`);
    }
  }
}

/** Refuses what the body of a request cannot carry, here rather than at the first call. */
export function assertJson(modelKwargs: unknown): void {
  try {
    JSON.stringify(modelKwargs);
  } catch (cause) {
    throw new ConfigurationError(
      `\`modelKwargs\` holds a value that JSON cannot carry, such as a BigInt. Make it a number or a string.`,
      { cause },
    );
  }
}
