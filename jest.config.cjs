/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/__tests__"],
  testMatch: ["**/*.test.ts"],
  maxWorkers: "100%",
  // Long enough for a slow machine: no test waits for it.
  testTimeout: 30_000,
  reporters: ["default", "<rootDir>/scripts/closing-line.cjs"],
  // Local imports name the emitted file; the tests run the source.
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: {
    "^.+\\.ts$": [
      "ts-jest",
      {
        // Types are checked once for the whole tree by `npm run typecheck`.
        tsconfig: {
          rootDir: __dirname,
          module: "CommonJS",
          moduleResolution: "Bundler",
          target: "ES2022",
          isolatedModules: true,
          verbatimModuleSyntax: false,
          esModuleInterop: true,
        },
      },
    ],
  },
};
