const { resolve } = require("node:path");
const config = require("../../jest.config.cjs");

/** @type {import("jest").Config} */
module.exports = {
  ...config,
  rootDir: resolve(__dirname, "../.."),
  // The sources are among them for what no test loads to count as not covered.
  roots: ["<rootDir>/__tests__", "<rootDir>/src"],
  // These are about the built package and the pages, and run them in processes that count nothing.
  testPathIgnorePatterns: ["/node_modules/", "/__tests__/(docs|notebooks|package)/"],
  transform: { "[/\\\\]src[/\\\\].*\\.ts$": resolve(__dirname, "transformer.cjs"), ...config.transform },
  collectCoverage: true,
  collectCoverageFrom: ["src/**/*.ts"],
  coverageProvider: "babel",
  coverageReporters: ["json"],
  coverageDirectory: ".cache/coverage/parts",
};
