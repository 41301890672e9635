import type { Deployment } from "./deployment.js";

/** One turn among deployments, by weight: each waits for its share, and it is whose that waited most. */
export class Turn {
  /** Whose turn it is. */
  readonly deployment: Deployment;
  readonly #among: readonly Deployment[];

  constructor(among: readonly [Deployment, ...Deployment[]]) {
    this.#among = among;
    this.deployment = among.reduce((a, b) => (waited(b) > waited(a) ? b : a));
  }

  /** Counts it, as something is sent. */
  take(): void {
    this.#count(1);
  }

  /** Uncounts it, as what was sent has to be sent anew. */
  giveBack(): void {
    this.#count(-1);
  }

  #count(times: 1 | -1): void {
    for (const deployment of this.#among) {
      const { weight } = deployment.settings;
      deployment.credit += times * weight;
      this.deployment.credit -= times * weight;
    }
  }
}

function waited({ credit, settings }: Deployment): number {
  return credit + settings.weight;
}
