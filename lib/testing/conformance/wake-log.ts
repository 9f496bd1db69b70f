import { AssertionError } from 'node:assert/strict';

/** Remembers the notifications of a `watch` and lets a check await one. */
export class WakeLog {
  readonly ids: string[] = [];
  private readonly awaited = new Map<string, () => void>();

  /** @param patience ms after which an awaited notification counts as missing */
  constructor(private readonly patience: number) {}

  /** For `watch`. */
  readonly listener = (id: string): void => {
    this.ids.push(id);
    this.awaited.get(id)?.();
  };

  /** Resolves when `id` was told, before or after this call; rejects when it is not told in time. */
  async woken(id: string): Promise<void> {
    if (this.ids.includes(id)) return;
    await new Promise<void>((resolve, reject) => {
      const message = `nobody was woken for a settled record within ${this.patience} ms`;
      const timer = setTimeout(() => reject(new AssertionError({ message })), this.patience);
      this.awaited.set(id, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
