import { findNearest } from "../../src/settings/nearest.js";

test.each([
  ["stpo", "stop"],
  ["sotp", "stop"],
  ["tsop", "stop"],
  ["stop1", "stop"],
  ["stp", "stop"],
  ["stap", "stop"],
  ["a_p_i_k_e_y", "apiKey"],
  ["AZURE_ENDPOINT", "azureEndpoint"],
  ["azureEndpiont", "azureEndpoint"],
])("%s is taken for %s", (name, nearest) => {
  expect(findNearest(name, ["stop", "apiKey", "azureEndpoint"])).toBe(nearest);
});

test.each(["stpos", "pots", "st", "", "stpx", "stxo"])("%j is too far from stop", (name) => {
  expect(findNearest(name, ["stop"])).toBeUndefined();
});

test("of two that are as near the first wins, of others the nearest", () => {
  expect(findNearest("stopx", ["stopa", "stopb"])).toBe("stopa");
  expect(findNearest("apiKeys", ["apiKxxs", "apiKey"])).toBe("apiKey");
});

test("of an endless name only the beginning is compared", () => {
  expect(findNearest("a".repeat(100_000), ["a".repeat(60)])).toBe("a".repeat(60));
});
