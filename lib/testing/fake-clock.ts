/**
 * A clock that moves only when told, for a `MemoryStore` in tests:
 *
 * ```ts
 * const clock = new FakeClock();
 * const store = new MemoryStore({ clock: clock.now });
 * clock.advance(24 * 60 * 60 * 1000); // a day later
 * ```
 */
export class FakeClock {
  private elapsed = 0;

  /** ms since the clock was made. Bound: may be passed on as it is. */
  readonly now = (): number => this.elapsed;

  /** Moves the clock `ms` milliseconds forward. Bound: may be passed on as it is. */
  readonly advance = (ms: number): void => {
    if (!(ms >= 0)) throw new RangeError(`A clock cannot advance by ${ms} ms: pass a number of at least 0.`);
    this.elapsed += ms;
  };
}
