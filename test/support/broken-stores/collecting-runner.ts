import type { ConformanceRunner } from '../../../lib/testing/index.js';

/** What became of one check. */
export interface Outcome {
  /** `topic: check`. */
  readonly title: string;
  /** Present when it failed. */
  readonly error?: unknown;
}

/** The smallest test runner: collects what is declared, and runs it when asked. */
export class CollectingRunner implements ConformanceRunner {
  private readonly path: string[] = [];
  private readonly cases: { readonly title: string; readonly body: () => Promise<void> }[] = [];

  describe(name: string, body: () => void): void {
    this.path.push(name);
    body();
    this.path.pop();
  }

  it(name: string, body: () => Promise<void>): void {
    const topic = this.path.slice(1).join(' ');
    this.cases.push({ title: `${topic}: ${name}`, body });
  }

  /** Runs everything, or those with these titles. */
  async run(only?: readonly string[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const { title, body } of this.cases) {
      if (only && !only.includes(title)) continue;
      outcomes.push(
        await body().then(
          () => ({ title }),
          (error: unknown) => ({ title, error }),
        ),
      );
    }
    return outcomes;
  }
}
