import type { DispatchSettings } from "../../../src/dispatch/dispatcher.js";
import type { Parameters } from "../../../src/settings/settings.js";
import type { FakeDeployment } from "./fake-azure.js";

/** Some traffic, and what it meets. */
export interface Scenario {
  readonly seed: number;
  readonly deployments: readonly FakeDeployment[];
  readonly settings: DispatchSettings;
  readonly calls: readonly Call[];
  readonly listens: Listening;
}

/** What the caller's `onFailedAttempt` does: nothing, answer at once, take its time, or stop some retries. */
export type Listening = "not" | "at once" | "slowly" | "stopping";

/** What becomes of a stream's pieces: they are read at once, slowly, not to the end, or not any more. */
export type Reader = "quick" | "slow" | "leaves" | "stops";

/** One prompt of the traffic. */
export interface Call {
  readonly prompt: string;
  readonly parameters: Parameters;
  readonly at: number;
  readonly priority: number;
  /** Which group it belongs to; none: alone. */
  readonly group: number | undefined;
  readonly stream: boolean;
  readonly reader: Reader;
  /** When its caller gives it up. */
  readonly abortAt: number | undefined;
}
