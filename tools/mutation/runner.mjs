import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import { determineHitLimitReached, DryRunStatus, toMutantRunResult } from "@stryker-mutator/api/test-runner";
import { runClaims } from "./claims.mjs";

/**
 * Runs a folder's claims in one process: the claims are loaded anew for every mutant, the sources for those that count
 * while they are loaded. Jest would load all of `node_modules` as well for each, which takes ten times as long.
 *
 * @implements {import("@stryker-mutator/api/test-runner").TestRunner}
 */
class ClaimsRunner {
  /** True when the sources were loaded with a mutant. */
  #tainted = false;

  capabilities() {
    return { reloadEnvironment: true };
  }

  /** @returns {Promise<import("@stryker-mutator/api/test-runner").DryRunResult>} */
  async dryRun() {
    const stryker = readNamespace();
    const tests = await runClaims({ started: (id) => (stryker.currentTestId = id) });
    return { status: DryRunStatus.Complete, tests, mutantCoverage: stryker.mutantCoverage };
  }

  /** @param {import("@stryker-mutator/api/test-runner").MutantRunOptions} options */
  async mutantRun({ activeMutant, disableBail, hitLimit, mutantActivation, reloadEnvironment, testFilter }) {
    const stryker = readNamespace();
    const activate = () => void (stryker.activeMutant = activeMutant.id);
    Object.assign(stryker, { activeMutant: undefined, currentTestId: undefined, hitLimit });
    stryker.hitCount = hitLimit === undefined ? undefined : 0;
    if (mutantActivation === "static") activate();
    const afresh = reloadEnvironment || this.#tainted;
    this.#tainted = mutantActivation === "static";
    const tests = await runClaims({
      afresh,
      loaded: activate,
      only: testFilter === undefined ? undefined : new Set(testFilter),
      bails: !disableBail,
    });
    stryker.activeMutant = undefined;
    const endless = determineHitLimitReached(stryker.hitCount, hitLimit);
    return toMutantRunResult(endless ?? { status: DryRunStatus.Complete, tests }, disableBail);
  }
}

/**
 * What the changed sources read and write.
 *
 * @returns {import("@stryker-mutator/api/core").InstrumenterContext}
 */
function readNamespace() {
  return (globalThis.__stryker__ ??= {});
}

/** What Stryker finds here. */
export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "claims", ClaimsRunner)];
