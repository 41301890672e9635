import type { Deployment } from "./deployment.js";

/** The deployments that have room for a request, until a time or a change. */
export class Room {
  /** Those that have room, the preferred first. */
  readonly open: Deployment[] = [];
  /** Until when it is as it is. */
  until = Infinity;
  readonly #held = new Set<string>();

  constructor(deployments: readonly Deployment[], now: number) {
    for (const deployment of deployments) {
      const at = deployment.roomAt(now);
      if (at <= now) this.open.push(deployment);
      else this.endBy(at);
    }
  }

  /** Tells whether there is something to look for. */
  isOpen(now: number): boolean {
    return this.open.length > 0 || now >= this.until;
  }

  /** Says that it changes at a time at the latest. */
  endBy(at: number): void {
    this.until = Math.min(this.until, at);
  }

  /** Nothing more goes to a deployment. */
  close(deployment: Deployment): void {
    const at = this.open.indexOf(deployment);
    if (at >= 0) this.open.splice(at, 1);
  }

  /** Holds back requests of a form, as an earlier one of that form waits for its turn. */
  hold(form: string): void {
    this.#held.add(form);
  }

  holds(form: string): boolean {
    return this.#held.has(form);
  }
}
