import { remedies } from "../../src/client/remedies.js";
import type { DeploymentSettings } from "../../src/settings/settings.js";
import { dated, v1 } from "./support.js";

const origin = "https://resource.openai.azure.com";

function withoutVersion({ apiVersion: _version, ...settings }: DeploymentSettings): DeploymentSettings {
  return settings;
}

describe("for what is not found, where", () => {
  test.each([
    ["the dated API was asked, first of all its version is doubted", dated(origin), "here 2024-10-21"],
    [
      "the v1 API was asked, a resource without one is thought of",
      v1(origin),
      "If the resource has no v1 API",
    ],
    [
      "the dated API was asked without a date, none is named",
      withoutVersion(dated(origin)),
      "OPENAI_API_VERSION; here none",
    ],
    ["a gateway was asked, its path is", v1(origin, { api: "gateway" }), "Check `baseURL`"],
  ])("%s", (_claim, settings, words) => {
    expect(remedies.notFound({ code: "404" }, settings)).toContain(words);
  });

  test("a deployment has a name, it is quoted; where it has none, it is not made up", () => {
    expect(remedies.notFound({}, dated(origin))).toContain('`deploymentName` (here "instruct")');
    const { deploymentName: _name, ...nameless } = v1(origin, { api: "gateway" });
    expect(remedies.notFound({}, nameless)).not.toContain("here");
  });
});

describe("for what is forbidden", () => {
  test.each([
    [
      "a suspension is Azure's to lift",
      "Your resource has been temporarily blocked.",
      "contact Azure support",
    ],
    [
      "a firewall is told from a role",
      "Access denied due to Virtual Network/Firewall rules.",
      "networking settings",
    ],
    ["a refusal that says nothing may be either", undefined, "roles of the identity"],
  ])("%s", (_claim, message, words) => {
    expect(remedies.forbidden(message === undefined ? {} : { message })).toContain(words);
  });
});

describe("for a version that is refused", () => {
  const refusal = { message: "API version not supported" };

  test.each([
    ["on the v1 API it is to be left out", v1(origin), "leave `apiVersion`"],
    ["on another API it is named", dated(origin), "here 2024-10-21"],
    ["through a gateway there may have been none", v1(origin, { api: "gateway" }), "here none"],
  ])("%s", (_claim, settings, words) => {
    expect(remedies.refused(refusal, 400, settings)).toContain(words);
  });
});

test("a refusal without words sends one to the options", () => {
  expect(remedies.refused({}, 400, dated(origin))).toContain("Check the options that were set");
});
