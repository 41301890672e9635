import type { Call } from "./scenario.js";

/** The calls that have not been sent yet, by priority. */
export class Waiting {
  readonly #byPriority = new Map<number, Map<Call, number>>();

  add(call: Call, now: number): void {
    let calls = this.#byPriority.get(call.priority);
    if (calls === undefined) this.#byPriority.set(call.priority, (calls = new Map()));
    calls.set(call, now);
  }

  remove(call: Call): void {
    this.#byPriority.get(call.priority)?.delete(call);
  }

  /**
   * One that came earlier and goes before. Only those of one kind compare: while one is sent ahead to
   * learn how, those of another kind may go.
   */
  before({ priority, stream, parameters }: Call, now: number): Call | undefined {
    for (const [other, calls] of this.#byPriority) {
      if (other >= priority) continue;
      for (const [call, at] of calls) {
        if (at < now && call.stream === stream && call.parameters === parameters) return call;
      }
    }
    return undefined;
  }
}
