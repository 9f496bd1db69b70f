import type { UncertainSighting } from '../engine/engine.js';

/** Attempts remembered: enough that one is not told again while its key is asked for. */
const MOST = 10_000;

/** Says once, in this process, that an attempt left its key uncertain: somebody has to settle it. */
export class UncertaintyLog {
  private readonly told = new Set<string>();

  constructor(private readonly warn: (sentence: string) => void) {}

  notice({ ref, operation, attempt }: UncertainSighting): void {
    const name = `${ref.id} ${ref.fence}`;
    if (this.told.has(name)) return;
    if (this.told.size >= MOST) this.told.clear();
    this.told.add(name);
    this.warn(
      `${operation} ${ref.id}: attempt ${attempt} ended without a word, and its key is uncertain. Find out what happened, ` +
        'and settle it with IdempotencyService.resolve().',
    );
  }
}
