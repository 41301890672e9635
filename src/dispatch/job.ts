import type { Parameters } from "../settings/settings.js";
import type { OpenStream, Outcome, Work } from "./work.js";

/** Where an answer goes. */
export type Delivery =
  | { readonly kind: "answer"; readonly deliver: (outcome: Outcome) => void }
  | { readonly kind: "stream"; readonly deliver: (stream: OpenStream) => void };

/** One prompt on its way, from the moment it is asked until it is answered. */
export class Job {
  readonly work: Work;
  /** The work's own, or those of a share of its choices. */
  readonly parameters: Parameters;
  /** Its place in the order of arrival. */
  readonly sequence: number;
  readonly delivery: Delivery;
  readonly reject: (error: unknown) => void;
  /** True once it was answered, failed or was given up. */
  settled = false;
  /** The shares it was cut into, where one request cannot give all its choices. */
  shares: readonly Job[] | undefined;
  /** What it last failed of, for the message of a timeout. */
  failure: Error | undefined;

  constructor(
    work: Work,
    parameters: Parameters,
    sequence: number,
    delivery: Delivery,
    reject: (error: unknown) => void,
  ) {
    this.work = work;
    this.parameters = parameters;
    this.sequence = sequence;
    this.delivery = delivery;
    this.reject = reject;
  }

  /** True for a share of another prompt's choices. */
  get isShare(): boolean {
    return this.parameters !== this.work.parameters;
  }

  get streams(): boolean {
    return this.delivery.kind === "stream";
  }
}
