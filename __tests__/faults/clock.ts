const RealDate = Date;

/** Makes the wall clock of this program jump, as an administrator or a time server does. */
export function jumpClock(byMs: number): void {
  globalThis.Date = class extends RealDate {
    constructor(...given: readonly unknown[]) {
      super(...((given.length === 0 ? [RealDate.now() + byMs] : given) as [number])); // whatever they are
    }
    static override now(): number {
      return RealDate.now() + byMs;
    }
  } as DateConstructor; // but for being called without `new`
}

export function restoreClock(): void {
  globalThis.Date = RealDate;
}
