import fc from "fast-check";

/** How many cases each property gets in the test run; `npm run check:properties` asks for more. */
const RUNS = 300;
const RUNS_ASKED = process.env["PROPERTY_RUNS"];
/** The seed of a failure that is to be seen again. */
const SEED = process.env["PROPERTY_SEED"];
/** The way from the seed to the smallest case that failed. */
const CASE_PATH = process.env["PROPERTY_PATH"];
/** Seeds are below this: a minus would be taken for the next flag of a command. */
const SEEDS = 2 ** 31;
/** So long may one case take, on a machine at work on something else. */
const CASE_MS = 200;

/** A property of fast-check, whatever it takes. */
type Property<Ts> = fc.IAsyncPropertyWithHooks<Ts> | fc.IPropertyWithHooks<Ts>;

/**
 * Tests a claim with generated cases. A failure says its seed, with which `npm run check:properties -- --seed`
 * shows it again.
 *
 * @param share - which part of the usual cases it gets in the test run, where one is much work.
 */
export function testProperty<Ts>(claim: string, property: Property<Ts>, share = 1): void {
  const cases = RUNS_ASKED === undefined ? Math.round(RUNS * share) : Number(RUNS_ASKED);
  test(
    claim,
    async () => {
      const details = await fc.check(property, {
        numRuns: cases,
        seed: SEED === undefined ? Math.floor(Math.random() * SEEDS) : Number(SEED),
        ...(CASE_PATH !== undefined && { path: CASE_PATH }),
      });
      if (process.env["PROPERTY_REPORT"] !== undefined) {
        const verdict = details.failed ? "FAILED" : "ok";
        process.stdout.write(
          `${verdict.padEnd(6)}  ${String(details.numRuns).padStart(6)} cases  seed ${String(details.seed).padStart(11)}  ${claim}\n`,
        );
      }
      if (details.failed) {
        throw new Error(fc.defaultReportMessage(details) ?? claim, { cause: details.errorInstance });
      }
    },
    60_000 + cases * CASE_MS,
  );
}
