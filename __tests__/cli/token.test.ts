import { findTokenFault, readTokenClaims } from "../../src/cli/token.js";

const SCOPE = "https://ai.azure.com/.default";
const NOW = Date.UTC(2026, 0, 1);

function tokenOf(claims: unknown): string {
  return `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
}

const inSeconds = (seconds: number): number => NOW / 1000 + seconds;

test.each([
  ["has nothing wrong", { exp: inSeconds(60), aud: "https://ai.azure.com/" }, undefined],
  ["says nothing of itself, and nothing is held against it", {}, undefined],
  ["expired a minute ago", { exp: inSeconds(-60) }, "it expired 1 minute ago"],
  ["expired a moment ago", { exp: inSeconds(-1) }, "it expired 1 minute ago"],
  ["expired an hour ago", { exp: inSeconds(-3600) }, "it expired 60 minutes ago"],
  [
    "is for another resource",
    { aud: "https://graph.microsoft.com" },
    `it was issued for https://graph.microsoft.com, and the scope of this resource is ${SCOPE}`,
  ],
])("a token that %s", (_what, claims, fault) => {
  expect(findTokenFault(tokenOf(claims), SCOPE, NOW)).toBe(fault);
});

test.each([
  ["one word", "abc"],
  ["a list where its claims should be", tokenOf([1])],
  ["no JSON where its claims should be", "h.!!!.s"],
])("%s is no token", (_what, text) => {
  expect(readTokenClaims(text)).toBeUndefined();
  expect(findTokenFault(text, SCOPE, NOW)).toBe("it does not look like a Microsoft Entra ID token");
});
