/** ms */
const FIRST = 100;
const LONGEST = 5_000;

/** The pauses between tries: each twice as long as the one before, up to a bound. They keep no process alive. */
export class Backoff {
  private next = FIRST;
  private wake: (() => void) | undefined;
  private hurried = false;

  /** Resolves after the next pause; at once when hurried. */
  pause(): Promise<void> {
    if (this.hurried) return Promise.resolve();
    const ms = this.next;
    this.next = Math.min(ms * 2, LONGEST);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The next pause is the first one again. */
  reset(): void {
    this.next = FIRST;
  }

  /** Ends the pause under way, and all later ones. */
  hurry(): void {
    this.hurried = true;
    this.wake?.();
  }

  get isHurried(): boolean {
    return this.hurried;
  }
}
