import { join } from "node:path";
import { DEPLOYMENT } from "./service.mjs";

/**
 * What the programs find, and nothing of what is set on this machine for the package or a runtime.
 *
 * @param {import("./check.mjs").Place} place
 */
export function createEnvironment({ directory, emulator }) {
  const ambient = Object.entries(process.env).filter(
    ([name]) => !/^(AZURE|OPENAI|LANGCHAIN|LANGSMITH|NODE|DENO|BUN)_|_proxy$|^FORCE_COLOR$/i.test(name),
  );
  return {
    ...Object.fromEntries(ambient),
    AZURE_OPENAI_ENDPOINT: emulator.endpoint,
    AZURE_OPENAI_API_KEY: emulator.apiKey,
    AZURE_OPENAI_API_DEPLOYMENT_NAME: DEPLOYMENT,
    OPENAI_API_VERSION: "2024-10-21",
    DENO_DIR: join(directory, ".deno"),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}
