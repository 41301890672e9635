/** What was used over the last while, to the millisecond. */
export class Sliding {
  #entries: { readonly at: number; readonly amount: number }[] = [];
  #head = 0;
  #sum = 0;

  constructor(readonly lengthMs: number) {}

  used(now: number): number {
    for (let first = this.#entries[this.#head]; first !== undefined; first = this.#entries[++this.#head]) {
      if (first.at + this.lengthMs > now) break;
      this.#sum -= first.amount;
    }
    if (this.#head > 1000) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return this.#sum;
  }

  add(amount: number, now: number): void {
    this.#entries.push({ at: now, amount });
    this.#sum += amount;
  }

  /** How long until no more than an amount is left. */
  freeIn(now: number, most: number): number {
    let used = this.used(now);
    for (let place = this.#head; used > most; place++) {
      const entry = this.#entries[place];
      if (entry === undefined) break;
      used -= entry.amount;
      if (used <= most) return entry.at + this.lengthMs - now;
    }
    return 0;
  }
}
