/** A door that a test opens: whoever passes it waits until then. */
export class Gate {
  private unlock!: () => void;
  private knock!: () => void;
  private readonly isOpen = new Promise<void>((resolve) => (this.unlock = resolve));
  /** Resolves when the first one stands before the door. */
  readonly reached = new Promise<void>((resolve) => (this.knock = resolve));
  /** How many came by. */
  visitors = 0;

  async pass(): Promise<void> {
    this.visitors++;
    this.knock();
    await this.isOpen;
  }

  /** For those who are there and all who come. */
  open(): void {
    this.unlock();
  }
}

/** Lets everything run that is ready to run, timers excepted. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Awaits a condition for which there is no event. Fails by the test's own timeout. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
