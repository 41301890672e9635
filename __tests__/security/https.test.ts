import { AzureOpenAI, type AzureOpenAIInput } from "../../src/index.js";
import { deploymentOf, refusalOf } from "../settings/resolving.js";
import { useEmulator, WALKTHROUGH_DEPLOYMENT } from "../support/emulator.js";
import { useCleanEnvironment } from "../support/environment.js";

useCleanEnvironment();
const azure = useEmulator();

const resolve = (azureEndpoint: string, fields: AzureOpenAIInput = {}): string =>
  deploymentOf({ azureEndpoint, deploymentName: "d", apiKey: "k", ...fields }).baseURL;

describe("http is for this machine alone", () => {
  test.each([
    ["http://127.0.0.1:5000", "http://127.0.0.1:5000/openai/v1"],
    ["http://127.255.255.254:5000", "http://127.255.255.254:5000/openai/v1"],
    ["http://localhost:5000", "http://localhost:5000/openai/v1"],
    ["http://LOCALHOST:5000", "http://localhost:5000/openai/v1"],
    ["http://[::1]:5000", "http://[::1]:5000/openai/v1"],
    ["http://[0:0:0:0:0:0:0:1]:5000", "http://[::1]:5000/openai/v1"],
    // Other spellings of 127.0.0.1, which is what is asked then.
    ["http://127.1", "http://127.0.0.1/openai/v1"],
    ["http://2130706433", "http://127.0.0.1/openai/v1"],
    ["http://0x7f000001", "http://127.0.0.1/openai/v1"],
    ["http://0177.0.0.1", "http://127.0.0.1/openai/v1"],
    ["http://①②⑦.0.0.1", "http://127.0.0.1/openai/v1"],
    // Nothing in front: `http` on this machine, `https` elsewhere.
    ["localhost:5000", "http://localhost:5000/openai/v1"],
    ["127.0.0.1:5000", "http://127.0.0.1:5000/openai/v1"],
    ["127.0.0.1.evil.example", "https://127.0.0.1.evil.example/openai/v1"],
    ["localhost.evil.example", "https://localhost.evil.example/openai/v1"],
    ["//evil.example", "https://evil.example/openai/v1"],
  ])("%s is allowed as %s", (text, baseURL) => {
    expect(resolve(text)).toBe(baseURL);
  });

  test.each([
    "http://res.openai.azure.com",
    "HTTP://RES.OPENAI.AZURE.COM",
    "http://localhost.evil.example",
    "http://evil-localhost",
    "http://127.0.0.1.evil.example",
    "http://127.evil.example",
    // Asked of DNS by many systems.
    "http://api.localhost",
    "http://localhost.",
    "http://localhost。",
    // Every address of this machine, or another machine's.
    "http://0.0.0.0",
    "http://0",
    "http://[::]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:10.0.0.1]",
    "http://128.0.0.1",
    "http://10.0.0.1",
    "http://169.254.169.254",
    "http://2130706432.evil.example",
    "http://[fe80::1]",
    "http://[::1:1]",
  ])("%s is refused", (text) => {
    for (const option of ["azureEndpoint", "baseURL", "azureOpenAIBasePath"]) {
      const message = refusalOf(() =>
        deploymentOf({ [option]: text, deploymentName: "d", apiKey: "k", apiVersion: "2024-10-21" }),
      );
      expect(message).toContain(`\`${option}\` begins with http://`);
      expect(message).toContain("allowHttp: true");
    }
  });

  test("but where `allowHttp` is set", () => {
    expect(resolve("http://gateway.internal", { allowHttp: true })).toBe("http://gateway.internal/openai/v1");
  });

  test("and the environment cannot set that", () => {
    process.env["AZURE_OPENAI_ENDPOINT"] = "http://gateway.internal";
    process.env["ALLOW_HTTP"] = process.env["AZURE_OPENAI_ALLOW_HTTP"] = "true";
    expect(() => new AzureOpenAI({ deploymentName: "d", apiKey: "k" })).toThrow(
      "`AZURE_OPENAI_ENDPOINT` begins with http://",
    );
  });

  test("another spelling of this machine's address is asked there", async () => {
    const azureEndpoint = azure().endpoint.replace("127.0.0.1", "2130706433");
    expect(azureEndpoint).toContain("2130706433");
    const { apiKey } = azure();
    await new AzureOpenAI({ azureEndpoint, apiKey, deploymentName: WALKTHROUGH_DEPLOYMENT }).invoke("Hello");
    expect(azure().requests.map(({ headers }) => headers["host"])).toEqual([
      azure().endpoint.replace("http://", ""),
    ]);
  });
});
