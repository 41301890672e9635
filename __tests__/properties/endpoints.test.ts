import fc from "fast-check";
import { deploymentOf } from "../settings/resolving.js";
import { testProperty } from "./property.js";

const HOSTS = [
  "res.openai.azure.com",
  "res.cognitiveservices.azure.com",
  "res.services.ai.azure.com",
  "res.openai.azure.us",
  "127.0.0.1:8080",
  "gw.example",
  "gw.example:8443",
] as const;
const hosts = fc.constantFrom(...HOSTS);
/** A gateway's own path before Azure's. */
const paths = fc.constantFrom("", "/team-a", "/llm/azure");
const names = fc.oneof(
  fc.constantFrom("gpt-4o", "v1", "openai", "deployments", "completions", "a b", "größer", "100%", "a+b"),
  fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/).filter((name) => !/^\.{1,2}$/.test(name)),
);
const dates = fc.constantFrom("2024-10-21", "2025-04-01-preview");
const slashes = fc.constantFrom("", "/", "//");
const suffixes = fc.constantFrom("", "/completions", "/chat/completions");

/** What a person does to a URL on its way from a page to a program. */
const pasting = fc
  .record({
    before: fc.constantFrom("", " ", "\n", "\t"),
    after: fc.constantFrom("", " ", "\n", "\r\n"),
    upperScheme: fc.boolean(),
    doubled: fc.boolean(),
    fragment: fc.constantFrom("", "#", "#section"),
  })
  .map(({ before, after, upperScheme, doubled, fragment }) => (url: string): string => {
    const [scheme = "", rest = ""] = url.split("://");
    const [path = "", query] = rest.split("?");
    const host = path.split("/")[0] ?? "";
    const segments = path.slice(host.length);
    const written = `${host}${doubled ? segments.replaceAll("/", "//") : segments}`;
    const tail = query === undefined ? "" : `?${query}`;
    return `${before}${upperScheme ? scheme.toUpperCase() : scheme}://${written}${tail}${fragment}${after}`;
  });

function toScheme(host: string): string {
  return host.startsWith("127.") ? "http" : "https";
}

/** The settings that decide where requests go. */
function placeOf(input: object) {
  const { baseURL, deploymentRoot, apiVersion, deploymentName, api } = deploymentOf({
    apiKey: "KEY",
    ...input,
  });
  return { baseURL, deploymentRoot, apiVersion, deploymentName, api };
}

testProperty(
  "every shape of a deployment's dated address leads to the same place",
  fc.property(
    hosts,
    paths,
    names,
    dates,
    slashes,
    suffixes,
    pasting,
    (host, path, deploymentName, apiVersion, slash, suffix, paste) => {
      const root = `${toScheme(host)}://${host}${path}`;
      const expected = placeOf({ azureEndpoint: root, deploymentName, apiVersion });
      const scoped = `${root}/openai/deployments/${encodeURIComponent(deploymentName)}${suffix}`;
      const shapes = [
        { azureEndpoint: `${root}${slash}`, deploymentName, apiVersion },
        { azureEndpoint: `${root}/openai${slash}`, deploymentName, apiVersion },
        { azureEndpoint: `${root}/openai/v1${slash}`, deploymentName, apiVersion },
        { azureEndpoint: `${root}/openai/deployments${slash}`, deploymentName, apiVersion },
        { azureEndpoint: `${scoped}${slash}`, apiVersion },
        { azureEndpoint: `${scoped}${slash}?api-version=${apiVersion}` },
        { azureEndpoint: `${root}/openai${slash}?api-version=${apiVersion}`, deploymentName },
      ];
      for (const shape of shapes) {
        expect(placeOf({ ...shape, azureEndpoint: paste(shape.azureEndpoint) })).toEqual(expected);
      }
    },
  ),
);

testProperty(
  "every shape of a resource's v1 address leads to the same place",
  fc.property(hosts, paths, names, slashes, pasting, (host, path, deploymentName, slash, paste) => {
    const root = `${toScheme(host)}://${host}${path}`;
    const expected = placeOf({ azureEndpoint: root, deploymentName });
    expect(expected.baseURL).toBe(`${root}/openai/v1`);
    for (const tail of ["", "/openai", "/openai/v1", "/openai/v1/chat/completions", "/openai/v1/responses"]) {
      const azureEndpoint = paste(`${root}${tail}${slash}`);
      expect(placeOf({ azureEndpoint, deploymentName })).toEqual(expected);
    }
  }),
);

testProperty(
  "an address that was found leads to itself",
  fc.property(
    fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.tuple(hosts, fc.webPath()).map(([host, path]) => `https://${host}${path}`),
      fc
        .tuple(
          hosts,
          fc.array(fc.constantFrom("openai", "v1", "deployments", "x", "chat", "completions", "responses"), {
            maxLength: 6,
          }),
        )
        .map(([host, segments]) => `https://${host}/${segments.join("/")}`),
    ),
    fc.constantFrom(undefined, "2024-10-21", "v1"),
    (azureEndpoint, apiVersion) => {
      const input = {
        deploymentName: "dep",
        allowHttp: true,
        ...(apiVersion !== undefined && { apiVersion }),
      };
      const first = placeOf({ azureEndpoint, ...input });
      const again = placeOf({ ...input, azureEndpoint: first.deploymentRoot ?? first.baseURL });
      expect(again).toEqual(first);
    },
  ),
);
