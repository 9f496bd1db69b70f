/** Something that happens once, with a promise only for those who ask for it. */
export class Latch {
  private isOpen = false;
  private waiting: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  open(): void {
    this.isOpen = true;
    this.waiting?.resolve();
  }

  /** Resolves when it has happened. */
  get opened(): Promise<void> {
    if (this.isOpen) return Promise.resolve();
    if (!this.waiting) {
      let resolve!: () => void;
      const promise = new Promise<void>((settle) => (resolve = settle));
      this.waiting = { promise, resolve };
    }
    return this.waiting.promise;
  }
}
